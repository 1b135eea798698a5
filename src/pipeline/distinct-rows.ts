import { isDeepStrictEqual } from 'node:util'
import { getTableColumns, getTableName } from 'drizzle-orm'
import { getTableConfig } from 'drizzle-orm/pg-core'
import { PayloadError } from '../core/errors.ts'
import type { MergeRow } from '../store/merge.ts'
import type { TableRows } from './rows.ts'

/**
 * The rows of an event with each key once: a provider that sends the same line twice has sent it.
 * @param event how messages call it: `race rac_11`
 * @throws PayloadError where two rows of one key differ, so that nobody knows which of them counts
 */
export function distinctRows(all: readonly TableRows[], event: string): TableRows[] {
  const found = new Map<string, MergeRow>()
  return all.map(of => {
    const { table, rows, group } = of
    // Of clubs and people, several rows are usual.
    if (!group) return of
    const keys = keysOf(table)
    const distinct = rows.filter(row => {
      const key = `${getTableName(table)} (${keys.map(name => row[name]).join(', ')})`
      const before = found.get(key)
      if (before === undefined) found.set(key, row)
      else if (!isDeepStrictEqual(before, row))
        throw new PayloadError(
          `The answer for ${event} lists ${key} twice, with different values: ${differences(table, before, row)}.`,
        )
      return before === undefined
    })
    return distinct.length === rows.length ? of : { ...of, rows: distinct }
  })
}

/** The columns of the primary key, by their names in the rows. */
function keysOf(table: TableRows['table']): string[] {
  const own = new Set(getTableConfig(table).primaryKeys.flatMap(({ columns }) => columns.map(({ name }) => name)))
  return Object.entries(getTableColumns(table)).flatMap(([key, { name }]) => (own.has(name) ? [key] : []))
}

function differences(table: TableRows['table'], one: MergeRow, other: MergeRow): string {
  const values = Object.entries(getTableColumns(table))
    .filter(([key]) => !isDeepStrictEqual(one[key], other[key]))
    .map(([key, { name }]) => `${name} ${JSON.stringify(one[key])} and ${JSON.stringify(other[key])}`)
  const [few, more] = [values.slice(0, 3), values.slice(3)]
  return few.join(', ') + (more.length > 0 ? `, and ${more.length} more` : '')
}
