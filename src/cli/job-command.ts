import type { Progress } from '../jobs/work-units.ts'
import type { Receipt } from '../pipeline/receipt.ts'
import { BaseCommand } from './base-command.ts'
import { toLine } from './exit-codes.ts'
import { workWithoutOutput } from './output.ts'
import { tellOnStderr } from './tell.ts'

/** What a command that ran jobs did. */
export interface JobsOutcome {
  runs: Receipt[]
  failures: number
}

/** Reports of the jobs that a command runs. */
export interface JobListener {
  onProgress(progress: Progress): void
  onReceipt(receipt: Receipt): void
}

/** A command that runs jobs: a progress line while they run, and their receipts at the end, even if a later job has failed. */
export abstract class JobCommand extends BaseCommand {
  protected async runJobs<Outcome extends { failures: number }>(
    work: (listener: JobListener) => Promise<Outcome>,
  ): Promise<Outcome> {
    workWithoutOutput()
    const [{ startProgress }, { receiptText }, { tellsPieces }] = await Promise.all([
      import('./progress.ts'),
      import('./receipt-text.ts'),
      this.context(),
    ])
    const progress =
      process.stderr.isTTY && !this.jsonEnabled()
        ? await startProgress({ terminal: process.stderr, pieces: tellsPieces })
        : { update() {}, stop() {} }
    const receipts: Receipt[] = []
    try {
      const outcome = await work({
        onProgress: progress.update,
        onReceipt: receipt => void receipts.push(receipt),
      })
      return this.finish(outcome)
    } finally {
      progress.stop()
      for (const receipt of receipts) this.show(receiptText(receipt))
    }
  }

  /** Runs a job for one sport after the other. An error of one sport does not stop the others; the first is thrown at the end. */
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
      // The log has them; on a terminal it leaves to the command how a job has ended.
      if (process.stderr.isTTY) for (const error of errors.slice(1)) tellOnStderr(toLine(error))
      if (errors.length > 0) throw errors[0]
      return { runs, failures: runs.reduce((sum, { failures }) => sum + failures, 0) }
    })
  }
}
