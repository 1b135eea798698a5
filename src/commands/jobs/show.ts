import { Flags } from '@oclif/core'
import { idArg } from '../../cli/args.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { JobsCommand, noSuchJob } from '../../cli/jobs-command.ts'
import { type BackgroundJob, findJob } from '../../store/background-jobs.ts'

export default class Show extends JobsCommand {
  static override summary = 'Show a background job: what it did, or why it has failed.'
  static override examples = ['<%= config.bin %> <%= command.id %> 12', '<%= config.bin %> <%= command.id %> 12 --watch']
  static override args = { id: idArg('As jobs list shows it.') }
  static override flags = {
    ...sandboxFlag,
    watch: Flags.boolean({ summary: 'Follow it to its end; the exit code is 1 if it fails.' }),
  }

  async run(): Promise<BackgroundJob> {
    const { args, flags } = await this.parse(Show)
    const database = await this.database(flags)
    if (flags.watch) return await this.follow(database, args.id)
    const { jobText } = await import('../../cli/jobs-text.ts')
    const job = await database.run(sql => findJob(sql, args.id))
    if (!job) throw noSuchJob(args.id)
    this.show(jobText(job))
    return job
  }
}
