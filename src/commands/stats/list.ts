import { BaseCommand } from '../../cli/base-command.ts'
import { sandboxFlag } from '../../cli/flags.ts'
import { minuteText, table } from '../../cli/table.ts'
import { shortName } from '../../jobs/request/stats-request.ts'
import { type ListedFunction, listFunctions } from '../../stats/read-stats.ts'

export default class List extends BaseCommand {
  static override summary = 'List the stats functions: their tables, rows, and last runs.'
  static override description =
    'A table is also the tag under which caches are told that it has changed. Commands take the names of functions as they are listed, and in full, as --json has them.'
  static override examples = ['<%= config.bin %> <%= command.id %>']
  static override flags = { ...sandboxFlag }

  async run(): Promise<ListedFunction[]> {
    const { flags } = await this.parse(List)
    const database = await this.database(flags)
    const functions = await database.run(listFunctions)
    const lines = functions.flatMap(({ function: name, tables, runs }) => {
      const last = runs.map(({ ranAt }) => ranAt.getTime()).sort((a, b) => b - a)[0]
      const ran = last === undefined ? '-' : minuteText(new Date(last))
      return tables.map(({ table: of, rows }, i) => [i === 0 ? `…${shortName(name)}` : '', of, rows, i === 0 ? ran : ''])
    })
    this.show(table(['function', 'table', 'rows', 'last run'], lines, ''))
    return functions
  }
}
