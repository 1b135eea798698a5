import { extname } from 'node:path'
import { Args, Flags } from '@oclif/core'
import type { TransactionSql } from 'postgres'
import { createExportFile, type ExportFile, placeFiles } from '../cli/export-file.ts'
import { dayFlag, examplesOf, listFlag, sandboxFlag } from '../cli/flags.ts'
import { type Output, OutputCommand } from '../cli/output-command.ts'
import { csvWriter, ndjsonWriter } from '../cli/row-writers.ts'
import { table } from '../cli/table.ts'
import { UsageError } from '../core/errors.ts'
import { didYouMean } from '../core/suggest.ts'
import type { ExportTable } from '../sports/export-tables.ts'
import type { Database } from '../store/database.ts'
import { type Column, type ReadResult, readRows, type TextRow } from '../store/rows/read.ts'
import { readSnapshot } from '../store/rows/snapshot.ts'

const formats = ['csv', 'ndjson', 'parquet'] as const
type Format = (typeof formats)[number]

interface Exported {
  dataset: string
  rows: number
  /** Null: standard output. */
  file: string | null
}

interface Wanted extends ExportTable {
  statement: string
}

/** Turns rows into pieces of a file, and writes them. */
interface Writer {
  rows(rows: readonly TextRow[], columns: readonly Column[]): Promise<void>
  end(result: ReadResult): Promise<void>
}

