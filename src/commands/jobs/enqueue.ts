import { Flags } from '@oclif/core'
import { refuseDryRun } from '../../cli/dry-run.ts'
import { examplesOf, listFlag, sandboxFlag } from '../../cli/flags.ts'
import { JobsCommand } from '../../cli/jobs-command.ts'
import { UsageError } from '../../core/errors.ts'
import { type BackgroundJob, triggers } from '../../store/background-jobs.ts'

export default class Enqueue extends JobsCommand {
  static override summary = 'Queue a job that recomputes statistics.'
  static override description =
    'A worker does it. Where background_jobs.global, or that of the trigger, is false, it is done here and now. The same --request-id twice is one job. With --watch, the exit code is 1 if the job fails.'
  static override examples = examplesOf({
    'All functions': '',
    'One of them, and wait for it': '--only update_power_ratings --watch',
    'Once, however often it is asked for': '--triggered-by cron --request-id 2026-11-28',
  })
  static override flags = {
    'triggered-by': Flags.option({ summary: 'Who asks.', options: triggers, default: 'admin' as const })(),
    only: listFlag('Functions to run; all by default.', 'update_power_ratings'),
    full: Flags.boolean({ summary: 'Recompute everything, not only what has changed.' }),
    'request-id': Flags.string({ summary: 'Any text: the same twice is one job.', helpValue: 'TEXT' }),
    watch: Flags.boolean({ summary: 'Follow it to its end.' }),
    ...sandboxFlag,
  }

  async run(): Promise<BackgroundJob> {
    const { flags } = await this.parse(Enqueue)
    const [{ chooseFunctions }, { enqueueStats }] = await Promise.all([
      import('../../jobs/request/stats-request.ts'),
      import('../../jobs/background/enqueue.ts'),
    ])
    if (flags['request-id']?.trim() === '')
      throw new UsageError('--request-id is empty.', { hint: 'Give any text: the same twice is one job.' })
    const functions = flags.only && chooseFunctions(flags.only)
    refuseDryRun((await this.context()).loaded.config, 'jobs enqueue')
    const app = await this.app(flags)
    const { job, isNew } = await enqueueStats(app, {
      triggeredBy: flags['triggered-by'],
      requestId: flags['request-id'],
      payload: { ...(functions && { functions }), ...(flags.full ? { full: true } : {}) },
    })
    if (!isNew) this.logToStderr(`The request ${flags['request-id']} is job ${job.id} already.`)
    if (flags.watch || job.status === 'completed' || job.status === 'failed') return await this.follow(app.database, job.id)
    this.show(`Job ${job.id} is ${job.status}.`)
    return job
  }
}
