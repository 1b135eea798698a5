import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { getTableConfig } from 'drizzle-orm/pg-core'
import type { TransactionSql } from 'postgres'
import { BugError, PayloadError } from '../../core/errors.ts'
import { reachStep } from '../../core/steps.ts'
import { copyInto, countPart, deleteRows, isPartEmpty, mergeInto, type Part, readRowHashes } from '../../store/bulk-load.ts'
import { fromCopyText } from '../../store/copy.ts'
import type { LoadedFile } from '../../store/files.ts'
import type { Repeated } from '../../store/repeated-rows.ts'
import { sessionOf } from '../../store/sessions.ts'
import { type Counts, noItems } from '../receipt.ts'
import type { Finding } from '../rows.ts'
import type { FileShape } from './columns.ts'
import type { BadRow, MoreBadRows } from './error-budget.ts'
import { createKeyMap, type KeyMap } from './key-map.ts'
import { createRowEncoder, type EncoderOptions, hashNumber, type RowEncoder } from './row-encoder.ts'
import { type ScanOptions, scanFile } from './scan-file.ts'

/** What a file left in the tables. */
export interface FileRows {
  /** Its rows are its items, unless they are events and counted as such. */
  counts: Counts
  /** Rows of the tables that are of this file. */
  rows: number
  /** The first that cannot be read, and how many more there are. */
  bad: readonly BadRow[]
  moreBad?: MoreBadRows | undefined
  /** Columns nobody declared. */
  unknown: readonly string[]
  /** Of a file of events: what it has left open. */
  left?: LoadedFile['left']
}

export interface LoadFileOptions extends Omit<EncoderOptions, 'what' | 'known'>, Omit<ScanOptions, 'what'> {
  /** `player-stats` */
  dataset: string
  /** It is right though it has lost most of its rows: a person said so. */
  mayShrink?: boolean
  /** What is stored is compared with the file value by value, and not by its hash alone. */
  byValue?: boolean | undefined
}

/** A file that has lost so many of its rows since is incomplete: one in five, and more than a handful. */
const allowedLoss = 0.2
const handful = 50

/**
 * Writes the rows of a file within the caller's transaction, as they come: the tables have those of the file and no others of its
 * season afterwards. Straight into the table where none of the season is stored; else only those that are new or have changed go by
 * way of a staging table, and those that are no longer in the file are deleted.
 * @param chunks the file, decoded
 * @throws PayloadError where it is not what it should be: nothing of it may be kept
 */
export async function loadRows(
  tx: TransactionSql,
  shape: FileShape,
  chunks: AsyncIterable<Buffer>,
  options: LoadFileOptions,
): Promise<FileRows> {
  const { dataset, season, mayShrink = false, byValue = false } = options
  const what = season ? `${dataset} of ${season}` : dataset
  const { name: table, primaryKeys } = getTableConfig(shape.table)
  const keys = primaryKeys.flatMap(key => key.columns.map(column => column.name))
  const part = season ? partOf(shape, season) : undefined
  const empty = await isPartEmpty(tx, table, part)
  const known = empty ? undefined : await readKnown(tx, table, part, byValue)
  const encoder = createRowEncoder(shape, { ...options, what, ...(known && { known }) })
  const load = { table, keys, columns: encoder.copyColumns, part, newestBy: shape.newestBy, byValue }
  const lines = linesOf(encoder, chunks, { ...options, what })
  // For the stats: of which season all lines are that come now.
  await tx`select set_config('sports_ingest.season', ${season ?? ''}, true)`
  // Behind a pooler nobody could end a halted process whose COPY has locked the keys of the season.
  const isStraight = empty && !sessionOf(tx).isPooled
  if (isStraight) await copyInto(tx, load, lines)
  // Behind a COPY only the repeated ones are left.
  const merged = await mergeInto(tx, load, lines, () => encoder.repeated)
  const { inserted, updated } = merged
  const written = isStraight ? { inserted: encoder.counts.rows + inserted, updated: 0 } : { inserted, updated }
  // A row that cannot be read may be any of those that seem to be gone: what is stored of it stays.
  const isComplete = encoder.errors.badCount() === 0
  const gone = known ? known.size - encoder.counts.unchanged - encoder.counts.changed : 0
  const spared = isComplete ? 0 : gone
  if (known && isComplete && !mayShrink && gone > Math.max(handful, known.size * allowedLoss))
    throw new PayloadError(`The file ${what} lacks ${gone} of the ${known.size} rows that it had before: it is incomplete.`, {
      hint: 'What is stored stays. Should it be right nevertheless: schedule backfill --restart.',
    })
  const deleted = isComplete && gone > 0 ? await deleteGone(tx, table, part, encoder) : 0
  await reachStep('rows-merged')
  const stored = await countPart(tx, table, part)
  if (stored !== encoder.counts.rows + spared)
    throw new BugError(`${encoder.counts.rows} rows of ${what} were sent, ${stored} are there.`)
  const { inserted: loaded, updated: corrected } = written
  const items = [{ ...noItems('rows'), asked: stored, loaded, corrected, unchanged: stored - loaded - corrected }]
  const counts = { ...written, deleted }
  return {
    counts: {
      items,
      rows: counts,
      tables: { [table]: counts },
      findings: [...findingsOf(encoder, what), ...encoder.numberIds.findings(what), ...repeatedOf(merged.repeated, what)],
    },
    rows: stored,
    bad: encoder.errors.bad,
    moreBad: encoder.errors.moreBad,
    unknown: encoder.unknown,
  }
}

