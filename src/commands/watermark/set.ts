import { Args, Flags } from '@oclif/core'
import { watermarkArgs } from '../../cli/args.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { addDays } from '../../core/days.ts'
import { userName } from '../../core/user-name.ts'
import { dayOf } from '../../core/zones.ts'
import { checkWatermarkValue, leaseOfWatermark, toWatermarkName } from '../../jobs/request/watermark-name.ts'
import { takeLease } from '../../store/leases.ts'
import { forgetSettled } from '../../store/settled.ts'
import { moveWatermark, readWatermark } from '../../store/watermarks.ts'

export default class SetWatermark extends BaseCommand {
  static override summary = 'Set a watermark by hand, forward or back.'
  static override description =
    'The next run loads again what comes after it; unchanged rows are not written. The change is recorded with the previous value, the user and the reason. Exits with 103 while a run holds the same watermark.'
  static override examples = ['<%= config.bin %> <%= command.id %> schedule daily 2025-01-10 --reason "bad lines"']
  static override args = {
    ...watermarkArgs,
    value: Args.string({ description: 'A day (schedule) or a game id (backfill).', required: true }),
  }
  static override flags = { ...sandboxFlag, reason: Flags.string({ summary: 'Why; recorded in the history.' }) }

  async run(): Promise<{ stage: string; key: string; previous: string | null; value: string }> {
    const { args, flags } = await this.parse(SetWatermark)
    const name = toWatermarkName(args.stage, args.key)
    const { stage, key } = name
    const { clock, log } = await this.context()
    const today = dayOf(clock.now(), name.sport.zone)
    checkWatermarkValue(name, args.value, today)
    const database = await this.database(flags)
    const lease = await takeLease(database, leaseOfWatermark(name), log)
    try {
      const previous = await database.transaction(async tx => {
        await lease.check(tx)
        const before = await readWatermark(tx, { stage, key })
        const by = { user: userName(), reason: flags.reason }
        await moveWatermark(tx, { stage, key, value: args.value, at: clock.now(), by })
        // Set back: what was settled beyond it is loaded again.
        await forgetSettled(tx, { stage, key }, (before ?? '') > args.value ? { after: args.value } : { upTo: args.value })
        return before ?? null
      })
      this.show(`${stage} ${key}: ${previous ?? 'none'} → ${args.value}`)
      this.show(stage === 'schedule' ? whatNext(args.value, today) : `The next backfill of ${key} begins after that game.`)
      return { stage, key, previous, value: args.value }
    } finally {
      await lease.release()
    }
  }
}

function whatNext(value: string, today: string): string {
  const [first, last] = [addDays(value, 1), addDays(today, -1)]
  if (first > last) return 'The next schedule daily has nothing to catch up on.'
  return `The next schedule daily loads ${first === last ? first : `${first} to ${last}`}.`
}
