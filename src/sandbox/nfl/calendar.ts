import { addDays, type Day } from '../../core/days.ts'
import { dayOf } from '../../core/zones.ts'
import { easternAt, easternZone, onOrAfter } from '../eastern.ts'

/** The first season of the real files, and of these. */
export const firstSeason = 1999

/** Regular weeks, of which each club has one free. The play-offs go on counting: wild card, divisional, conferences, Super Bowl. */
export const regularWeeksOf = (year: number): number => (year >= 2021 ? 18 : 17)
export const lastWeekOf = (year: number): number => regularWeeksOf(year) + 4

/** The Thursday after Labor Day (the first Monday of September), on which a season begins. */
export const openerOf = (year: number): Day => addDays(onOrAfter(`${year}-09-01`, 1), 3)

/** The Sunday of a week. A week is free before the Super Bowl, which so falls on the second Sunday of February, before 2021 on the first. */
export const sundayOf = (year: number, week: number): Day =>
  addDays(openerOf(year), 3 + 7 * (week - 1) + (week === lastWeekOf(year) ? 7 : 0))

/** When the schedule of a season comes out: in the middle of May. */
export const publishedAtOf = (year: number): number => easternAt(`${year}-05-14`, 20 * 60)

/** The latest season with a schedule at an instant (ms since the epoch); at least the first one. */
export function latestSeasonAt(now: number): number {
  const year = Number(dayOf(new Date(now), easternZone).slice(0, 4))
  return Math.max(firstSeason, now >= publishedAtOf(year) ? year : year - 1)
}

/** An hour of a day in UTC, in ms since the epoch: what is made by night jobs has nothing to do with Eastern time. */
export const utcAt = (day: Day, hour: number): number => Date.parse(`${day}T00:00:00Z`) + hour * 3_600_000

/** The latest of some ascending instants that is not after one; undefined before the first. */
export const latestOf = (ascending: readonly number[], now: number): number | undefined => ascending.findLast(at => at <= now)
