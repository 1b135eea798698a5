import type { App } from '../../app.ts'
import {
  BusyError,
  type IngestError,
  PayloadError,
  ProviderRefusesError,
  ProviderUnavailableError,
  RateLimitedError,
} from '../../core/errors.ts'
import type { GameSport } from '../../pipeline/contract.ts'
import { runBackfill } from './backfill.ts'
import type { BackfillReceipt } from './backfill-receipt.ts'
import type { BackfillProgress } from './load-season.ts'
import type { BackfillOptions } from './plan-season.ts'

/** What `schedule backfill` did: a receipt per season that came to its end. */
export interface BackfillOutcome {
  runs: BackfillReceipt[]
  /** Seasons of which nothing could be loaded, beside others of which something was. */
  failedSeasons: FailedSeason[]
  /** Those of the runs, and each failed season. */
  failures: number
}

export interface FailedSeason {
  season: string
  message: string
  hint?: string
}

/**
 * Loads seasons one after the other: each has its own watermark, lease and run. One season's trouble is not the others', and is
 * thrown where none came to its end; what concerns all of them is thrown at once.
 * @param onReceipt hears of each season that came to its end
 * @throws StoreError, StoppedError, ConfigError
 */
export async function runBackfillOfSeasons(
  app: App,
  sport: GameSport,
  seasons: readonly string[],
  options: Omit<BackfillOptions, 'season'>,
  { onProgress, onReceipt }: { onProgress(progress: BackfillProgress): void; onReceipt(receipt: BackfillReceipt): void },
): Promise<BackfillOutcome> {
  const runs: BackfillReceipt[] = []
  const failed: { season: string; error: IngestError }[] = []
  for (const season of seasons) {
    try {
      const receipt = await runBackfill(app, sport, { ...options, season }, onProgress)
      runs.push(receipt)
      onReceipt(receipt)
    } catch (error) {
      if (app.signal.aborted || !isOfSeason(error)) throw error
      if (seasons.length > 1) app.log.error('season.failed', { sport: sport.id, season, reason: error.message })
      failed.push({ season, error })
    }
  }
  if (runs.length === 0 && failed[0]) throw failed[0].error
  const failedSeasons = failed.map(({ season, error: { message, hint } }) => ({ season, message, ...(hint ? { hint } : {}) }))
  return { runs, failedSeasons, failures: runs.reduce((sum, receipt) => sum + receipt.failures, 0) + failed.length }
}

const isOfSeason = (error: unknown): error is IngestError =>
  error instanceof BusyError ||
  error instanceof PayloadError ||
  error instanceof ProviderRefusesError ||
  error instanceof ProviderUnavailableError ||
  error instanceof RateLimitedError
