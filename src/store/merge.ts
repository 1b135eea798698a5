import { getTableColumns } from 'drizzle-orm'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import type { PendingQuery, Row, TransactionSql } from 'postgres'
import { BugError } from '../core/errors.ts'
import { reachStep } from '../core/steps.ts'
import { escapes, fromCopyText, rowHash, toCopyText, type Value } from './copy.ts'
import { bookkeeping, joined, sameKeys, writeStaged } from './write-staged.ts'

/**
 * A row by the table's TypeScript names, without what `merge` fills in: hash and times. A column with `undefined` is not told, and stays as
 * it is stored; null is none. Of a replaced group, only a column that none of its rows tells.
 */
export type MergeRow = Record<string, Value>

export interface Merged {
  inserted: number
  updated: number
  unchanged: number
  /** Rows of a replaced group that are no longer in it. */
  deleted: number
  /** With `group`: the values of that column for which a row was written or deleted. */
  changedGroups: string[]
}

export interface MergeOptions {
  /** What `created_at` and `updated_at` say. */
  at: Date
  /** A column (by its name in the row) whose changed values are reported: the games of player lines. */
  group?: string
  /** The rows given are all there are for their `group`: others of the same group are deleted. */
  replaceGroup?: boolean
  /** A row is written again also where its hash is the same and its values are not. */
  byValue?: boolean | undefined
}

/** What `merge` writes by itself. */
const filled = ['row_hash', 'created_at', 'updated_at']

type Plan = ReturnType<typeof planOf>
type Fragment = PendingQuery<Row[]>

/** So many rows are sent as parameters of one statement: for them, a temporary table and its statistics would cost more than they do. */
const maxRowsAsParameters = 1000

/**
 * Names of columns in the table and keys in the row, of those that the rows tell. `bookkeeping`: written, but no reason to write, so left
 * out of the hash.
 */
function planOf(table: PgTable, rows: readonly MergeRow[]) {
  const { name, primaryKeys } = getTableConfig(table)
  const all = Object.entries(getTableColumns(table)).map(([key, column]) => ({
    key,
    name: column.name,
    type: column.getSQLType(),
  }))
  const keys = primaryKeys.flatMap(key => key.columns.map(column => column.name))
  const isTold = (column: { key: string; name: string }) =>
    keys.includes(column.name) || rows.some(row => row[column.key] !== undefined)
  const [own = [], untold = []] = [true, false].map(told =>
    all.filter(column => !filled.includes(column.name) && isTold(column) === told),
  )
  return {
    table: name,
    columns: own.map(column => ({ ...column, bookkeeping: column.name === bookkeeping })),
    /** In front of the hash: nothing told is not the same as told that there is none. */
    untold: untold.flatMap(column => (column.name === bookkeeping ? [] : `${column.name}\n`)).join(''),
    /** The columns of a row as `rowsOf` gives it. */
    staged: [...own, ...filled.map(name => ({ name, type: name === 'row_hash' ? 'bytea' : 'timestamptz' }))],
    keys,
  }
}

/**
 * Merges rows into a table by its primary key: new rows are inserted, rows whose hash differs are updated,
 * all others are not touched. Few rows are parameters of one statement, many go into a temporary table first.
 * Of several rows with one key the last one counts, if they tell the same columns.
 */
export async function merge(
  tx: TransactionSql,
  table: PgTable,
  rows: readonly MergeRow[],
  options: MergeOptions,
): Promise<Merged> {
  const all: Merged = { inserted: 0, updated: 0, unchanged: 0, deleted: 0, changedGroups: [] }
  for (const alike of byTold(table, rows, options.replaceGroup ? options.group : undefined)) {
    const one = await mergeAlike(tx, table, alike, options)
    for (const count of ['inserted', 'updated', 'unchanged', 'deleted'] as const) all[count] += one[count]
    all.changedGroups = [...new Set([...all.changedGroups, ...one.changedGroups])]
  }
  return all
}

/**
 * Rows that tell the same columns, nearly always all of them. Those of a replaced group stay together, so that what becomes of a group does
 * not depend on the others that are merged with it.
 */
