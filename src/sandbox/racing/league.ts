import type { Day } from '../../core/days.ts'
import { keepLatest } from '../keep.ts'
import { createRandom, shuffle } from '../random.ts'
import { createCalendar, type Meeting } from './calendar.ts'
import { type Entry, makeField, sizesOf } from './field.ts'
import { type Candidate, candidatesOf, jockeyCount, jockeyOf, makeHorse } from './pool.ts'
import { makeRace, type Race } from './race.ts'
import { firstDay } from './uk.ts'

/** All that races, for a seed. */
export interface Racing {
  readonly seed: number
  /** The races of a day, in the order of their times; none before there was racing here. */
  readonly races: (day: Day) => readonly Race[]
  /** Who is entered in a race. */
  readonly field: (race: Race) => readonly Entry[]
}

// A page of results is of one day or a few; lists of a year ask for the times of all, and the fields of 100 races.
const keptDays = 400
const keptFields = 20

export function createRacing(seed: number): Racing {
  const meetings = createCalendar(seed)
  const races = keepLatest(keptDays, (day: Day) =>
    day < firstDay
      ? []
      : meetings(day)
          .flatMap(meeting => meeting.offs.map((_, nth) => makeRace(seed, meeting, nth)))
          .sort((a, b) => a.offAt - b.offAt || (a.id < b.id ? -1 : 1)),
  )
  const fields = keepLatest(keptFields, (day: Day) => dealFields(seed, day, races(day)))
  return { seed, races, field: race => fields(race.meeting.day).get(race.id) ?? [] }
}

/** How many jockeys go to a meeting: none to two of them. */
const jockeysPerMeeting = 24

/** Deals the horses and the jockeys of a day to its races, none of them twice. */
function dealFields(seed: number, day: Day, races: readonly Race[]): Map<string, readonly Entry[]> {
  const random = createRandom(seed, 'deal', day)
  const [flat, jumps] = [shuffle(random, candidatesOf('flat', day)), shuffle(random, candidatesOf('jumps', day))]
  const hands: Record<Race['ageBand'], Candidate[]> = {
    '2yo': flat.filter(({ age }) => age === 2),
    '3yo+': flat.filter(({ age }) => age > 2),
    '4yo+': jumps,
  }
  const numbers = shuffle(random, [...Array(jockeyCount).keys()])
  const jockeysOf = ({ nth }: Meeting) =>
    numbers.slice(nth * jockeysPerMeeting, (nth + 1) * jockeysPerMeeting).map(n => jockeyOf(seed, n))
  return new Map(
    races.map(race => {
      const { declared, reserves } = sizesOf(seed, race)
      const horses = hands[race.ageBand].splice(0, declared + reserves).map(candidate => makeHorse(seed, candidate))
      return [race.id, makeField(seed, race, horses, jockeysOf(race.meeting))]
    }),
  )
}
