import { UsageError } from '../core/errors.ts'
import { dayOf } from '../core/zones.ts'
import type { BackfillOptions } from '../jobs/backfill/plan-season.ts'
import type { Sport } from '../pipeline/contract.ts'
import { toSeasons } from './seasons.ts'
import { checkNotAhead, chooseSports } from './sports.ts'
import { userName } from './user-name.ts'
import { checkGameId } from './watermark-name.ts'

/** The flags of `schedule backfill`, as they were parsed. */
interface BackfillFlags {
  sport: string
  season: string
  since?: string | undefined
  from?: string | undefined
  to?: string | undefined
  'chunk-days'?: number | undefined
  concurrency: number
  'retry-failed': boolean
  restart: boolean
  'dry-run': boolean
}

/** What they ask for. */
export interface BackfillRequest {
  sport: Sport
  seasons: readonly string[]
  options: Omit<BackfillOptions, 'season'>
}

/** @throws UsageError for a sport, a season, a game or days that cannot be */
export function toBackfillRequest(flags: BackfillFlags, { now, dryRun }: { now: Date; dryRun: boolean }): BackfillRequest {
  const { since, from, to } = flags
  const [sport] = chooseSports([flags.sport], () => true) as [Sport]
  const seasons = toSeasons(flags.season, sport, dayOf(now, sport.zone))
  for (const day of [from, to]) checkNotAhead(day, [sport], now)
  if (from && to && from > to) throw new UsageError(`--from ${from} is after --to ${to}.`, { hint: 'Swap them.' })
  const [season = '', ...others] = seasons
  for (const [flag, given] of Object.entries({ since: since !== undefined, restart: flags.restart }))
    if (given && others.length > 0)
      throw new UsageError(`--${flag} takes one season, not ${flags.season}.`, {
        hint: `Name one, e.g. --season ${seasons.at(-1)}.`,
      })
  if (since !== undefined) checkGameId(sport, since, season, '--since')
  return {
    sport,
    seasons,
    options: {
      since,
      from,
      to,
      chunkDays: flags['chunk-days'],
      concurrency: flags.concurrency,
      retryFailed: flags['retry-failed'],
      restart: flags.restart ? { user: userName() } : undefined,
      dryRun: flags['dry-run'] || dryRun,
    },
  }
}
