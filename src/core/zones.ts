import { formatInTimeZone, fromZonedTime } from 'date-fns-tz'
import { addDays, type Day, parseDay } from './days.ts'

// Apart from days.ts, because asking for a zone's calendar costs every start 10 ms.

/** The civil day an instant falls on in an IANA zone. */
export const dayOf = (instant: Date, zone: string): Day => formatInTimeZone(instant, zone, 'yyyy-MM-dd')

/** The instant a civil day begins in an IANA zone: its first instant, also where midnight does not exist. */
export const startOfDay = (day: Day, zone: string): Date => fromZonedTime(`${day}T00:00:00`, zone)

/** The instant of a wall-clock time (`13:00`) on a civil day in an IANA zone. */
export function instantOf(day: Day, time: string, zone: string): Date {
  const isTime = parseDay(day) !== undefined && /^([01]\d|2[0-3]):[0-5]\d$/.test(time)
  const from = isTime ? startMs(day, zone) : Number.NaN
  // The clocks are changed on this day, or it is none.
  if (!isTime || startMs(addDays(day, 1), zone) - from !== dayMs) return fromZonedTime(`${day}T${time}:00`, zone)
  return new Date(from + (60 * Number(time.slice(0, 2)) + Number(time.slice(3))) * 60_000)
}

const dayMs = 86_400_000

/** First instants of days: to find one takes 12 µs, and a file of all seasons has thousands of times on some hundred days. */
const starts = new Map<string, number>()
const mostStarts = 5_000

function startMs(day: Day, zone: string): number {
  const key = `${day} ${zone}`
  const known = starts.get(key)
  if (known !== undefined) return known
  if (starts.size >= mostStarts) starts.clear()
  const ms = startOfDay(day, zone).getTime()
  starts.set(key, ms)
  return ms
}

/** An instant as a wall clock in an IANA zone shows it, by a pattern of date-fns: `HH:mm`. */
export const wallClock = (instant: Date, zone: string, pattern: string): string => formatInTimeZone(instant, zone, pattern)
