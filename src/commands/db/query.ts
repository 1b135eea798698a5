import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { Args, Flags } from '@oclif/core'
import { examplesOf, sandboxFlag } from '../../cli/flags.ts'
import { OutputCommand } from '../../cli/output-command.ts'
import { csvWriter, jsonWriter, tableWriter } from '../../cli/row-writers.ts'
import { UsageError } from '../../core/errors.ts'
import { visible } from '../../core/visible.ts'
import { checkSchema } from '../../store/migrations.ts'
import { runStatement, StatementError } from '../../store/rows/statement.ts'

export default class Query extends OutputCommand {
  static override summary = 'Run one SQL statement and print its rows.'
  static override description =
    'Without --write the server lets the statement only read. Prints a table, on a terminal cut to its width; rows that are too wide for it, one value to a line. With --json an array of rows, in which instants are ISO 8601 in UTC, and numeric and integers beyond 2^53 are texts. Rows are printed as they come, without a limit of time; Ctrl-C cancels the statement. README.md names the tables.'
  static override examples = examplesOf({
    'The games of a day': `"select away_team_id, away_score, home_team_id, home_score from games where game_date = '2026-11-20'"`,
    'For a spreadsheet': '--csv "select * from runners" > runners.csv',
    'From a file, or from standard input': '--file report.sql',
    'Change rows': `--write "delete from games where sport = 'nfl'"`,
  })
  static override args = {
    sql: Args.string({ description: 'The statement; - or nothing reads it from standard input.', ignoreStdin: true }),
  }
  static override flags = {
    csv: Flags.boolean({ summary: 'Print CSV with a header; null is empty, an empty text is "".', exclusive: ['json'] }),
    file: Flags.string({ summary: 'Read the statement from a file.', char: 'f', helpValue: 'FILE' }),
    write: Flags.boolean({ summary: 'Let the statement write, and commit it.' }),
    ...sandboxFlag,
  }

  #begun = false

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Query)
    const statement = await this.#readStatement(args.sql, flags.file)
    const database = await this.database(flags, { schema: 'as-is' })
    // The tables of another database are its owner's: they are looked at as they are.
    if (database.embedded) await checkSchema(database)
    const { isTTY, columns = 0 } = process.stdout
    const terminal = isTTY ? columns || 80 : undefined
    const writer = this.jsonEnabled() ? jsonWriter() : flags.csv ? csvWriter(isTTY) : tableWriter(terminal)
    const print = this.writeOutput(async output => {
      const write = async (text: string) => {
        this.#begun ||= text !== ''
        await output.write(text)
      }
      const result = await runStatement(database, statement, {
        write: flags.write,
        signal: output.signal,
        onRows: (rows, found) => write(writer.rows(rows, found)),
      })
      await write(writer.end(result))
    })
    await print.catch(error => {
      if (error instanceof StatementError && process.stderr.isTTY && !this.jsonEnabled()) this.#pointAt(statement, error)
      throw error
    })
  }

  /** Where rows have been printed, an error cannot be one value any more. */
  protected override logJson(json: unknown): void {
    if (!this.#begun) super.logJson(json)
  }

  /** The line of the statement, and a mark where the server found the error. */
  #pointAt(statement: string, { position }: StatementError): void {
    if (position === undefined) return
    const before = [...statement].slice(0, position).join('')
    const start = before.lastIndexOf('\n') + 1
    const line = statement.slice(start).split('\n')[0] as string
    process.stderr.write(`${visible(line)}\n${' '.repeat(visible(before.slice(start)).length)}^\n`)
  }

  async #readStatement(given: string | undefined, file: string | undefined): Promise<string> {
    if (given !== undefined && file !== undefined)
      throw new UsageError('Give either a statement or --file.', { hint: 'See sports-ingest db query --help.' })
    if (file !== undefined && file !== '-')
      return await readFile(file, 'utf8').catch(cause => {
        throw new UsageError(`The file ${file} cannot be read: ${cause.message}.`, { cause })
      })
    if (given !== undefined && given !== '-') return given
    if (process.stdin.isTTY && given === undefined && file === undefined)
      throw new UsageError('Missing argument SQL: the statement.', { hint: 'See sports-ingest db query --help.' })
    const stopped = new Promise<never>((_, reject) => this.signal.addEventListener('abort', () => reject(this.signal.reason)))
    return await Promise.race([readAll(process.stdin), stopped])
  }
}
