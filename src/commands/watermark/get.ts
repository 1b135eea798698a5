import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { watermarkArgs } from '../../cli/watermark-args.ts'
import { toWatermarkName } from '../../cli/watermark-name.ts'
import { readWatermark } from '../../store/watermarks.ts'

export default class Get extends BaseCommand {
  static override summary = 'Print a watermark: the last day, or game, up to which everything is loaded.'
  static override description = 'Prints the bare value. A missing one exits 1.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> schedule daily:nba',
    '<%= config.bin %> <%= command.id %> backfill nba:2024-25',
  ]
  static override args = watermarkArgs
  static override flags = sandboxFlag

  async run(): Promise<{ stage: string; key: string; value: string | null }> {
    const { args, flags } = await this.parse(Get)
    const { stage, key } = toWatermarkName(args.stage, args.key)
    const database = await this.database({ sandbox: flags.sandbox })
    const value = await database.run(sql => readWatermark(sql, { stage, key }))
    if (value === undefined) {
      process.exitCode = 1
      this.logToStderr(
        `There is no watermark ${stage} ${key} yet. Hint: The first run of that job sets it; see sports-ingest watermark list.`,
      )
    } else {
      this.show(value)
    }
    return { stage, key, value: value ?? null }
  }
}
