import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import type { ISql, PendingQuery, Row } from 'postgres'
import type { Day } from '../core/days.ts'
import { columnOf, eventsOf, ofSport, statusesOf, tableOf, type WithEvents } from './event-table.ts'

/** Stored events of a span of days, or of a season: up to an id, and some beyond it. */
export type EventSpan = { from: Day; to: Day } | { season: string; upToId?: string; also?: readonly string[] }

/** All there are: days of the calendar begin and end nowhere for the server. */
export const everything: EventSpan = { from: '-infinity', to: 'infinity' }

/** An event for which something is not stored. */
export interface Gap {
  id: string
  day: Day
  season: string
}

/** What the tables must have of every event that is over. */
export interface Coverage {
  /** Behind the event's name: `is over and lacks its lines`. */
  what: string
  /** Events of the span that are over and of which it is not there. */
  missing(sql: ISql, sport: WithEvents, span: EventSpan): Promise<Gap[]>
}

/** Events of the span that are over and of which two tables say different things, with what they say behind the event's name. */
export type ValueCheck = (sql: ISql, sport: WithEvents, span: EventSpan) => PendingQuery<(Gap & { what: string })[]>

/** The dataset must have been loaded or given up; which events its rows cover is not looked at. */
export const loadedAtAll: Coverage = { what: '', missing: async () => [] }

/**
 * Each event that is over has at least so many rows in a table; `event` is the column with its id, by its name in the rows. With `counted`,
 * as many as that column of the event says, where it says anything.
 */
export const linesOf = (table: PgTable, event: string, atLeast: number, counted?: string): Coverage => {
  const { name } = getTableConfig(table)
  const wanted = (sql: ISql, sport: WithEvents) =>
    counted === undefined
      ? sql`${atLeast}`
      : sql`greatest(${atLeast}, (
          select t.count from (
            select e.provider_id, e.${sql(columnOf(sport.events.table, counted))} as count from ${sql(tableOf(sport))} e where ${ofSport(sql, sport)}
          ) t where t.provider_id = e.id))`
  return {
    what: `is over and lacks its lines in ${name}`,
    missing: (sql, sport, span) =>
      sql<Gap[]>`
        select e.id, e.day, e.season from ${eventsOf(sql, sport)} e
        where e.status in ${sql(statusesOf(sport, 'over'))} and ${within(sql, span)}
          and (select count(*) from ${sql(name)} l where l.${sql(columnOf(table, event))} = e.id) < ${wanted(sql, sport)}`,
  }
}

/** The condition on events, called `e`, that are of a span. */
export function within(sql: ISql, span: EventSpan): PendingQuery<Row[]> {
  if ('from' in span) return sql`e.day between ${span.from} and ${span.to}`
  const { season, upToId, also = [] } = span
  const upTo = upToId === undefined ? sql`true` : sql`(e.id collate "C" <= ${upToId} or e.id in ${sql(['', ...also])})`
  return sql`e.season = ${season} and ${upTo}`
}
