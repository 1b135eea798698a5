import { BaseCommand } from '../../cli/base-command.ts'
import { limitFlag, sandboxFlag } from '../../cli/flags.ts'
import { durationText, instantText, table } from '../../cli/table.ts'
import { listRuns, type Run } from '../../store/runs.ts'

export default class List extends BaseCommand {
  static override summary = 'List runs, newest first.'
  static override examples = ['<%= config.bin %> <%= command.id %> --limit 5']
  static override flags = { ...sandboxFlag, ...limitFlag }

  async run(): Promise<Run[]> {
    const { flags } = await this.parse(List)
    const database = await this.database(flags)
    const runs = await database.run(sql => listRuns(sql, flags.limit))
    const rows = runs.map(run => [
      run.id,
      run.job,
      run.sport,
      run.targetDate ?? run.season,
      run.status,
      run.failures,
      // To the minute: with a longer job's name, seconds would break the line.
      instantText(run.startedAt).replace(/:\d\dZ$/, 'Z'),
      run.finishedAt ? durationText(run.finishedAt.getTime() - run.startedAt.getTime()) : '-',
    ])
    const heading = ['id', 'job', 'sport', 'target', 'status', 'fail', 'started', 'took']
    this.show(table(heading, rows, 'Nothing has run yet.'))
    return [...runs]
  }
}
