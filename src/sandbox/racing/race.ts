import { addDays } from '../../core/days.ts'
import { between, createRandom, pick, type Random } from '../random.ts'
import type { Meeting } from './calendar.ts'
import { dayNumber, hourMs, minuteMs, ukAt } from './uk.ts'

export type RaceType = 'Flat' | 'Hurdle' | 'Chase' | 'NH Flat'

/** What is settled about a race beforehand, and when what becomes of it is told. Instants in ms since the epoch. */
export interface Race {
  readonly id: string
  readonly meeting: Meeting
  /** 0 for the first of the meeting. */
  readonly nth: number
  readonly name: string
  readonly type: RaceType
  /** Empty in Ireland. */
  readonly raceClass: string
  readonly pattern: string
  readonly ratingBand: string
  readonly ageBand: '2yo' | '3yo+' | '4yo+'
  readonly furlongs: number
  readonly yards: number
  readonly jumps: string
  readonly prize: number
  readonly offAt: number
  /** From when there is a card. */
  readonly declaredAt: number
  readonly isAbandoned: boolean
  /** `walkover`: one runner is left and has the race for itself. `void`: it was run, and does not count. */
  readonly fate: 'run' | 'walkover' | 'void'
  /** From when there is a result. */
  readonly resultAt: number
  /** From when it has the prices of the exchange. */
  readonly bspAt: number
  /** After the meeting the stewards look again: two places are swapped, or the winner is taken out. */
  readonly correction: { readonly kind: 'swapped' | 'disqualified'; readonly at: number } | undefined
}

const sponsors = [
  'Quillerton Brewery',
  'Old Lamp Inn',
  'Marlcombe Motors',
  'Tarrow Valley Dairies',
  'Orsley Gazette',
  'Penholme Tiles',
]

const flatFurlongs = [5, 6, 7, 8, 10, 12, 14, 16]
const jumpsFurlongs = [16, 17, 20, 22, 24]

/** Handicaps are for a band of ratings. */
const bands: Record<string, string> = { 2: '0-105', 3: '0-95', 4: '0-80', 5: '0-70', 6: '0-60' }

/** One race of a meeting. */
export function makeRace(seed: number, meeting: Meeting, nth: number): Race {
  const { day, course, code, offs } = meeting
  const id = `rac_${11_000_000 + 100 * dayNumber(day) + 10 * meeting.nth + nth}`
  const random = createRandom(seed, 'race', id)
  const offAt = offs[nth] as number
  const type = typeOf(random, meeting, nth)
  const level = random() < 0.05 ? 1 : between(random, 2, 6)
  const pattern = level === 1 ? pick(random, ['Listed', 'Group 3', 'Group 2']) : ''
  const isHandicap = level > 1 && type !== 'NH Flat' && random() < 0.65
  const isFlat = type === 'Flat'
  const furlongs = type === 'NH Flat' ? 16 : pick(random, isFlat ? flatFurlongs : jumpsFurlongs)
  const drawn = createRandom(seed, 'fate', id)()
  const fate = drawn < 0.004 ? 'walkover' : drawn < 0.009 ? 'void' : 'run'
  const isForTwoYearOlds = isFlat && day.slice(5, 7) >= '05' && furlongs <= 8 && random() < 0.25
  return {
    ...{ id, meeting, nth, type, pattern, furlongs, offAt, fate },
    name: nameOf(random, type, isHandicap, pattern),
    raceClass: course.region === 'GB' ? `Class ${level}` : '',
    ratingBand: isHandicap ? (bands[level] ?? '') : '',
    ageBand: isFlat ? (isForTwoYearOlds ? '2yo' : '3yo+') : '4yo+',
    yards: furlongs * 220 + between(random, 0, 60),
    jumps: jumpsOf(type, furlongs),
    prize: [0, 60_000, 25_000, 14_000, 9_000, 6_500, 5_000][level] as number,
    // Forty-eight hours on the flat, a day over jumps, at ten o'clock.
    declaredAt: ukAt(addDays(day, code === 'jumps' ? -1 : -2), 10 * 60),
    isAbandoned: meeting.abandonedAt < offAt,
    ...tellingOf(random, meeting, offAt, fate),
  }
}

/** When the result comes: nearly always within minutes, now and then hours later or the next morning; and what is put right later. */
function tellingOf(
  random: Random,
  { day }: Meeting,
  offAt: number,
  fate: Race['fate'],
): Pick<Race, 'resultAt' | 'bspAt' | 'correction'> {
  const soon = offAt + between(random, 5, 25) * minuteMs
  const lateness = random()
  const nextMorning = ukAt(addDays(day, 1), between(random, 7 * 60, 11 * 60))
  const resultAt = lateness < 0.006 ? nextMorning : lateness < 0.018 ? soon + between(random, 2, 5) * hourMs : soon
  const bspAt = resultAt + between(random, 120, 360) * minuteMs
  const at = ukAt(addDays(day, between(random, 1, 2)), between(random, 12 * 60, 17 * 60))
  const kind = pick(random, ['swapped', 'disqualified'] as const)
  return { resultAt, bspAt, correction: random() < 0.015 && fate === 'run' ? { kind, at } : undefined }
}

function typeOf(random: Random, { code, offs }: Meeting, nth: number): RaceType {
  if (code !== 'jumps') return 'Flat'
  if (nth === offs.length - 1 && random() < 0.5) return 'NH Flat'
  return pick(random, ['Hurdle', 'Chase'])
}

function nameOf(random: Random, type: RaceType, isHandicap: boolean, pattern: string): string {
  const isFlat = type === 'Flat'
  const plain = pick(random, isFlat ? ['Maiden Stakes', 'Novice Stakes', 'Conditions Stakes'] : ["Novices' ", "Maidens' "])
  const kind = type === 'NH Flat' ? 'Open National Hunt Flat Race' : isFlat ? plain : `${isHandicap ? 'Handicap ' : plain}${type}`
  return [pick(random, sponsors), isFlat && isHandicap ? 'Handicap' : kind, ...(pattern ? [`(${pattern})`] : [])].join(' ')
}

function jumpsOf(type: RaceType, furlongs: number): string {
  if (type === 'Hurdle') return `${Math.round(furlongs / 2)} hurdles`
  return type === 'Chase' ? `${Math.round(furlongs * 0.75)} fences` : ''
}
