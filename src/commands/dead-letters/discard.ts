import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { letterIds, toIds } from '../../cli/letter-ids.ts'
import { userName } from '../../core/user-name.ts'
import { type DeadLetter, discardDeadLetters } from '../../store/dead-letters.ts'

export default class Discard extends BaseCommand {
  static override summary = 'Give dead letters up: what they are about need not be loaded.'
  static override description =
    'All of the ids or none. No run tries them again by itself. Where their day is loaded again anyway and they fail in the same way, they stay discarded, are no failure and do not count in the exit code; a failure of another kind opens a new letter; loading resolves them. The watermark does not wait for them, and watermark verify takes them as accounted for. Who, when and why is kept: see dead-letters show.'
  static override examples = ['<%= config.bin %> <%= command.id %> 3 4 --reason "exhibition games"']
  static override args = { id: letterIds(true) }
  static override flags = { ...sandboxFlag, reason: Flags.string({ summary: 'Why; kept with the letter.', required: true }) }

  async run(): Promise<DeadLetter[]> {
    const { args, flags } = await this.parse(Discard)
    const { clock } = await this.context()
    const database = await this.database({ sandbox: flags.sandbox })
    const discard = { ids: toIds(args.id), by: userName(), reason: flags.reason, at: clock.now() }
    const letters = await database.transaction(tx => discardDeadLetters(tx, discard))
    for (const { id, sport, dataset, item, day } of letters)
      this.show(`${id}: ${sport} ${dataset} ${item} of ${day} is discarded.`)
    return letters
  }
}
