import type { ISql, PendingQuery, Row } from 'postgres'
import { addDays, type Day } from '../core/days.ts'
import { eventsOf, statusesOf, type WithEvents } from './event-table.ts'

/** An item that breaks a rule. */
export interface Offender {
  /** An event, or whatever the rule is about. */
  id: string
  day: Day | null
  season: string | null
  /** Behind its id: `has a score of 101, and its players have 99 points`. */
  what: string
}

/** What a rule looks at. */
export interface Judged {
  sport: WithEvents
  /** In the sport's zone. */
  today: Day
}

/** What must be true of the stored rows of a sport, as a query for those of which it is not. */
export interface QualityRule {
  name: string
  /** `warning`: may be the provider's own doing, and true. */
  severity: 'error' | 'warning'
  /** What is true where it finds nothing: `A club’s points are the sum of its players’.` */
  means: string
  /** Names of the datasets that give the right rows if they are asked for again; or what a person can do. */
  mend: { refetch: readonly string[] } | { byHand: string }
  /** Selects `id, day, season, what`, in any order; `day` and `season` may be null. */
  find(sql: ISql, judged: Judged): PendingQuery<Row[]>
}

/** Events that should be over by now have a result, were put off or called off. */
export const overdue = (graceDays: number, refetch: readonly string[]): QualityRule => ({
  name: 'overdue',
  severity: 'error',
  means: `What was to be held more than ${graceDays} days ago has a result, or was put off or called off.`,
  mend: { refetch },
  find: (sql, { sport, today }) => sql`
    select e.id, e.day, e.season, format('is still stored as %s', e.status) as what from ${eventsOf(sql, sport)} e
    where e.status in ${sql(statusesOf(sport, 'ahead', 'on'))} and e.day < ${addDays(today, -graceDays)}`,
})