function byTold(table: PgTable, rows: readonly MergeRow[], group: string | undefined): Iterable<MergeRow[]> {
  const columns = Object.entries(getTableColumns(table))
  const keys = columns.flatMap(([key, { name }]) => (filled.includes(name) ? [] : [key]))
  // Told by all of them or by none, column by column: one group, found without a text for each row.
  if (keys.every(key => rows.every(row => (row[key] === undefined) === (rows[0]?.[key] === undefined)))) return [[...rows]]
  const together = group === undefined ? rows.map(row => [row]) : [...Map.groupBy(rows, row => row[group]).values()]
  const untoldOf = (some: readonly MergeRow[]) => keys.filter(key => some.every(row => row[key] === undefined)).join()
  return [...Map.groupBy(together, untoldOf).values()].map(alike => alike.flat())
}

async function mergeAlike(tx: TransactionSql, table: PgTable, rows: readonly MergeRow[], options: MergeOptions): Promise<Merged> {
  if (rows.length === 0) return { inserted: 0, updated: 0, unchanged: 0, deleted: 0, changedGroups: [] }
  const plan = planOf(table, rows)
  const target = tx(plan.table)
  const names = plan.staged.map(column => column.name)
  const group = options.group === undefined ? undefined : columnNamed(plan, options.group)
  const given = rowsOf(plan, rows, options.at)

  const few = given.size <= maxRowsAsParameters
  const staged = few
    ? (wanted: string[]) => parameters(tx, plan, [...given.values()], wanted)
    : () => tx`${tx(`staging_${plan.table}`)}`
  // Few rows are on their way in one statement, which has no middle.
  await (few ? reachStep('mid-copy') : stage(tx, plan, given))
  await reachStep('after-copy')
  const { inserted, updated, groups } = await writeStaged(tx, {
    ...{ target, columns: names, keys: plan.keys, staging: staged(names) },
    group: group === undefined ? undefined : tx(group),
    byValue: options.byValue,
  })
  const gone =
    group !== undefined && options.replaceGroup
      ? await tx<{ member: string }[]>`
          with staged as materialized (select * from ${staged([...new Set([...plan.keys, group])])} s)
          delete from ${target} t where ${tx(group)} in (select ${tx(group)} from staged)
            and not exists (select from staged s where ${sameKeys(tx, plan.keys, 't', 's')})
          returning ${tx(group)}::text as member`
      : []
  if (!few) await tx`drop table ${tx(`staging_${plan.table}`)}`
  return {
    inserted,
    updated,
    unchanged: given.size - inserted - updated,
    deleted: gone.length,
    changedGroups: [...new Set([...(groups ?? []), ...gone.map(row => row.member)])],
  }
}

/**
 * Merges the rows of a table of this session, in the columns that have the names of the target's, all of them texts, and with each key once.
 * They do not leave the server: to read, hash and send back the ids of 30,000 people takes five times as long.
 */
export async function mergeFrom(
  tx: TransactionSql,
  table: PgTable,
  source: string,
  { at }: Pick<MergeOptions, 'at'>,
): Promise<Pick<Merged, 'inserted' | 'updated'>> {
  const { columns: given } = await tx`select * from ${tx(source)} limit 0`
  const told = Object.entries(getTableColumns(table)).filter(([, column]) => given.some(({ name }) => name === column.name))
  const plan = planOf(table, [Object.fromEntries(told.map(([key]) => [key, null]))])
  const odd = plan.columns.find(
    ({ name, type, bookkeeping }) => bookkeeping || type !== 'text' || !given.some(one => one.name === name),
  )
  if (odd) throw new BugError(`${source} cannot be merged into ${plan.table}: ${odd.name} is no text there, or is missing here.`)
  await tx`analyze ${tx(source)}`
  await reachStep('after-copy')
  const names = plan.columns.map(column => column.name)
  const line = tx`concat_ws(E'\t', ${joined(
    names.map(name => tx`coalesce(${copyTextOf(tx, name)}, ${'\\N'})`),
    tx`, `,
  )})`
  const hash = tx`substring(sha256(convert_to(${plan.untold}::text || ${line}, 'UTF8')) from 1 for 16)`
  // With an offset it is computed once for each row, and not wherever it is compared or written.
  const staging = tx`(select ${tx(names)}, ${hash} as row_hash, ${at}::timestamptz as created_at, ${at}::timestamptz as updated_at
    from ${tx(source)} offset 0)`
  const columns = plan.staged.map(column => column.name)
  const { inserted, updated } = await writeStaged(tx, { target: tx(plan.table), columns, keys: plan.keys, staging })
  return { inserted, updated }
}

