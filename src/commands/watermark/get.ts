import { watermarkArgs } from '../../cli/args.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { sportIds } from '../../core/config/config.ts'
import { parseWatermark } from '../../pipeline/watermark-names.ts'
import { readWatermark, type WatermarkName } from '../../store/watermarks.ts'

export default class Get extends BaseCommand {
  static override summary = 'Print a watermark: the last day, or game, up to which everything is loaded.'
  static override description = 'Prints the bare value. Exits with 1 if it is not set.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> schedule daily:nba',
    '<%= config.bin %> <%= command.id %> backfill nba:2024-25',
    '<%= config.bin %> <%= command.id %> job report',
  ]
  static override args = watermarkArgs
  static override flags = sandboxFlag

  async run(): Promise<{ stage: string; key: string; value: string | null }> {
    const { args, flags } = await this.parse(Get)
    const { stage, key } = usualName(args.stage, args.key) ?? (await checkedName(args.stage, args.key))
    const database = await this.database(flags)
    const value = await database.run(sql => readWatermark(sql, { stage, key }))
    if (value === undefined) {
      await checkedName(args.stage, args.key)
      process.exitCode = 1
      const who = stage === 'job' ? 'The program of that job sets it' : 'The first run of that job sets it'
      this.logToStderr(`There is no watermark ${stage} ${key} yet. Hint: ${who}; see sports-ingest watermark list.`)
    } else {
      this.show(value)
    }
    return { stage, key, value: value ?? null }
  }
}

const checkedName = async (stage: string, key: string): Promise<WatermarkName> =>
  (await import('../../jobs/request/watermark-name.ts')).toStoredName(stage, key)

/**
 * A name in its usual form, without a full check: that would load all sports, which doubles the time to print a value. A watermark that
 * does not exist is checked then.
 */
function usualName(stage: string, key: string): WatermarkName | undefined {
  if (stage === 'job') return { stage, key }
  const name = parseWatermark(stage, key)
  return name && sportIds.some(known => known === name.sport) ? { stage: name.stage, key: name.key } : undefined
}
