import type { App } from '../../app.ts'
import type { Sport } from '../../pipeline/contract.ts'
import { type DailyOptions, type Progress, runDaily } from './daily.ts'
import type { DailyReceipt } from './daily-receipt.ts'

/** What `schedule daily` did: a receipt per sport that came to its end. */
export interface DailyOutcome {
  runs: DailyReceipt[]
  failures: number
}

/**
 * Runs daily for each sport in turn. One sport's trouble is not the others': it is thrown when they have had their turn.
 * @param onReceipt hears of each sport that came to its end
 */
export async function runDailyOfSports(
  app: App,
  sports: readonly Sport[],
  options: DailyOptions,
  { onProgress, onReceipt }: { onProgress(progress: Progress): void; onReceipt(receipt: DailyReceipt): void },
): Promise<DailyOutcome> {
  const runs: DailyReceipt[] = []
  const errors: unknown[] = []
  for (const sport of sports) {
    try {
      const receipt = await runDaily(app, sport, options, onProgress)
      runs.push(receipt)
      onReceipt(receipt)
    } catch (error) {
      app.signal.throwIfAborted()
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
  return { runs, failures: runs.reduce((sum, receipt) => sum + receipt.failures, 0) }
}
