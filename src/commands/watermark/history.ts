import { watermarkArgs } from '../../cli/args.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { instantText, table } from '../../cli/table.ts'
import { toStoredName } from '../../jobs/request/watermark-name.ts'
import { readWatermarkHistory, type WatermarkChange } from '../../store/watermarks.ts'

export default class History extends BaseCommand {
  static override summary = 'Show every change of a watermark, newest first.'
  static override examples = ['<%= config.bin %> <%= command.id %> schedule daily:nba']
  static override args = watermarkArgs
  static override flags = sandboxFlag

  async run(): Promise<WatermarkChange[]> {
    const { args, flags } = await this.parse(History)
    const name = toStoredName(args.stage, args.key)
    const database = await this.database(flags)
    const changes = await database.run(sql => readWatermarkHistory(sql, name))
    const rows = changes.map(({ changedAt, previous, value, runId, changedBy, reason }) => {
      return [instantText(changedAt), previous, value, runId === null ? changedBy : `run ${runId}`, reason ?? '']
    })
    this.show(table(['changed', 'from', 'to', 'by', 'reason'], rows, `The watermark ${name.stage} ${name.key} was never set.`))
    return [...changes]
  }
}
