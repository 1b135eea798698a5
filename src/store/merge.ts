import { getTableColumns } from 'drizzle-orm'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import type { TransactionSql } from 'postgres'
import { BugError } from '../core/errors.ts'
import { reachStep } from '../core/steps.ts'
import { rowHash, toCopyText, type Value } from './copy.ts'
import { copyChunks } from './copy-stream.ts'
import { sameKeys, writeStaged } from './write-staged.ts'

const pieceLength = 64 * 1024

/** A row by the table's TypeScript names, without what `merge` fills in: hash and times. */
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
}

/** What `merge` writes by itself. */
const filled = ['row_hash', 'created_at', 'updated_at']

type Plan = ReturnType<typeof planOf>

/** Names of columns in the table and keys in the row. `bookkeeping`: written, but no reason to write, so left out of the hash. */
function planOf(table: PgTable) {
  const { name, primaryKeys } = getTableConfig(table)
  const columns = Object.entries(getTableColumns(table)).map(([key, column]) => ({ key, name: column.name }))
  return {
    table: name,
    columns: columns
      .filter(column => !filled.includes(column.name))
      .map(column => ({ ...column, bookkeeping: column.name === 'last_checked_at' })),
    keys: primaryKeys.flatMap(key => key.columns.map(column => column.name)),
  }
}

/**
 * Merges rows into a table by its primary key: new rows are inserted, rows whose hash differs are updated,
 * all others are not touched. Rows go through COPY into a temporary table, then one statement.
 * Of several rows with one key the last one counts.
 */
export async function merge(
  tx: TransactionSql,
  table: PgTable,
  rows: readonly MergeRow[],
  options: MergeOptions,
): Promise<Merged> {
  if (rows.length === 0) return { inserted: 0, updated: 0, unchanged: 0, deleted: 0, changedGroups: [] }
  const plan = planOf(table)
  const staging = tx(`staging_${plan.table}`)
  const target = tx(plan.table)
  const names = [...plan.columns.map(column => column.name), ...filled]
  const group = options.group === undefined ? undefined : tx(columnNamed(plan, options.group))

  await tx`create temporary table ${staging} on commit drop as select ${tx(names)} from ${target} with no data`
  const lines = linesOf(plan, rows, options.at)
  await copyChunks(tx, sql => sql`copy ${staging} (${sql(names)}) from stdin`, pieces(lines))
  await tx`analyze ${staging} (${tx(plan.keys)})`
  await reachStep('after-copy')
  const { inserted, updated, groups } = await writeStaged(tx, { target, staging, columns: names, keys: plan.keys, group })
  const gone =
    group && options.replaceGroup
      ? await tx<{ member: string }[]>`
          delete from ${target} t where ${group} in (select ${group} from ${staging})
            and not exists (select from ${staging} s where ${sameKeys(tx, plan.keys, 't', 's')})
          returning ${group}::text as member`
      : []
  await tx`drop table ${staging}`
  return {
    inserted,
    updated,
    unchanged: lines.size - inserted - updated,
    deleted: gone.length,
    changedGroups: [...new Set([...(groups ?? []), ...gone.map(row => row.member)])],
  }
}

function columnNamed(plan: Plan, key: string): string {
  const column = plan.columns.find(candidate => candidate.key === key)
  if (!column) throw new BugError(`${plan.table} has no column ${key}.`)
  return column.name
}

/** The lines for COPY, by their keys: of several rows with one key the last one is there. */
function linesOf(plan: Plan, rows: readonly MergeRow[], at: Date): Map<string, string> {
  const lines = new Map<string, string>()
  const keyColumns = plan.columns.filter(column => plan.keys.includes(column.name))
  const valueColumns = plan.columns.filter(column => !column.bookkeeping)
  const stamp = toCopyText(at)
  for (const row of rows) {
    const text = plan.columns.map(column => toCopyText(row[column.key])).join('\t')
    const hashed = plan.columns.length === valueColumns.length ? text : valueColumns.map(c => toCopyText(row[c.key])).join('\t')
    const key = keyColumns.map(column => toCopyText(row[column.key])).join('\t')
    lines.set(key, `${text}\t${toCopyText(rowHash(hashed))}\t${stamp}\t${stamp}\n`)
  }
  return lines
}

/** Lines in pieces for COPY, with the step in the middle of it. */
async function* pieces(lines: Map<string, string>) {
  let sent = 0
  let piece = ''
  for (const line of lines.values()) {
    if (sent++ === lines.size >> 1) await reachStep('mid-copy')
    piece += line
    if (piece.length < pieceLength) continue
    yield piece
    piece = ''
  }
  if (piece) yield piece
}
