import { idArg } from '../../cli/args.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { runText } from '../../cli/run-text.ts'
import { UsageError } from '../../core/errors.ts'
import { type Chunk, findRun, type Run } from '../../store/runs.ts'

export default class Show extends BaseCommand {
  static override summary = "Show a run's receipt, with its chunks."
  static override examples = ['<%= config.bin %> <%= command.id %> 12']
  static override args = { id: idArg('As runs list shows it.') }
  static override flags = sandboxFlag

  async run(): Promise<Run & { chunks: Chunk[] }> {
    const { args, flags } = await this.parse(Show)
    const database = await this.database(flags)
    const run = await database.run(sql => findRun(sql, args.id))
    if (!run) throw new UsageError(`There is no run ${args.id}.`, { hint: 'See sports-ingest runs list.' })
    this.show(runText(run))
    return run
  }
}
