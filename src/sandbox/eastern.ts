import { addDays, type Day } from '../core/days.ts'
import { startOfDay } from '../core/zones.ts'
import { keepLatest } from './keep.ts'

/** The zone of the American leagues: their civil days and most of their written times are Eastern. */
export const easternZone = 'America/New_York'

export const minuteMs = 60_000
export const hourMs = 60 * minuteMs

/** 0 Sunday to 6 Saturday. */
export const weekdayOf = (day: Day): number => new Date(`${day}T00:00:00Z`).getUTCDay()

/** The first such weekday on or after a day. */
export const onOrAfter = (day: Day, weekday: number): Day => addDays(day, (weekday - weekdayOf(day) + 7) % 7)

/**
 * The instant, in ms since the epoch, of an Eastern wall-clock time on a day, given in minutes after midnight. Counted
 * back from the next midnight, so it is right on the days the clocks change, for any time after that change.
 */
export const easternAt = (day: Day, minutes: number): number => endOf(day) - (24 * 60 - minutes) * minuteMs

// The list of all seasons of the NFL has its games on 1,800 days.
const endOf = keepLatest(2_000, (day: Day): number => startOfDay(addDays(day, 1), easternZone).getTime())
