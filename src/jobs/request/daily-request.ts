import type { Config } from '../../core/config/config.ts'
import type { Day } from '../../core/days.ts'
import { isFile } from '../../pipeline/dataset.ts'
import type { Sport } from '../../pipeline/sport.ts'
import type { DailyOptions } from '../daily.ts'
import { type Choice, checkChoices, checkNotAhead, chooseByDatasets, chooseSports } from './sports.ts'

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
  const sports = chooseByDatasets(only, chosen)
  checkNotAhead(date, chosen, now)
  const ahead: Choice = {
    flags: flags['days-ahead'] > 0 ? ['days-ahead'] : [],
    heeds: dataset => !isFile(dataset),
    why: 'is loaded from whole files, which list future games as well',
  }
  return {
    sports,
    options: {
      ...{ date, only },
      daysBack: flags.weekly ? 7 : flags['days-back'],
      daysAhead: flags['days-ahead'],
      catchUp: flags['catch-up'],
      dryRun: flags['dry-run'] || config.features.dryRun,
    },
    ignored: checkChoices([ahead], sports, names.length > 0),
  }
}
