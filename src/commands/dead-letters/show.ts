import { idArg } from '../../cli/args.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { instantText } from '../../cli/table.ts'
import { visible, visibleLines } from '../../core/visible.ts'
import { type DeadLetter, findDeadLetter, noSuchLetter } from '../../store/dead-letters.ts'

/** Enough to see what was sent; --json has all of it. */
const shownCharacters = 2_000

export default class Show extends BaseCommand {
  static override summary = 'Show a dead letter: what was asked for, the answer, and the reason.'
  static override description =
    'Shows the first 2,000 characters of the payload, control characters escaped; --json has all of it.'
  static override examples = ['<%= config.bin %> <%= command.id %> 3', '<%= config.bin %> <%= command.id %> 3 --json']
  static override args = { id: idArg('As dead-letters list shows it.') }
  static override flags = sandboxFlag

  async run(): Promise<DeadLetter & { payload: string | null }> {
    const { args, flags } = await this.parse(Show)
    const database = await this.database(flags)
    const letter = await database.run(sql => findDeadLetter(sql, args.id))
    if (!letter) throw noSuchLetter(args.id)
    const payload = letter.payload === null ? null : Buffer.from(letter.payload).toString('utf8')
    this.show(
      [
        visible(`${letter.id}: ${letter.sport} ${letter.dataset} ${letter.item} of ${letter.day}, ${letter.status}`),
        visible(`${letter.errorClass} at ${letter.stage}: ${letter.message}`),
        `tried by ${letter.attempts === 1 ? '1 run, last' : `${letter.attempts} runs, last`} at ${instantText(letter.updatedAt)}${letter.runId ? ` by run ${letter.runId}` : ''}`,
        ...(letter.discardedAt
          ? [visible(`discarded at ${instantText(letter.discardedAt)} by ${letter.discardedBy}: ${letter.discardedReason}`)]
          : []),
        '',
        payload === null ? 'Nothing was received.' : visibleLines(payload.slice(0, shownCharacters)),
        ...(payload !== null && payload.length > shownCharacters
          ? [`… ${payload.length - shownCharacters} more characters, see --json`]
          : []),
      ].join('\n'),
    )
    return { ...letter, payload }
  }
}
