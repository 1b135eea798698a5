import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { limitFlag, sandboxFlag } from '../../cli/flags.ts'
import { cut, minuteText, table, tookText } from '../../cli/table.ts'
import { type BackgroundJob, jobStatuses, listJobs } from '../../store/background-jobs.ts'

export default class List extends BaseCommand {
  static override summary = 'List background jobs, newest first.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --status failed']
  static override flags = {
    ...sandboxFlag,
    ...limitFlag,
    status: Flags.option({ summary: 'Those alone.', options: jobStatuses })(),
  }

  async run(): Promise<BackgroundJob[]> {
    const { flags } = await this.parse(List)
    const database = await this.database(flags)
    const jobs = await database.run(sql => listJobs(sql, flags))
    const rows = jobs.map(job => {
      const { id, kind, status, triggeredBy, retryCount, workerId, createdAt, startedAt, completedAt } = job
      const took = startedAt ? tookText({ startedAt, finishedAt: completedAt }) : '-'
      return [id, kind, status, triggeredBy, retryCount, cut(workerId ?? '-', 12), minuteText(createdAt), took]
    })
    const heading = ['id', 'kind', 'status', 'by', 'again', 'worker', 'asked for', 'took']
    this.show(table(heading, rows, flags.status ? `No job is ${flags.status}.` : 'There are no jobs.'))
    return [...jobs]
  }
}
