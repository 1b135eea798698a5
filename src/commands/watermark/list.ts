import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { instantText, table } from '../../cli/table.ts'
import { listWatermarks, type Watermark } from '../../store/watermarks.ts'

export default class List extends BaseCommand {
  static override summary = 'List all watermarks.'
  static override examples = ['<%= config.bin %> <%= command.id %>']
  static override flags = sandboxFlag

  async run(): Promise<Watermark[]> {
    const { flags } = await this.parse(List)
    const database = await this.database(flags)
    const watermarks = await database.run(listWatermarks)
    const rows = watermarks.map(({ stage, key, value, updatedAt }) => [stage, key, value, instantText(updatedAt)])
    this.show(table(['stage', 'key', 'value', 'updated'], rows, 'There are no watermarks yet.'))
    return [...watermarks]
  }
}