/** What `toCopyText` makes of a text. */
const copyTextOf = (tx: TransactionSql, name: string): Fragment =>
  Object.entries(escapes).reduce((text, [from, to]) => tx`replace(${text}, ${from}, ${to})`, tx`${tx(name)}`)

function columnNamed(plan: Plan, key: string): string {
  const column = plan.columns.find(candidate => candidate.key === key)
  if (!column) throw new BugError(`${plan.table} has no column ${key}.`)
  return column.name
}

/** Rows in the text format of COPY, by their keys: of several rows with one key the last one is there. */
function rowsOf(plan: Plan, rows: readonly MergeRow[], at: Date): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const keyPlaces = plan.keys.map(key => plan.columns.findIndex(column => column.name === key))
  const unhashed = plan.columns.findIndex(column => column.bookkeeping)
  const stamp = toCopyText(at)
  for (const row of rows) {
    const values = plan.columns.map(column => toCopyText(row[column.key]))
    const hashed = unhashed < 0 ? values : values.toSpliced(unhashed, 1)
    const hash = toCopyText(rowHash(plan.untold + hashed.join('\t')))
    found.set(keyPlaces.map(place => values[place]).join('\t'), [...values, hash, stamp, stamp])
  }
  return found
}

/** Some columns of rows, as a table of a `from`: each column is one parameter, an array of texts. */
function parameters(tx: TransactionSql, plan: Plan, rows: readonly string[][], names: string[]): Fragment {
  const columns = plan.staged.flatMap((column, place) => (names.includes(column.name) ? [{ ...column, place }] : []))
  const arrays = columns.map(
    ({ place }) => tx`${`{${rows.map(row => arrayElement(row[place] as string)).join(',')}}`}::text::text[]`,
  )
  const values = columns.map(({ name, type }) => tx`${tx(name)}::${tx.unsafe(type)} as ${tx(name)}`)
  const list = tx(columns.map(column => column.name))
  return tx`(select ${joined(values, tx`, `)} from unnest(${joined(arrays, tx`, `)}) as texts (${list}))`
}

/** A value as COPY takes it, as an element of an array's text. */
function arrayElement(copyText: string): string {
  if (copyText === '\\N') return 'NULL'
  const text = copyText.includes('\\') ? fromCopyText(copyText).replaceAll('\\', '\\\\') : copyText
  return `"${text.replaceAll('"', '\\"')}"`
}

/**
 * Puts rows into a temporary table, some at a time, and with no COPY: no time-out of the server ends that if this process is halted within,
 * and the lease is locked.
 */
async function stage(tx: TransactionSql, plan: Plan, rows: Map<string, string[]>): Promise<void> {
  const names = plan.staged.map(column => column.name)
  const [staging, columns] = [tx(`staging_${plan.table}`), tx(names)]
  await tx`create temporary table ${staging} on commit drop as select ${columns} from ${tx(plan.table)} with no data`
  const all = [...rows.values()]
  for (let from = 0; from < all.length; from += maxRowsAsParameters) {
    if (from > 0) await reachStep('mid-copy')
    const some = all.slice(from, from + maxRowsAsParameters)
    await tx`insert into ${staging} (${columns}) select ${columns} from ${parameters(tx, plan, some, names)} s`
  }
  await tx`analyze ${staging} (${tx(plan.keys)})`
}
