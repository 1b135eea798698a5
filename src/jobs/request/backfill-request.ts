import type { Config } from '../../core/config/config.ts'
import { addDays } from '../../core/days.ts'
import { UsageError } from '../../core/errors.ts'
import { userName } from '../../core/user-name.ts'
import { dayOf } from '../../core/zones.ts'
import { isFile, isPerEvent } from '../../pipeline/dataset.ts'
import { seasonSpan } from '../../pipeline/seasons.ts'
import type { Sport } from '../../pipeline/sport.ts'
import type { BackfillOptions } from '../backfill-options.ts'
import { hasSchedule } from '../schedules.ts'
import { seasonsOfDays, toSeasons } from './seasons.ts'
import { type Choice, checkChoices, checkNotAhead, chooseByDatasets, chooseSports, dailyNames, outOfReach } from './sports.ts'
import { checkGameId } from './watermark-name.ts'

/** The flags of `schedule backfill`, as they were parsed. */
export interface BackfillFlags {
  sport: string
  season?: string | undefined
  since?: string | undefined
  from?: string | undefined
  to?: string | undefined
  'chunk-days'?: number | undefined
  only?: string[] | undefined
  concurrency?: number | undefined
  'retry-failed': boolean
  restart: boolean
  'dry-run': boolean
  sandbox: boolean
}

/** @throws UsageError for a sport, a season, an event, a dataset or days that cannot be, and for flags that have no effect on the sport */
export function toBackfillRequest(
  flags: BackfillFlags,
  { now, config }: { now: Date; config: Config },
): { sport: Sport; seasons: readonly string[]; options: BackfillOptions } {
  const { since, from, to, only = [] } = flags
  const [sport] = chooseSports([flags.sport], { config, sandbox: flags.sandbox }) as [Sport]
  const today = dayOf(now, sport.zone)
  for (const day of [from, to]) checkNotAhead(day, [sport], now)
  if (from && to && from > to) throw new UsageError(`--from ${from} is after --to ${to}.`, { hint: 'Swap them.' })
  const seasons = chooseSeasons(flags, sport, today)
  const [season = '', ...others] = seasons
  chooseByDatasets(only, [sport], dailyNames)
  checkChoices(choicesOf(flags), [sport], true)
  const single = { since: since !== undefined, restart: hasSchedule(sport) && flags.restart }
  for (const [flag, given] of Object.entries(single))
    if (given && others.length > 0)
      throw new UsageError(`--${flag} takes one season, not ${seasons[0]}..${seasons.at(-1)}.`, {
        hint: `Name one, e.g. --season ${seasons.at(-1)}.`,
      })
  const first = seasonSpan(sport, season).from
  const last = to ?? addDays(today, -1)
  const why = outOfReach(sport, only, { from: from && from > first ? from : first, to: last, today })
  if (why) throw new UsageError(`${why}.`, { hint: 'Name other days, or other datasets with --only.' })
  if (since !== undefined) checkGameId(sport, since, season, '--since')
  return {
    sport,
    seasons,
    options: {
      ...{ since, from, to, only, concurrency: flags.concurrency },
      chunkDays: flags['chunk-days'],
      retryFailed: flags['retry-failed'],
      restart: flags.restart ? { user: userName() } : undefined,
      dryRun: flags['dry-run'] || config.features.dryRun,
    },
  }
}

/** Those that were named, or those of the days that were. */
function chooseSeasons({ season, from, to }: BackfillFlags, sport: Sport, today: string): string[] {
  if (season !== undefined) return toSeasons(season, sport, today)
  if (from !== undefined) return seasonsOfDays(from, to ?? today, sport)
  throw new UsageError('Missing --season, or --from.', {
    hint: 'Name a season (--season 2024-25), a range (2022-23..2024-25), or days (--from 2025-01-01 --to 2025-01-31).',
  })
}

/** Why flags about single events have no effect on a sport. */
const loadedOtherwise = ({ datasets }: Sport): string =>
  datasets.some(isFile) ? 'is loaded from files of whole seasons' : 'is loaded day by day, not game by game'

function choicesOf(flags: BackfillFlags): Choice[] {
  const given = (...names: (keyof BackfillFlags)[]) => names.filter(name => flags[name] !== undefined)
  return [
    { flags: given('since', 'chunk-days'), heeds: isPerEvent, why: loadedOtherwise },
    // Without --season they choose the seasons, which every sport heeds.
    { flags: flags.season === undefined ? [] : given('from', 'to'), heeds: dataset => !isFile(dataset), why: loadedOtherwise },
    { flags: given('only'), heeds: dataset => !isPerEvent(dataset), why: 'is loaded game by game, each with all its datasets' },
  ]
}
