import type { App } from '../../app.ts'
import { reachStep } from '../../core/steps.ts'
import { withRunLog } from '../../jobs/run-log.ts'
import type { FileJob, FileJobEnd, FileJobOptions } from '../file-job.ts'
import { begin } from './own-run.ts'
import { runProgram, tryProgram } from './program-job.ts'
import { runSql, trySql } from './sql-job.ts'

/**
 * Runs the program or the statements of a job, with a run of its own. The end of the run, its watermark, what the statements have written,
 * and the end of the occurrence are one transaction, in which the lease is checked.
 * @throws BusyError where another process has the lease
 */
export async function runOwnJob(app: App, job: FileJob, { held }: FileJobOptions): Promise<FileJobEnd> {
  if (!held) return job.run === 'exec' ? await tryProgram(app, job) : await trySql(app, job)
  return await withRunLog(app, async log => {
    const run = await begin(app, job, held, log)
    log.begin(run.id)
    app.log.info('job.start', { job: job.name, run: job.run })
    await reachStep('run-started')
    return job.run === 'exec' ? await runProgram(run) : await runSql(run)
  })
}
