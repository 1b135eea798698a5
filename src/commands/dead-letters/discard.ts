import { Flags } from '@oclif/core'
import { letterIds, toIds } from '../../cli/args.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { userName } from '../../core/user-name.ts'
import { visible } from '../../core/visible.ts'
import { type DeadLetter, discardDeadLetters } from '../../store/dead-letters.ts'

export default class Discard extends BaseCommand {
  static override summary = 'Close dead letters that need not be loaded.'
  static override description =
    'Discards all of the ids, or none if one is not open. No run tries a discarded item by itself. If its day is loaded again and it fails in the same way, it stays discarded and does not count in the exit code; a failure of another kind opens a new letter; if it loads, the letter is resolved. No watermark waits for it, and watermark verify does not count it as a hole. The user, the time and the reason are recorded: see dead-letters show.'
  static override examples = ['<%= config.bin %> <%= command.id %> 3 4 --reason "exhibition games"']
  static override args = { id: letterIds(true) }
  static override flags = { ...sandboxFlag, reason: Flags.string({ summary: 'Why; recorded with the letter.', required: true }) }

  async run(): Promise<DeadLetter[]> {
    const { args, flags } = await this.parse(Discard)
    const { clock } = await this.context()
    const database = await this.database(flags)
    const discard = { ids: toIds(args.id), by: userName(), reason: flags.reason, at: clock.now() }
    const letters = await database.transaction(tx => discardDeadLetters(tx, discard))
    for (const { id, sport, dataset, item, day } of letters)
      this.show(visible(`${id}: ${sport} ${dataset} ${item} of ${day} is discarded.`))
    return letters
  }
}
