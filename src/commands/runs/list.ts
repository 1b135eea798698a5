import { BaseCommand } from '../../cli/base-command.ts'
import { limitFlag, sandboxFlag } from '../../cli/flags.ts'
import { instantText, table, tookText } from '../../cli/table.ts'
import { listRuns, type Run } from '../../store/runs.ts'

export default class List extends BaseCommand {
  static override summary = 'List runs, newest first.'
  static override examples = ['<%= config.bin %> <%= command.id %> --limit 5']
  static override flags = { ...sandboxFlag, ...limitFlag }

  async run(): Promise<Run[]> {
    const { flags } = await this.parse(List)
    const database = await this.database(flags)
    const runs = await database.run(sql => listRuns(sql, flags.limit))
    const rows = runs.map(run => {
      const { id, job, sport, targetDate, season, status, failures } = run
      // To the minute: with a longer job's name, seconds would break the line.
      const started = instantText(run.startedAt).replace(/:\d\dZ$/, 'Z')
      return [id, job, sport ?? '', targetDate ?? season, status, failures, started, tookText(run)]
    })
    const heading = ['id', 'job', 'sport', 'target', 'status', 'fail', 'started', 'took']
    this.show(table(heading, rows, 'Nothing has run yet.'))
    return [...runs]
  }
}