export default class Export extends OutputCommand {
  static override summary = 'Write tables as CSV, NDJSON or Parquet.'
  static override description =
    'Writes rows as they come, with a memory that does not grow. All datasets of one command are as they were at one moment. Rows are sorted by their key, so that the same rows are the same bytes. A file gets its name once it is complete, and replaces one that was there. Left out are columns that change with each run: row_hash, created_at, updated_at and last_checked_at. CSV is that of COPY (null is empty, an empty text is ""); in NDJSON instants are ISO 8601 in UTC, and numeric and integers beyond 2^53 are texts; in Parquet instants are microseconds in UTC, numeric is decimal, JSON and intervals are texts.'
  static override examples = examplesOf({
    'A table on standard output': 'games --sport nba --season 2024-25 > games.csv',
    'Several, a file for each': 'races runners --from 2026-11-01 --out racing --format parquet',
    'Names of the datasets': '--list',
  })
  static override args = {
    dataset: Args.string({ description: 'Tables, as --list shows them.', multiple: true, ignoreStdin: true }),
  }
  static override flags = {
    sport: listFlag('Rows of this sport.', 'nba'),
    season: Flags.string({ summary: 'Rows of a season, or of a range of them: 2022-23..2024-25.', helpValue: '2024-25' }),
    from: dayFlag({ summary: 'Rows of events from this day on.' }),
    to: dayFlag({ summary: 'Rows of events up to this day.' }),
    format: Flags.option({ options: formats, summary: 'By default that of the name in --out, else csv.' })(),
    out: Flags.string({
      summary: 'A file, a directory, or - for standard output, which is the default for one dataset.',
      aliases: ['output'],
      char: 'o',
      helpValue: 'FILE|DIR',
    }),
    list: Flags.boolean({ summary: 'List the datasets.' }),
    ...sandboxFlag,
  }

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Export)
    const { exportStatement, exportTables } = await import('../sports/export-tables.ts')
    const tables = exportTables()
    if (flags.list) {
      const yes = (is: boolean) => (is ? 'yes' : '-')
      const rows = tables.map(({ name, sport, columns, hasSeasons, hasDays }) => [
        ...[name, sport ?? 'all', columns.length],
        ...[yes(hasSeasons), yes(hasDays)],
      ])
      this.show(table(['dataset', 'sport', 'columns', '--season', '--from, --to'], rows, ''))
      return tables.map(({ name, sport = null, columns, hasSeasons, hasDays }) => ({
        dataset: name,
        sport,
        columns: columns.map(column => column.name),
        hasSeasons,
        hasDays,
      }))
    }
    const names = [...new Set([args.dataset ?? []].flat() as string[])]
    if (names.length === 0) throw new UsageError('Missing argument DATASET.', { hint: 'See sports-ingest export --list.' })
    const { loaded, clock } = await this.context()
    const { toSelection } = await import('../jobs/request/export-request.ts')
    const chosen = names.map(name => {
      const found = tables.find(candidate => candidate.name === name.replaceAll('-', '_'))
      if (found) return found
      const known = tables.map(candidate => candidate.name)
      throw new UsageError(`There is no dataset called ${name}.`, {
        hint: didYouMean(name, known) ?? 'See sports-ingest export --list.',
      })
    })
    const selection = toSelection(chosen, flags, { config: loaded.config, now: clock.now() })
    const wanted = chosen.map(each => ({ ...each, statement: exportStatement(each, selection) }))
    const { out = '-' } = flags
    const format = flags.format ?? formatOf(out)
    if (out === '-' && wanted.length > 1)
      throw new UsageError('Several datasets need a directory.', { hint: 'Name it with --out.' })
    if (out === '-' && this.jsonEnabled())
      throw new UsageError('With --json standard output is taken.', { hint: 'Name a file with --out.' })
    if (out === '-' && format === 'parquet' && process.stdout.isTTY)
      throw new UsageError('Parquet is not for a terminal.', { hint: 'Name a file with --out.' })
    const database = await this.database(flags, { mayCreate: false })
    const exported =
      out === '-' ? await this.#toOutput(database, wanted, format) : await this.#toFiles(database, wanted, format, out)
    for (const { dataset, rows, file } of exported)
      this.logToStderr(`${dataset}: ${rows} ${rows === 1 ? 'row' : 'rows'}${file === null ? '' : ` in ${file}`}`)
    return out === '-' ? undefined : { datasets: exported }
  }

  async #toOutput(database: Database, [wanted]: Wanted[], format: Format): Promise<Exported[]> {
    const exported: Exported[] = []
    await this.writeOutput(async ({ write, signal }) => {
      await readSnapshot(database, async tx => {
        const writer = await openWriter(format, wanted as Wanted, write, process.stdout.isTTY)
        exported.push({
          dataset: (wanted as Wanted).name,
          rows: await copyRows(tx, wanted as Wanted, writer, signal),
          file: null,
        })
      })
    })
    return exported
  }

  /** All of the files get their names, or none. */
  async #toFiles(database: Database, wanted: Wanted[], format: Format, out: string): Promise<Exported[]> {
    const paths = await placeFiles(
      out,
      wanted.map(({ name }) => `${name}.${format}`),
    )
    const files: ExportFile[] = []
    const exported: Exported[] = []
    try {
      await readSnapshot(database, async tx => {
        for (const [i, each] of wanted.entries()) {
          const path = paths[i] as string
          const file = await createExportFile(path)
          files.push(file)
          const rows = await copyRows(tx, each, await openWriter(format, each, file.write, false), this.signal)
          await file.finish()
          exported.push({ dataset: each.name, rows, file: path })
        }
      })
      for (const file of files) await file.publish()
    } finally {
      for (const file of files) await file.discard()
    }
    return exported
  }
}

async function copyRows(tx: TransactionSql, { statement }: Wanted, writer: Writer, signal: AbortSignal): Promise<number> {
  const result = await readRows(tx, statement, { signal, onRows: writer.rows })
  await writer.end(result)
  return result.count
}

async function openWriter(format: Format, { columns }: Wanted, write: Output['write'], isTerminal: boolean): Promise<Writer> {
  if (format === 'parquet') return (await import('../store/rows/parquet.ts')).createParquetFile(columns, write)
  const writer = format === 'csv' ? csvWriter(isTerminal) : ndjsonWriter()
  return {
    rows: (rows, names) => write(writer.rows(rows, names)),
    end: result => write(writer.end(result)),
  }
}

function formatOf(out: string): Format {
  const extension = extname(out).slice(1).replace('jsonl', 'ndjson')
  return formats.find(format => format === extension) ?? 'csv'
}
