import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { ISql, PendingQuery, Row } from 'postgres'
import type { Day } from '../core/days.ts'
import type { EventRow } from './rows.ts'

/** `ahead` not begun, `on` being played or run, `over`, `off` called off, `moved` put off, without a day to rely on. */
export type Phase = 'ahead' | 'on' | 'over' | 'off' | 'moved'

/**
 * Where the events of a sport are stored (games, races, matches). Live windows, runs that look at events again, `watermark verify` and
 * freshness know events by this alone.
 */
export interface EventTable {
  /** What receipts count. */
  noun: 'games' | 'races' | 'matches'
  /** Events of several sports may share one; then it has a column `sport`. */
  table: PgTable
  /** Its columns, by their names in the rows. */
  columns: { day: string; startsAt: string; lastCheckedAt: string }
  /** The words of its column `status` in each phase. */
  statuses: Readonly<Record<Phase, readonly string[]>>
  /** What people call an event, as SQL over its table: `LAL-BOS`. */
  label(sql: ISql): PendingQuery<Row[]>
  /** How events are numbered, to notice a slip of the hand; undefined where watermarks stand on days, and no event is named by hand. */
  ids?: {
    form: RegExp
    /** `10 digits, e.g. 0022400561` */
    words: string
    /** The label of the season an event is of. */
    seasonOf(id: string): string
  }
}

/** One of them: `game`. */
export const singular = { games: 'game', races: 'race', matches: 'match' } as const

/** A sport, as far as its events are concerned. */
export interface WithEvents {
  id: string
  events: EventTable
}

export const phaseOf = ({ statuses }: EventTable, status: string): Phase | undefined =>
  (Object.keys(statuses) as Phase[]).find(phase => statuses[phase].includes(status))

export const statusesOf = ({ events }: Pick<WithEvents, 'events'>, ...phases: Phase[]): string[] =>
  phases.flatMap(phase => events.statuses[phase])

/** Events that are not over: they are asked for again. */
export const unfinishedOf = (sport: Pick<WithEvents, 'events'>): string[] => statusesOf(sport, 'ahead', 'on', 'moved')

/** The civil day of an event's row. */
export const dayOfRow = ({ events }: Pick<WithEvents, 'events'>, row: EventRow): Day => row[events.columns.day] as Day

/** A column of a table by its name in the rows. */
export const columnOf = (table: PgTable, key: string): string => getTableColumns(table)[key]?.name ?? key

/** Name of the table. */
export const tableOf = ({ events }: Pick<WithEvents, 'events'>): string => getTableName(events.table)

/** The condition that picks a sport's rows of the event table, called `e`. */
export const ofSport = (sql: ISql, { id, events }: WithEvents): PendingQuery<Row[]> =>
  'sport' in events.table ? sql`e.sport = ${id}` : sql`true`

/** The events of a sport as a table, for `from`: id, day, season, status, starts_at, changed_at, last_checked_at, label. */
export function eventsOf(sql: ISql, sport: WithEvents, { withLabel = false } = {}): PendingQuery<Row[]> {
  const { table, columns, label } = sport.events
  const column = (key: string) => sql`e.${sql(columnOf(table, key))}`
  return sql`(
    select e.provider_id as id, ${column(columns.day)} as day, e.season, e.status, ${column(columns.startsAt)} as starts_at,
      e.updated_at as changed_at ${withLabel ? sql`, ${label(sql)} as label` : sql``}
    from ${sql(tableOf(sport))} e where ${ofSport(sql, sport)})`
}

const filledIn = ['row_hash', 'created_at', 'updated_at']

/** The columns of an event's row, called `e`, by their names in the rows. */
export function rowColumns(sql: ISql, { events }: Pick<WithEvents, 'events'>): PendingQuery<Row[]> {
  return Object.entries(getTableColumns(events.table))
    .filter(([key, { name }]) => !filledIn.includes(name) && key !== events.columns.lastCheckedAt)
    .map(([key, { name }]) => sql`e.${sql(name)} as ${sql(key)}`)
    .reduce((all, one) => sql`${all}, ${one}`)
}
