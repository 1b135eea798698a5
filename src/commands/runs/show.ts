import { Flags } from '@oclif/core'
import { idArg } from '../../cli/args.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { runText } from '../../cli/run-text.ts'
import { UsageError } from '../../core/errors.ts'
import { visibleLines } from '../../core/visible.ts'
import { type Chunk, findRun, type Run } from '../../store/runs.ts'

export default class Show extends BaseCommand {
  static override summary = "Show a run's receipt, with its chunks."
  static override description =
    'With --log, what the run has logged, and what its program or its statements have printed: of very much the beginning and the end. It is written every few seconds, so it is there while the run is at work, and if it was killed.'
  static override examples = ['<%= config.bin %> <%= command.id %> 12', '<%= config.bin %> <%= command.id %> 12 --log']
  static override args = { id: idArg('As runs list shows it.') }
  static override flags = { ...sandboxFlag, log: Flags.boolean({ summary: 'Show what the run has logged.' }) }

  async run(): Promise<Run & { chunks: Chunk[]; log?: string | null }> {
    const { args, flags } = await this.parse(Show)
    const database = await this.database(flags)
    const run = await database.run(sql => findRun(sql, args.id))
    if (!run) throw new UsageError(`There is no run ${args.id}.`, { hint: 'See sports-ingest runs list.' })
    if (!flags.log) {
      this.show(runText(run))
      return run
    }
    const { readRunLog } = await import('../../store/run-logs.ts')
    const log = (await database.run(sql => readRunLog(sql, args.id))) ?? null
    if (log === null) this.logToStderr(`Run ${args.id} has logged nothing, or is of an earlier version.`)
    else this.show(visibleLines(log))
    return { ...run, log }
  }
}
