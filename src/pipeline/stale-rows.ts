import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import type { ISql, PendingQuery, Row, TransactionSql } from 'postgres'
import type { Day } from '../core/days.ts'
import type { MergeRow } from '../store/merge.ts'
import { columnOf, eventsOf } from './event-table.ts'
import type { Item } from './item.ts'
import type { NewestEvents, TableRows } from './rows.ts'
import type { Sport } from './sport.ts'

/**
 * Items in the order of their days and starts, without the rows about clubs and people of which a newer stored event has told: names and cities
 * change, and events are not loaded in the order they were played. So the same rows stand at the end, whatever came first.
 */
export async function withoutStaleRows(
  tx: TransactionSql,
  sport: Pick<Sport, 'id' | 'events'>,
  items: readonly Item[],
): Promise<Item[]> {
  await lockEvents(tx, sport)
  const newest = new Map<PgTable, ReadonlyMap<string, Day>>()
  // What is stored of earlier days is staler still: loaded day by day, as seasons are, hardly anything has to be looked for.
  const sorted = items.map(dayOfItem).sort()
  const days = { from: sorted[0] || '-infinity', to: sorted.at(-1) || '-infinity' }
  const all = items.flatMap(({ related, tables }) => [...related, ...tables])
  for (const { table, newestOf } of all) {
    if (!newestOf || newest.has(table)) continue
    const ids = all.filter(one => one.table === table).flatMap(({ rows }) => rows.map(idOf))
    newest.set(table, await newestOf(tx, ids, days))
  }
  const fresh = (tables: readonly TableRows[], place: string): TableRows[] =>
    tables.map(one => {
      const known = one.newestOf && newest.get(one.table)
      return known ? { ...one, rows: one.rows.filter(row => !isLater(known.get(idOf(row)), place)) } : one
    })
  return items
    .map(item => ({ item, place: placeOfItem(sport, item) }))
    .sort((a, b) => (a.place < b.place ? -1 : a.place > b.place ? 1 : 0))
    .map(({ item, place }) => ({ ...item, related: fresh(item.related, place), tables: fresh(item.tables, place) }))
}

/** Whether a stored event comes after one that is loaded: not where it is the same one, which has been put forward since. */
const isLater = (known: string | undefined, place: string): boolean =>
  known !== undefined && known > place && idOfPlace(known) !== idOfPlace(place)

const idOfPlace = (place: string): string => place.slice(place.lastIndexOf(' ') + 1)

/**
 * Where an event, called `e`, stands among all: `2025-01-15 2025-01-16T00:30:00 0022400561`, which sorts as text. After a day the day
 * alone says enough: a person has thousands of events there.
 */
export function placeOf(sql: ISql, columns: Record<'day' | 'startsAt' | 'id', string>, to: Day): PendingQuery<Row[]> {
  const [day, startsAt, id] = [sql`e.${sql(columns.day)}`, sql`e.${sql(columns.startsAt)}`, sql`e.${sql(columns.id)}`]
  const start = sql`coalesce(to_char(${startsAt} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'), '')`
  return sql`(case when ${day} > ${to} then ${day}::text else ${day}::text || ' ' || ${start} || ' ' || ${id} end collate "C")`
}

function placeOfItem({ events }: Pick<Sport, 'events'>, { id, day, event }: Item): string {
  if (!event) return ''
  const startsAt = event[events.columns.startsAt] as Date | null | undefined
  return `${day} ${startsAt?.toISOString().slice(0, 19) ?? ''} ${id}`
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
  async (tx, ids, { from, to }) => {
    const column = (key: string) => tx(columnOf(lines, key))
    const place = placeOf(tx, { day: 'day', startsAt: 'starts_at', id: 'id' }, to)
    const found = await tx<{ id: string; place: string }[]>`
      select l.${column(person)} as id, max(${place}) as place from ${tx(getTableConfig(lines).name)} l
      join ${eventsOf(tx, sport)} e on e.id = l.${column(event)}
      where e.day >= ${from} and l.${column(person)} in ${tx(['', ...new Set(ids)])} group by 1`
    return new Map(found.map(one => [one.id, one.place]))
  }
