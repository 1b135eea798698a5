import { Args } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { writeFirstFile } from '../../core/config/first-file.ts'

export default class Init extends BaseCommand {
  static override summary = 'Write a first settings file, with the defaults as comments.'
  static override description = 'Never overwrites a file.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> /etc/sports-ingest.config.yaml',
  ]
  static override args = { file: Args.string({ description: 'Default: sports-ingest.config.yaml in this folder.' }) }

  async run(): Promise<{ file: string }> {
    const { args } = await this.parse(Init)
    const file = await writeFirstFile(process.cwd(), args.file)
    this.show(`Wrote ${file}. Change what you want, then run sports-ingest config validate.`)
    return { file }
  }
}
