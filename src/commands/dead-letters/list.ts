import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { limitFlag, sandboxFlag } from '../../cli/flags.ts'
import { cut, table } from '../../cli/table.ts'
import { type DeadLetter, type DeadLetterStatus, listDeadLetters } from '../../store/dead-letters.ts'

export default class List extends BaseCommand {
  static override summary = 'List what could not be loaded, newest first.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --status all --limit 100',
  ]
  static override flags = {
    ...sandboxFlag,
    ...limitFlag,
    status: Flags.option({
      summary: 'Which ones.',
      options: ['open', 'resolved', 'discarded', 'all'] as const,
      default: 'open' as const,
    })(),
  }

  async run(): Promise<DeadLetter[]> {
    const { flags } = await this.parse(List)
    const database = await this.database(flags)
    const filter = flags.status === 'all' ? {} : { status: flags.status as DeadLetterStatus }
    const letters = await database.run(sql => listDeadLetters(sql, { ...filter, limit: flags.limit }))
    const rows = letters.map(({ id, sport, dataset, item, day, attempts, status, errorClass }) => {
      return [id, sport, dataset, item, day, attempts, status, cut(errorClass, 24)]
    })
    const heading = ['id', 'sport', 'dataset', 'item', 'day', 'tries', 'status', 'why']
    this.show(table(heading, rows, 'There are none: everything asked for was loaded.'))
    return [...letters]
  }
}
