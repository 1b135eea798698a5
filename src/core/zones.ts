import { formatInTimeZone, fromZonedTime } from 'date-fns-tz'
import type { Day } from './days.ts'

// Apart from days.ts, because asking for a zone's calendar costs every start 10 ms.

/** The civil day an instant falls on in an IANA zone. */
export const dayOf = (instant: Date, zone: string): Day => formatInTimeZone(instant, zone, 'yyyy-MM-dd')

/** The instant a civil day begins in an IANA zone: its first instant, also where midnight does not exist. */
export const startOfDay = (day: Day, zone: string): Date => fromZonedTime(`${day}T00:00:00`, zone)

/** The instant of a wall-clock time (`13:00`) on a civil day in an IANA zone. */
export const instantOf = (day: Day, time: string, zone: string): Date => fromZonedTime(`${day}T${time}:00`, zone)

/** An instant as a wall clock in an IANA zone shows it, by a pattern of date-fns: `HH:mm`. */
export const wallClock = (instant: Date, zone: string, pattern: string): string => formatInTimeZone(instant, zone, pattern)
