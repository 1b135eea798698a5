import { idArg } from '../../cli/args.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { noSuchJob } from '../../cli/jobs-command.ts'
import { UsageError } from '../../core/errors.ts'
import { userName } from '../../core/user-name.ts'
import { type BackgroundJob, cancelJob, findJob } from '../../store/background-jobs.ts'

export default class Cancel extends BaseCommand {
  static override summary = 'Cancel a job that waits or is at work.'
  static override description =
    'It is listed as failed, with who has cancelled it; jobs retry queues it again. A worker that is at it stops within seconds, and keeps nothing more of it.'
  static override examples = ['<%= config.bin %> <%= command.id %> 12']
  static override args = { id: idArg('As jobs list shows it.') }
  static override flags = sandboxFlag

  async run(): Promise<BackgroundJob> {
    const { args, flags } = await this.parse(Cancel)
    const database = await this.database(flags)
    const cancelled = await database.transaction(tx => cancelJob(tx, args.id, `Cancelled by ${userName()}.`))
    if (cancelled) {
      const { wasAtWork, ...job } = cancelled
      this.show(`Job ${job.id} is cancelled.${wasAtWork ? ' Its worker stops within seconds.' : ''}`)
      return job
    }
    const found = await database.run(sql => findJob(sql, args.id))
    if (!found) throw noSuchJob(args.id)
    throw new UsageError(`Job ${args.id} is ${found.status}, and cannot be cancelled any more.`, {
      hint: 'See sports-ingest jobs list --status queued.',
    })
  }
}