/** The rows of a season: its label, or the year where the column holds one. @throws BugError for a label that is no year then */
function partOf({ table }: FileShape, season: string): Part {
  const column = getTableConfig(table).columns.find(({ name }) => name === 'season')
  const value = column?.getSQLType() === 'integer' ? Number(season) : season
  if (Number.isNaN(value)) throw new BugError(`The column season of ${getTableConfig(table).name} cannot hold ${season}.`)
  return { column: 'season', value }
}

/** Pieces that are not empty. */
async function* linesOf(encoder: RowEncoder, chunks: AsyncIterable<Buffer>, options: ScanOptions): AsyncGenerator<Uint8Array> {
  for await (const _ of scanFile(chunks, options, record => encoder.add(record))) {
    const lines = encoder.take()
    if (lines.length > 0) yield lines
  }
  encoder.finish()
}

/** No hash is less than 1. */
const noHash = 0.5

/** With `byValue` the hash of no row is believed, so that each has a line. */
async function readKnown(tx: TransactionSql, table: string, part: Part, byValue: boolean): Promise<KeyMap> {
  const known = createKeyMap()
  await readRowHashes(tx, table, part, (key, hash) => known.set(key, 0, key.length, byValue ? noHash : hashNumber(hash)))
  return known
}

async function deleteGone(tx: TransactionSql, table: string, part: Part, encoder: RowEncoder): Promise<number> {
  const ids: string[] = []
  await readRowHashes(tx, table, part, key => {
    if (!encoder.has(key)) ids.push(fromCopyText(key.toString('utf8')))
  })
  return await deleteRows(tx, table, part, ids)
}

function findingsOf({ errors: { invalid, underived } }: RowEncoder, what: string): Finding[] {
  const findings: Finding[] = []
  const say = (check: string, message: string) => findings.push({ item: what, check, message })
  for (const [column, { count, example }] of invalid)
    say(
      'odd-values',
      `The column ${column} of ${what} has ${count} invalid values, stored in extra: ${JSON.stringify(example)} for one.`,
    )
  for (const [column, { count, line }] of underived)
    say('underived', `${count} rows of ${what} have no ${column}: it does not follow from the rest of line ${line}, for one.`)
  return findings
}

/** Rows that the file has twice are no news; others with one key are. */
function repeatedOf(repeated: Repeated | undefined, what: string): Finding[] {
  const { superseded = 0, contradicted = 0, examples = [] } = repeated ?? {}
  const findings: Finding[] = []
  if (superseded > 0) {
    const message = `The file ${what} has ${superseded} rows that are older than another with their key; the newest of each counts.`
    findings.push({ item: what, check: 'repeated-keys', message })
  }
  for (const { id, row, others } of examples) {
    const differing = [...new Set(others.flatMap(other => Object.keys({ ...row, ...other })))]
      .sort()
      .filter(name => others.some(other => !isDeepStrictEqual(other[name], row[name])))
    const values = differing.slice(0, maxDiffering).map(name => {
      const said = [row, ...others].slice(0, maxSaid).map(each => cut(JSON.stringify(each[name] ?? null)))
      return `${name} ${said.join(' and ')}${others.length < maxSaid ? '' : ' and others'}`
    })
    const more = differing.length > maxDiffering ? `, and ${differing.length - maxDiffering} other columns` : ''
    const message = `The file ${what} has ${others.length + 1} rows with the key ${id} that contradict each other: ${values.join(', ')}${more}. The first is stored, and what else was said in its extra.`
    findings.push({ item: id, check: 'contradicting-rows', message })
  }
  if (contradicted > examples.length) {
    const message = `The file ${what} has ${contradicted - examples.length} more keys with rows that contradict each other.`
    findings.push({ item: what, check: 'contradicting-rows', message })
  }
  return findings
}

/** How many columns a finding names, and how many values of each. */
const [maxDiffering, maxSaid] = [6, 3]

const cut = (value: string): string => (value.length > 60 ? `${value.slice(0, 60)}…` : value)

/** How a file is read, as a short text: with other columns declared, a file that did not change is read again. */
export function shapeOf(content: object): string {
  const told = JSON.stringify(content, (name, value: unknown) =>
    name === 'table' ? Object.keys(value as object) : typeof value === 'function' ? String(value) : value,
  )
  return createHash('sha256').update(told).digest('hex').slice(0, 16)
}
