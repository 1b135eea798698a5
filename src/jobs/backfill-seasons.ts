import type { App } from '../app.ts'
import {
  BusyError,
  type IngestError,
  PayloadError,
  ProviderRefusesError,
  ProviderUnavailableError,
  RateLimitedError,
} from '../core/errors.ts'
import type { Receipt } from '../pipeline/receipt.ts'
import { rangeOf } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import { type BackfillHow, runBackfill } from './backfill.ts'
import type { BackfillOptions } from './backfill-options.ts'
import { hasSchedule } from './schedules.ts'

/** What `schedule backfill` did: a receipt for each run that came to its end. */
export interface BackfillOutcome {
  runs: Receipt[]
  /** Seasons of which nothing could be loaded, beside others of which something was. */
  failedSeasons: { season: string; message: string; hint?: string }[]
  /** Those of the runs, and each failed season. */
  failures: number
}

/**
 * Loads seasons: each by itself where a schedule lists its events, with its own watermark, lease and run; else all in one run. One season's
 * trouble is not the others', and is thrown where none came to its end; what concerns all of them is thrown at once.
 * @param onReceipt called for each run that came to its end
 * @throws StoreError, StoppedError, ConfigError
 */
export async function runBackfillOfSeasons(
  app: App,
  sport: Sport,
  seasons: readonly string[],
  options: BackfillOptions,
  { onReceipt, ...how }: BackfillHow & { onReceipt(receipt: Receipt): void },
): Promise<BackfillOutcome> {
  const runs: Receipt[] = []
  const failed: { season: string; error: IngestError }[] = []
  const planned = hasSchedule(sport) ? seasons.map(season => [season]) : [seasons]
  for (const some of planned) {
    const season = rangeOf(some) ?? ''
    try {
      const receipt = await runBackfill(app, sport, some, options, how)
      runs.push(receipt)
      onReceipt(receipt)
    } catch (error) {
      if (app.signal.aborted || !isOfSeason(error)) throw error
      if (planned.length > 1) app.log.error('season.failed', { sport: sport.id, season, reason: error.message })
      failed.push({ season, error })
    }
  }
  if (runs.length === 0 && failed[0]) throw failed[0].error
  const failedSeasons = failed.map(({ season, error: { message, hint } }) => ({ season, message, ...(hint ? { hint } : {}) }))
  return { runs, failedSeasons, failures: runs.reduce((sum, receipt) => sum + receipt.failures, 0) + failed.length }
}

/** What says something of one season alone: its schedule cannot be had, or somebody else is at it. */
const ofSeason = [BusyError, PayloadError, ProviderRefusesError, ProviderUnavailableError, RateLimitedError]

const isOfSeason = (error: unknown): error is IngestError => ofSeason.some(kind => error instanceof kind)
