import type { Progress } from '../jobs/work-units.ts'
import type { Receipt } from '../pipeline/receipt.ts'
import { BaseCommand } from './base-command.ts'

/** What a command that ran jobs did. */
export interface JobsOutcome {
  runs: Receipt[]
  failures: number
}

/** How a command hears of the jobs it runs. */
export interface JobListener {
  onProgress(progress: Progress): void
  onReceipt(receipt: Receipt): void
}

/** A command that runs jobs: with a progress line while they go on, and their receipts at the end, also where a later one has failed. */
export abstract class JobCommand extends BaseCommand {
  protected async runJobs<Outcome extends { failures: number }>(
    work: (listener: JobListener) => Promise<Outcome>,
  ): Promise<Outcome> {
    const [{ startProgress }, { progressText }, { receiptText }] = await Promise.all([
      import('./progress.ts'),
      import('./progress-text.ts'),
      import('./receipt-text.ts'),
    ])
    const progress = await startProgress(process.stderr.isTTY === true && !this.jsonEnabled())
    const receipts: Receipt[] = []
    try {
      const outcome = await work({
        onProgress: state => progress.update(progressText(state)),
        onReceipt: receipt => void receipts.push(receipt),
      })
      return this.finish(outcome)
    } finally {
      progress.stop()
      for (const receipt of receipts) this.show(receiptText(receipt))
    }
  }

  /** Runs a job of each sport in turn. One sport's trouble is not the others': it is thrown when they have had their turn. */
  protected async runForEach<S>(
    sports: readonly S[],
    run: (sport: S, onProgress: JobListener['onProgress']) => Promise<Receipt>,
  ): Promise<JobsOutcome> {
    return await this.runJobs(async ({ onProgress, onReceipt }) => {
      const runs: Receipt[] = []
      const errors: unknown[] = []
      for (const sport of sports) {
        try {
          const receipt = await run(sport, onProgress)
          runs.push(receipt)
          onReceipt(receipt)
        } catch (error) {
          this.signal.throwIfAborted()
          errors.push(error)
        }
      }
      if (errors.length > 0) throw errors[0]
      return { runs, failures: runs.reduce((sum, { failures }) => sum + failures, 0) }
    })
  }
}
