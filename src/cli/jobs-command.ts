import { UsageError } from '../core/errors.ts'
import type { BackgroundJob } from '../store/background-jobs.ts'
import type { Database } from '../store/database.ts'
import { BaseCommand } from './base-command.ts'

export const noSuchJob = (id: number) => new UsageError(`There is no job ${id}.`, { hint: 'See sports-ingest jobs list.' })

const lookEveryMs = 250

/** A command about background jobs. */
export abstract class JobsCommand extends BaseCommand {
  /** Follows a job to its end, and shows it. The exit code is 1 if it has failed. */
  protected async follow(database: Database, id: number): Promise<BackgroundJob> {
    const [{ findJob, readJobFacts }, { jobText }, { clock }] = await Promise.all([
      import('../store/background-jobs.ts'),
      import('./jobs-text.ts'),
      this.context(),
    ])
    let said: string | undefined
    for (;;) {
      const job = await database.run(sql => findJob(sql, id))
      if (!job) throw noSuchJob(id)
      const { status } = job
      if (status === 'completed' || status === 'failed') {
        this.show(jobText(job))
        process.exitCode = status === 'failed' ? 1 : 0
        return job
      }
      if (status !== said) this.logToStderr(`Job ${id} is ${status}.`)
      if (said === undefined && (await database.run(readJobFacts)).workers === 0)
        this.logToStderr('No worker is running: start one with sports-ingest worker.')
      said = status
      await clock.sleep(lookEveryMs, this.signal)
    }
  }
}
