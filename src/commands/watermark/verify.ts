import { Args, Flags } from '@oclif/core'
import { watermarkArgs } from '../../cli/args.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { verificationText } from '../../cli/verification-text.ts'
import { UsageError } from '../../core/errors.ts'
import { toWatermarkName } from '../../jobs/request/watermark-name.ts'
import type { Verification } from '../../jobs/verify.ts'
import { listWatermarks } from '../../store/watermarks.ts'

export default class Verify extends BaseCommand {
  static override summary = 'Prove that nothing at or below a watermark is missing, or name the first hole.'
  static override description =
    'Without arguments, checks all watermarks. Compares the tables with the stored schedules, without asking a provider: every game listed from the first day that a run loaded up to the watermark must be stored or in the dead letters, and every game that is over must have its lines or an open or discarded dead letter. A game that was not over when last asked for is not a hole. The exit code is the number of watermarks with a hole; each is printed with the command that fixes it. With --values, a game of which two tables say different things counts as one.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> schedule daily:nba',
    '<%= config.bin %> <%= command.id %> backfill nba:2024-25',
    '<%= config.bin %> <%= command.id %> --values',
  ]
  static override args = {
    stage: Args.string({ ...watermarkArgs.stage, required: false }),
    key: Args.string({ ...watermarkArgs.key, required: false }),
  }
  static override flags = {
    ...sandboxFlag,
    values: Flags.boolean({
      summary:
        'Also compare values: scores with the lines of a game, and with the sport’s own tables; rows with those of their file.',
    }),
  }

  async run(): Promise<{ watermarks: Verification[]; failures: number }> {
    const { args, flags } = await this.parse(Verify)
    if (args.stage && !args.key)
      throw new UsageError(`Which watermark of ${args.stage}?`, { hint: 'Give its key too (daily:nba), or no argument for all.' })
    const wanted = args.stage && args.key ? toWatermarkName(args.stage, args.key) : undefined
    const [{ verifyWatermark }, { createPayloadArchive }] = await Promise.all([
      import('../../jobs/verify.ts'),
      import('../../store/payload-archive.ts'),
    ])
    const database = await this.database(flags, { mayCreate: false })
    const all = (await database.run(listWatermarks)).filter(({ stage }) => stage !== 'job')
    const chosen = wanted ? all.filter(({ stage, key }) => stage === wanted.stage && key === wanted.key) : all
    if (wanted && chosen.length === 0)
      throw new UsageError(`There is no watermark ${wanted.stage} ${wanted.key}.`, { hint: 'See sports-ingest watermark list.' })
    const { clock } = await this.context()
    const parts = { database, archive: createPayloadArchive(database, clock) }
    const watermarks: Verification[] = []
    const texts: string[] = []
    for (const { stage, key, value } of chosen) {
      const { sport, ...name } = toWatermarkName(stage, key)
      const { first, ...found } = await verifyWatermark(parts, sport, name, value, flags)
      const mend = `${first?.mend}${flags.sandbox ? ' --sandbox' : ''}`
      const verification = { ...found, first: first && { ...first, mend } }
      watermarks.push(verification)
      texts.push(verificationText(verification, sport))
    }
    for (const text of texts) this.showProse(text)
    if (watermarks.length === 0) this.show('There are no watermarks yet.')
    return this.finish({ watermarks, failures: watermarks.filter(({ proven }) => !proven).length })
  }
}
