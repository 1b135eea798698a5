import { addDays } from '../core/days.ts'
import { startOfDay } from '../core/zones.ts'
import { dayOfRow } from './event-table.ts'
import type { EventRow } from './rows.ts'
import type { Sport } from './sport.ts'

/** No event takes longer. */
export const longestEventMs = 12 * 3_600_000

/** So long after the start of an event; of one without a time, after its day. */
export function afterStart(sport: Pick<Sport, 'events' | 'zone'>, event: EventRow, ms: number): Date {
  const startsAt = event[sport.events.columns.startsAt] as Date | null
  return new Date((startsAt ?? endOfDay(sport, event)).getTime() + ms)
}

/** The instant at which the day of an event is over. */
export const endOfDay = (sport: Pick<Sport, 'events' | 'zone'>, event: EventRow): Date =>
  startOfDay(addDays(dayOfRow(sport, event), 1), sport.zone)
