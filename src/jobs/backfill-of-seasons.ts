import type { App } from '../app.ts'
import type { Sport } from '../pipeline/contract.ts'
import { runBackfill } from './backfill.ts'
import type { BackfillReceipt } from './backfill-receipt.ts'
import type { BackfillProgress } from './load-season.ts'
import type { BackfillOptions } from './plan-season.ts'

/** What `schedule backfill` did: a receipt per season. */
export interface BackfillOutcome {
  runs: BackfillReceipt[]
  failures: number
}

/**
 * Loads seasons one after the other: each has its own watermark, lease and run. What ends one ends the run; those before it are done.
 * @param onReceipt hears of each season that came to its end
 */
export async function runBackfillOfSeasons(
  app: App,
  sport: Sport,
  seasons: readonly string[],
  options: Omit<BackfillOptions, 'season'>,
  { onProgress, onReceipt }: { onProgress(progress: BackfillProgress): void; onReceipt(receipt: BackfillReceipt): void },
): Promise<BackfillOutcome> {
  const runs: BackfillReceipt[] = []
  for (const season of seasons) {
    const receipt = await runBackfill(app, sport, { ...options, season }, onProgress)
    runs.push(receipt)
    onReceipt(receipt)
  }
  return { runs, failures: runs.reduce((sum, receipt) => sum + receipt.failures, 0) }
}
