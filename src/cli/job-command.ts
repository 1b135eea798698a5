import type { DirectRun } from '../alerts/judge-jobs.ts'
import type { App } from '../app.ts'
import type { Progress } from '../jobs/work-units.ts'
import type { Receipt } from '../pipeline/receipt.ts'
import { BaseCommand } from './base-command.ts'
import { workWithoutOutput } from './output.ts'

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

  /** Tells of incidents, where somebody is to be told: what the jobs have come to is known and shown by then. */
  protected async tellAlerts(app: App, { sandbox }: { sandbox: boolean }, direct: readonly DirectRun[] = []): Promise<void> {
    const [{ hasChannels }, { tellAlerts }] = await Promise.all([
      import('../alerts/channels.ts'),
      import('../alerts/tell-alerts.ts'),
    ])
    if (hasChannels(app.config)) await tellAlerts(app, { sandbox, direct })
  }

  /** Runs a job for one sport after the other. An error of one sport does not stop the others; all are told at the end, and the first is thrown. */
  protected async runForEach<S>(
    sports: readonly S[],
    run: (sport: S, onProgress: JobListener['onProgress']) => Promise<Receipt>,
  ): Promise<JobsOutcome> {
    return await this.runJobs(async ({ onProgress, onReceipt }) => {
      const runs: Receipt[] = []
      for (const sport of sports) {
        try {
          const receipt = await run(sport, onProgress)
          runs.push(receipt)
          onReceipt(receipt)
        } catch (error) {
          this.failed.push(this.signal.aborted ? this.signal.reason : error)
          this.signal.throwIfAborted()
        }
      }
      if (this.failed.length > 0) throw this.failed[0]
      return { runs, failures: runs.reduce((sum, { failures }) => sum + failures, 0) }
    })
  }
}
