import { UsageError } from '../core/errors.ts'
import { dayOf } from '../core/zones.ts'
import type { BackfillOptions } from '../jobs/backfill/plan-season.ts'
import type { ImportOptions } from '../jobs/import/import.ts'
import type { FileSport, GameSport } from '../pipeline/contract.ts'
import { toSeasons } from './seasons.ts'
import { checkDatasets, checkNotAhead, chooseSports } from './sports.ts'
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
  only?: string[] | undefined
  concurrency?: number | undefined
  'retry-failed': boolean
  restart: boolean
  'dry-run': boolean
}

const chunksAtATime = 2
/** Two keep the database busy, and the third is fetched and parsed meanwhile: 12.5 s for what two take 13.7 for. */
const filesAtATime = 3

/** What they ask for. */
export type BackfillRequest =
  | { sport: GameSport; seasons: readonly string[]; options: Omit<BackfillOptions, 'season'> }
  | { sport: FileSport; options: ImportOptions }

/** @throws UsageError for a sport, a season, a game or days that cannot be */
export function toBackfillRequest(flags: BackfillFlags, { now, dryRun }: { now: Date; dryRun: boolean }): BackfillRequest {
  const { since, from, to } = flags
  const [sport] = chooseSports([flags.sport], () => true) as [GameSport | FileSport]
  const seasons = toSeasons(flags.season, sport, dayOf(now, sport.zone))
  for (const day of [from, to]) checkNotAhead(day, [sport], now)
  if (from && to && from > to) throw new UsageError(`--from ${from} is after --to ${to}.`, { hint: 'Swap them.' })
  const [season = '', ...others] = seasons
  const single = { since: since !== undefined, restart: sport.loads === 'games' && flags.restart }
  for (const [flag, given] of Object.entries(single))
    if (given && others.length > 0)
      throw new UsageError(`--${flag} takes one season, not ${flags.season}.`, {
        hint: `Name one, e.g. --season ${seasons.at(-1)}.`,
      })
  if (sport.loads === 'games' && flags.only !== undefined)
    throw new UsageError(`--only is for sports that are loaded by files, and ${sport.id} is loaded game by game.`, {
      hint: 'Leave it out, or see schedule daily --only.',
    })
  if (sport.loads === 'files') return toImportRequest(flags, sport, seasons, dryRun)
  if (since !== undefined) checkGameId(sport, since, season, '--since')
  return {
    sport,
    seasons,
    options: {
      since,
      from,
      to,
      chunkDays: flags['chunk-days'],
      concurrency: flags.concurrency ?? chunksAtATime,
      retryFailed: flags['retry-failed'],
      restart: flags.restart ? { user: userName() } : undefined,
      dryRun: flags['dry-run'] || dryRun,
    },
  }
}

/** Flags that choose among games, where whole files are loaded. */
const choosing = ['since', 'from', 'to', 'chunk-days'] as const

function toImportRequest(flags: BackfillFlags, sport: FileSport, seasons: readonly string[], dryRun: boolean): BackfillRequest {
  const chosen = choosing.find(flag => flags[flag] !== undefined)
  if (chosen)
    throw new UsageError(`--${chosen} chooses among games, and ${sport.id} is loaded by files of whole seasons.`, {
      hint: 'Leave it out; a file that did not change is not read again.',
    })
  const only = flags.only ?? []
  checkDatasets(only, [sport])
  return {
    sport,
    options: {
      job: 'backfill',
      seasons,
      only,
      concurrency: flags.concurrency ?? filesAtATime,
      retryFailed: flags['retry-failed'],
      restart: flags.restart ? { user: userName() } : undefined,
      dryRun: flags['dry-run'] || dryRun,
    },
  }
}
