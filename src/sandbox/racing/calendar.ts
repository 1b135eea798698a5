import type { Day } from '../../core/days.ts'
import { keepLatest } from '../keep.ts'
import { between, createRandom, drawWeighted, pick, type Random } from '../random.ts'
import { type Code, type Course, courses } from './courses.ts'
import { ukAt } from './uk.ts'

export interface Meeting {
  readonly day: Day
  /** 0 for the first of the day. */
  readonly nth: number
  readonly course: Course
  readonly code: Code
  readonly going: string
  /** When each race is off, in ms since the epoch. */
  readonly offs: readonly number[]
  /** When what is left of it is called off; Infinity for nearly all. */
  readonly abandonedAt: number
}

const goings: Record<'summer' | 'winter' | 'aw', readonly string[]> = {
  summer: ['Good', 'Good To Firm', 'Good To Firm', 'Good To Soft', 'Firm'],
  winter: ['Soft', 'Good To Soft', 'Heavy', 'Soft', 'Good'],
  aw: ['Standard', 'Standard', 'Standard To Slow'],
}

/** How many meetings a day of the week has, at least and at most, from Sunday on. */
const counts = { summer: [2, 3, 3, 4, 4, 4, 6], winter: [1, 1, 1, 2, 2, 2, 4] }

const codes: readonly Code[] = ['flat', 'jumps', 'aw']

/** The meetings of a day: the flat in summer with some jumping, jumps in winter, and the all-weather in both. */
function makeMeetings(seed: number, day: Day): Meeting[] {
  if (day.endsWith('-12-25')) return []
  const random = createRandom(seed, 'meetings', day)
  const month = Number(day.slice(5, 7))
  const season = month >= 4 && month <= 10 ? 'summer' : 'winter'
  const least = counts[season][new Date(`${day}T00:00:00Z`).getUTCDay()] ?? 1
  const used = new Set<Course>()
  return Array.from({ length: least + between(random, 0, season === 'summer' ? 1 : 2) }, (_, nth) => {
    const code = codes[drawWeighted(random, season === 'summer' ? [70, 15, 15] : [0, 65, 35])] as Code
    const course = pick(
      random,
      courses.filter(one => one.codes.includes(code) && !used.has(one)),
    )
    used.add(course)
    const going = pick(random, goings[code === 'aw' ? 'aw' : season])
    const offs = offsOf(random, day, code === 'aw' || (season === 'summer' && nth % 3 === 2))
    const isOff = random() < (season === 'winter' && code === 'jumps' ? 0.04 : 0.006)
    const abandonedAt = isOff ? ukAt(day, between(random, 7 * 60 + 30, 14 * 60)) : Number.POSITIVE_INFINITY
    return { day, nth, course, code, going, offs, abandonedAt }
  })
}

/** Six to eight races half an hour apart, or 35 minutes: from about one o'clock, or in the evening until nine at the latest. */
function offsOf(random: Random, day: Day, isEvening: boolean): number[] {
  const count = between(random, 6, 8)
  const apart = isEvening ? 30 : pick(random, [30, 35])
  const first = isEvening ? 20 * 60 + between(random, 0, 11) * 5 - (count - 1) * apart : 12 * 60 + between(random, 0, 24) * 5
  return Array.from({ length: count }, (_, i) => ukAt(day, first + i * apart))
}

/** The meetings of a day; none before there was racing here. */
export const createCalendar = (seed: number) => keepLatest(400, (day: Day) => makeMeetings(seed, day))
