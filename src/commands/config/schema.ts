import { BaseCommand } from '../../cli/base-command.ts'
import { examplesOf } from '../../cli/flags.ts'
import { settingsSchema } from '../../core/config/json-schema.ts'

export default class Schema extends BaseCommand {
  static override summary = 'Print a JSON Schema of the settings file, for editors.'
  static override description =
    'Editors complete and check a settings file by it. Those with the YAML language server (VS Code, Neovim, Zed, Helix) take it from a line at the top of the settings file: # yaml-language-server: $schema=sports-ingest.schema.json'
  static override examples = examplesOf({ 'Beside the settings file': '> sports-ingest.schema.json' })

  async run(): Promise<unknown> {
    await this.parse(Schema)
    const schema = settingsSchema()
    this.show(JSON.stringify(schema, null, 2))
    return schema
  }
}
