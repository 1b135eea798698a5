import { addDays, type Day } from '../../core/days.ts'
import { startOfDay, wallClock } from '../../core/zones.ts'
import { keepLatest } from '../keep.ts'

/** The zone of the provider's civil days and written times, also of races in Ireland. */
export const ukZone = 'Europe/London'

export const minuteMs = 60_000
export const hourMs = 60 * minuteMs

// A card has thousands of written times, and asking for the calendar of a zone takes half of the time that it takes to make one.
const midnightBehind = keepLatest(800, (day: Day) => startOfDay(addDays(day, 1), ukZone).getTime())
const offsetOf = keepLatest(800, (hour: number) => {
  const at = new Date(hour * hourMs)
  return Date.parse(wallClock(at, ukZone, "yyyy-MM-dd'T'HH:mm:ss'Z'")) - at.getTime()
})

/**
 * The instant, in ms since the epoch, of a wall-clock time on a day, given in minutes after midnight. Counted back from the next
 * midnight, so it is right on the days the clocks change, for any time after that change.
 */
export const ukAt = (day: Day, minutes: number): number => midnightBehind(day) - (24 * 60 - minutes) * minuteMs

/** An instant as the wall clock shows it, `2025-10-07T20:30:00`, and its offset, `+01:00`. The clocks change on the hour. */
export function ukClock(at: number): { text: string; offset: string } {
  const offset = offsetOf(Math.floor(at / hourMs))
  return { text: new Date(at + offset).toISOString().slice(0, 19), offset: `+0${offset / hourMs}:00` }
}

/** Days since the first day of which there is racing. */
export const dayNumber = (day: Day): number => (Date.parse(day) - Date.parse(firstDay)) / (24 * hourMs)

/** The first day of which there is racing. */
export const firstDay: Day = '2020-01-01'
