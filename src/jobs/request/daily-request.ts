import type { Config } from '../../core/config/config.ts'

import { addDays, type Day } from '../../core/days.ts'
import { UsageError } from '../../core/errors.ts'
import { dayOf } from '../../core/zones.ts'
import { isFile } from '../../pipeline/dataset.ts'
import type { Sport } from '../../pipeline/sport.ts'
import type { DailyOptions } from '../daily.ts'
import {
  beyondReach,
  type Choice,
  checkChoices,
  checkNotAhead,
  chooseByDatasets,
  chooseSports,
  dailyNames,
  outOfReach,
} from './sports.ts'

/** The flags of `schedule daily`, as they were parsed. */
export interface DailyFlags {
  sport?: string[] | undefined
  date?: Day | undefined
  'days-back': number
  'days-ahead': number
  weekly: boolean
  only?: string[] | undefined
  'catch-up': boolean
  'dry-run': boolean
  sandbox: boolean
}

/**
 * What they ask for; `ignored` is a line for each flag that has no effect on a sport which was not asked for by name.
 * @throws UsageError for a sport, a dataset or a day that cannot be, and for flags that have no effect on a sport that was named
 */
export function toDailyRequest(
  flags: DailyFlags,
  { now, config }: { now: Date; config: Config },
): { sports: Sport[]; options: DailyOptions; ignored: string[] } {
  const { sport: names = [], date, only = [] } = flags
  const chosen = chooseSports(names, { config, sandbox: flags.sandbox })
  // Who asks for some datasets means the sports that have them.
  const wanted = chooseByDatasets(only, chosen, dailyNames)
  checkNotAhead(date, chosen, now)
  const isNamed = names.length > 0
  const daysBack = flags.weekly ? 7 : flags['days-back']
  const daysAhead = flags['days-ahead']
  const reached = wanted.map(sport => {
    const today = dayOf(now, sport.zone)
    const target = date ?? addDays(today, -1)
    const last = addDays(target, daysAhead)
    // Without a date, what is announced for today and tomorrow is loaded as well.
    const days = { from: addDays(target, 1 - daysBack), to: date ? last : ([last, addDays(today, 1)].sort()[1] as Day), today }
    const why = outOfReach(sport, only, days)
    if (why && isNamed) throw new UsageError(`${why}.`, { hint: 'Name other days, or other datasets with --only.' })
    return { sport, isOut: why !== undefined, said: why ? [`${why}.`] : daysAhead > 0 ? beyondReach(sport, only, days) : [] }
  })
  const sports = reached.filter(({ isOut }) => !isOut).map(({ sport }) => sport)
  const ahead: Choice = {
    flags: flags['days-ahead'] > 0 ? ['days-ahead'] : [],
    heeds: dataset => !isFile(dataset),
    why: 'is loaded from whole files, which list future games as well',
  }
  return {
    sports,
    options: {
      ...{ date, only },
      ...{ daysBack, daysAhead },
      catchUp: flags['catch-up'],
      dryRun: flags['dry-run'] || config.features.dryRun,
    },
    ignored: [...reached.flatMap(({ said }) => said), ...checkChoices([ahead], sports, isNamed)],
  }
}
