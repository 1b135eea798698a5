import { getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { TransactionSql } from 'postgres'
import { type MergeRow, merge } from '../store/merge.ts'
import { columnOf } from './event-table.ts'
import { type Counts, noCounts } from './receipt.ts'
import type { TableRows } from './rows.ts'

/** Rows by table, in the order of their first mention, so that two writers lock in the same order. */
export function byTable(all: readonly TableRows[]): TableRows[] {
  const found = new Map<PgTable, TableRows & { rows: MergeRow[]; groups: string[] }>()
  for (const { table, rows, groups = [], ...rest } of all) {
    const batch = found.get(table) ?? { ...rest, table, rows: [], groups: [] }
    // One by one: arguments are on the stack, which has room for some ten thousand.
    for (const row of rows) batch.rows.push(row)
    for (const group of groups) batch.groups.push(group)
    found.set(table, batch)
  }
  return [...found.values()]
}

export interface WriteOptions {
  at: Date
  /** The rows given are all there are for their group. */
  replaceGroup: boolean
  /** Gets the groups of which a row was written or deleted. */
  changed: Set<string>
  byValue?: boolean | undefined
}

/** Writes the rows of one table within the caller's transaction. */
export async function writeTable(
  tx: TransactionSql,
  { table, rows: given, group, groups = [], resolve }: TableRows,
  { at, replaceGroup, changed, byValue }: WriteOptions,
): Promise<Counts> {
  const { rows, findings } = resolve ? await resolve(tx, given) : { rows: given, findings: [] }
  const { inserted, updated, deleted, changedGroups } = await merge(tx, table, rows, {
    ...{ at, byValue },
    ...(group && { group, replaceGroup }),
  })
  const name = getTableName(table)
  const told = new Set(group && groups.length > 0 ? given.map(row => row[group]) : [])
  const empty = groups.filter(member => !told.has(member))
  const gone =
    group && empty.length > 0
      ? await tx<{ member: string }[]>`
          delete from ${tx(name)} where ${tx(columnOf(table, group))} in ${tx(empty)} returning ${tx(columnOf(table, group))}::text as member`
      : []
  for (const member of [...changedGroups, ...gone.map(row => row.member)]) changed.add(member)
  const written = { inserted, updated, deleted: deleted + gone.length }
  return { ...noCounts(), rows: written, tables: { [name]: written }, findings }
}
