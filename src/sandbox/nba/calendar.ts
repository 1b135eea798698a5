import { addDays, type Day, eachDay } from '../../core/days.ts'
import { dayOf } from '../../core/zones.ts'
import { easternZone, onOrAfter } from '../eastern.ts'

/** The year a day's season began in; a season changes on 1 July. */
export const seasonYearOf = (day: Day): number => Number(day.slice(0, 4)) - (day.slice(5) < '07-01' ? 1 : 0)

/** The year the season began in that is on at an instant (ms since the epoch). */
export const seasonYearAt = (now: number): number => seasonYearOf(dayOf(new Date(now), easternZone))

/** `2026-27` */
export const seasonLabel = (year: number): string => `${year}-${String((year + 1) % 100).padStart(2, '0')}`

/** The first season there was. Two digits are all that game ids have of its year, so the last one is 2045-46. */
const firstSeason = 1946

/** The year that two digits stand for. */
export const yearOfDigits = (digits: number): number => (digits < firstSeason % 100 ? 2000 : 1900) + digits

/** The year of `2026-27`; undefined for another text, and for a season that game ids cannot name. */
export function parseSeasonLabel(text: string): number | undefined {
  const year = Number(/^\d{4}(?=-)/.exec(text)?.[0])
  return seasonLabel(year) === text && yearOfDigits(year % 100) === year ? year : undefined
}

export interface SeasonDays {
  summer: Day[]
  preseason: Day[]
  /** 164 days with games, in 82 pairs. */
  regular: Day[]
  cupFinal: Day
  allStar: Day[]
  playIn: [Day, Day, Day]
  /** The first of 72 days with games. */
  playOffs: Day
}

/**
 * When what is played. The real league rests from late June to October. This one plays a summer series then, and its
 * play-offs last until the end of June, so that a first run at any time of the year finds games of yesterday.
 */
export function seasonDaysOf(year: number): SeasonDays {
  const first = onOrAfter(`${year}-10-17`, 2) // so that the 72 days of play-offs end in June
  const cupFinal = onOrAfter(`${year}-12-14`, 2)
  const sunday = addDays(onOrAfter(`${year + 1}-02-01`, 0), 14)
  const off = new Set([
    addDays(onOrAfter(`${year}-11-01`, 4), 21), // Thanksgiving
    `${year}-12-24`,
    cupFinal,
    ...eachDay(addDays(sunday, -2), addDays(sunday, 3)),
  ])
  const regular = eachDay(first, addDays(first, 180))
    .filter(day => !off.has(day))
    .slice(0, 164)
  const last = regular.at(-1) as Day
  return {
    summer: eachDay(`${year}-07-01`, `${year}-09-30`),
    preseason: eachDay(`${year}-10-01`, addDays(first, -2)),
    regular,
    cupFinal,
    allStar: eachDay(addDays(sunday, -2), sunday),
    playIn: [addDays(last, 2), addDays(last, 3), addDays(last, 5)],
    playOffs: addDays(last, 6),
  }
}
