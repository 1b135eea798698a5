import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import type { TransactionSql } from 'postgres'
import type { Day } from '../core/days.ts'
import type { MergeRow } from '../store/merge.ts'
import { columnOf, eventsOf } from './event-table.ts'
import type { Item } from './item.ts'
import type { NewestEvents, TableRows } from './rows.ts'
import type { Sport } from './sport.ts'

/**
 * Items in the order of their days, without the rows about clubs and people of which a newer stored event has told: names and cities
 * change, and events are not loaded in the order they were played. So the same rows stand at the end, whatever came first.
 */
export async function withoutStaleRows(tx: TransactionSql, sport: Pick<Sport, 'id'>, items: readonly Item[]): Promise<Item[]> {
  await lockEvents(tx, sport)
  const newest = new Map<PgTable, ReadonlyMap<string, Day>>()
  // What is stored of earlier days is staler still: loaded day by day, as seasons are, nothing has to be looked for.
  const after = items.map(dayOfItem).sort()[0] || '-infinity'
  const all = items.flatMap(({ related, tables }) => [...related, ...tables])
  for (const { table, newestOf } of all) {
    if (!newestOf || newest.has(table)) continue
    const ids = all.filter(one => one.table === table).flatMap(({ rows }) => rows.map(idOf))
    newest.set(table, await newestOf(tx, ids, after))
  }
  const fresh = (tables: readonly TableRows[], day: Day): TableRows[] =>
    tables.map(one => {
      const known = one.newestOf && newest.get(one.table)
      return known ? { ...one, rows: one.rows.filter(row => (known.get(idOf(row)) ?? '') <= day) } : one
    })
  return items
    .map(item => {
      const day = dayOfItem(item)
      return { ...item, related: fresh(item.related, day), tables: fresh(item.tables, day) }
    })
    .sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0))
}

/**
 * Until the caller's commit nobody else writes events of the sport: another run that knows an older name or state would not see this
 * one's, and write over it.
 */
export async function lockEvents(tx: TransactionSql, sport: Pick<Sport, 'id'>): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtext(${`sports-ingest news of ${sport.id}`}))`
}

const dayOfItem = ({ event, day }: Item): Day => (event ? day : '')

const idOf = (row: MergeRow): string => String(row['providerId'])

/** The newest event of each person, by lines that tell in which events somebody was: `person` and `event` name their columns. */
export const newestByLines =
  (sport: Pick<Sport, 'id' | 'events'>, lines: PgTable, person: string, event: string): NewestEvents =>
  async (tx, ids, after) => {
    const column = (key: string) => tx(columnOf(lines, key))
    const found = await tx<{ id: string; day: Day }[]>`
      select l.${column(person)} as id, max(e.day) as day from ${tx(getTableConfig(lines).name)} l
      join ${eventsOf(tx, sport)} e on e.id = l.${column(event)}
      where e.day > ${after} and l.${column(person)} in ${tx(['', ...new Set(ids)])} group by 1`
    return new Map(found.map(({ id, day }) => [id, day]))
  }
