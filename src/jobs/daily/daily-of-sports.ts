import type { App } from '../../app.ts'
import { datasetNames, type Sport } from '../../pipeline/contract.ts'
import { runDailyOfFiles } from '../import/daily-of-files.ts'
import type { ImportProgress } from '../import/import.ts'
import type { ImportReceipt } from '../import/import-receipt.ts'
import { type DailyOptions, type Progress, runDaily } from './daily.ts'
import type { DailyReceipt } from './daily-receipt.ts'

/** What `schedule daily` did: a receipt per sport that came to its end. */
export interface DailyOutcome {
  runs: (DailyReceipt | ImportReceipt)[]
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
  {
    onProgress,
    onReceipt,
  }: { onProgress(progress: Progress | ImportProgress): void; onReceipt(receipt: DailyReceipt | ImportReceipt): void },
): Promise<DailyOutcome> {
  const runs: DailyOutcome['runs'] = []
  const errors: unknown[] = []
  // Who asks for some datasets means the sports that have them.
  const { only } = options
  const meant = sports.filter(sport => only.length === 0 || datasetNames(sport).some(name => only.includes(name)))
  for (const sport of meant) {
    try {
      const receipt =
        sport.loads === 'files'
          ? await runDailyOfFiles(app, sport, options, onProgress)
          : await runDaily(app, sport, options, onProgress)
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
