import { BaseCommand } from '../../cli/base-command.ts'
import { table } from '../../cli/table.ts'
import { listSettings, type ShownSetting } from '../../core/config/show.ts'

export default class Show extends BaseCommand {
  static override summary = 'Show the settings in effect and where each came from.'
  static override description = 'Secrets are masked. A setting marked "not used yet" is checked, and has no effect so far.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --config ./other.yaml --json',
  ]

  async run(): Promise<ShownSetting[]> {
    await this.parse(Show)
    const { loaded } = await this.context()
    const settings = listSettings(loaded)
    const rows = settings.map(({ path, value, source, used }) => [path, value, used ? source : `${source}, not used yet`])
    this.show(table(['setting', 'value', 'from'], rows, ''))
    return settings
  }
}
