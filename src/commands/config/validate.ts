import { BaseCommand } from '../../cli/base-command.ts'
import { checkConfig } from '../../core/config/load.ts'
import { problemError } from '../../core/config/problem.ts'

export default class Validate extends BaseCommand {
  static override summary = 'Check the settings; print each mistake with file, line and column.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --config ./other.yaml']

  async run(): Promise<{ file: string | null; valid: true }> {
    const { flags } = await this.parse(Validate)
    const options = { env: process.env, cwd: process.cwd(), configFile: flags.config || undefined }
    const { file, problems, warnings } = await checkConfig(options)
    for (const warning of warnings) this.logToStderr(warning)
    if (problems.length > 0) throw problemError(problems)
    this.show(
      file
        ? `${file} is valid.`
        : 'There is no settings file; the environment is valid. Hint: sports-ingest config init writes one.',
    )
    return { file: file ?? null, valid: true }
  }
}
