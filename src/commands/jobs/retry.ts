import { idArg } from '../../cli/args.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { JobsCommand, noSuchJob } from '../../cli/jobs-command.ts'
import { UsageError } from '../../core/errors.ts'
import { type BackgroundJob, findJob, retryJob } from '../../store/background-jobs.ts'

export default class Retry extends JobsCommand {
  static override summary = 'Queue a failed job again.'
  static override description = 'Where jobs of its trigger are not queued, it is done here and now, as jobs enqueue does.'
  static override examples = ['<%= config.bin %> <%= command.id %> 12']
  static override args = { id: idArg('As jobs list shows it.') }
  static override flags = sandboxFlag

  async run(): Promise<BackgroundJob> {
    const { args, flags } = await this.parse(Retry)
    const app = await this.app(flags)
    const { database } = app
    const job = await database.transaction(tx => retryJob(tx, args.id))
    if (job) {
      const { isQueued, workHere } = await import('../../jobs/background/enqueue.ts')
      if (job.kind === 'stats' && !isQueued(app.config, job.triggeredBy)) {
        await workHere(app, job.id)
        return await this.follow(database, job.id)
      }
      this.show(`Job ${job.id} is queued again.`)
      return job
    }
    const found = await database.run(sql => findJob(sql, args.id))
    if (!found) throw noSuchJob(args.id)
    throw new UsageError(`Job ${args.id} is ${found.status}: only a failed one can be tried again.`, {
      hint: 'See sports-ingest jobs list --status failed.',
    })
  }
}
