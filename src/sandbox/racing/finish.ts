import { createRandom, pick } from '../random.ts'
import { drawOrder, type Entry, isIn } from './field.ts'
import type { Race } from './race.ts'

/** How an entry that ran came home. */
export interface Finisher {
  readonly entry: Entry
  /** `1`, or why it has no place: `PU`. */
  readonly position: string
  /** Lengths behind the one before, as the provider writes them, and behind the winner; undefined without a place. */
  readonly beaten: { readonly before: string; readonly winner: number } | undefined
}

/** Those that ran, in the order in which they came home; those without a place last. */
interface Order {
  readonly home: readonly Entry[]
  /** Lengths behind the one before, for each place; 0 for a dead heat. */
  readonly gaps: readonly number[]
  readonly lost: readonly (readonly [entry: Entry, why: string])[]
}

/** Distances that have names, and then quarters of a length. */
const lengths = [0.05, 0.1, 0.2, 0.3, 0.3, 0.5, 0.5, 0.75, 0.75, 1, 1.25, 1.25, 1.5, 1.75, 2, 2.25, 2.75, 3.25, 4.5, 6, 9]

/** What ends a race over jumps early: pulled up for the most part. */
const ends = ['PU', 'PU', 'PU', 'PU', 'PU', 'F', 'F', 'UR', 'BD', 'RR', 'SU', 'RO', 'REF']

/** A quarter of a length is written without its zero, a neck with it: `.75`, `0.3`. */
const lengthText = (length: number) =>
  length > 0 && length < 1 && length % 0.25 === 0 ? String(length).slice(1) : String(length)

function orderOf(seed: number, race: Race, field: readonly Entry[]): Order {
  const random = createRandom(seed, 'finish', race.id)
  const order = drawOrder(
    random,
    field.filter(entry => isIn(entry, race.offAt)),
  )
  if (race.fate === 'void') return { home: [], gaps: [], lost: order.map(entry => [entry, 'VOI']) }
  const isFlat = race.type === 'Flat' || race.type === 'NH Flat'
  // The first three get round.
  const lost = order.slice(3).flatMap(entry => (!isFlat && random() < 0.12 ? [[entry, pick(random, ends)] as const] : []))
  const left = new Set(lost.map(([entry]) => entry))
  const home = order.filter(entry => !left.has(entry))
  const heat = random() < 0.012 ? 1 + Math.floor(random() * (home.length - 1)) : 0
  return { home, lost, gaps: home.map((_, i) => (i === 0 || i === heat ? 0 : pick(random, lengths))) }
}

/** The order as the stewards leave it. */
function corrected({ home, gaps, lost }: Order, kind: 'swapped' | 'disqualified'): Order {
  const [first, second, ...others] = home as [Entry, Entry, ...Entry[]]
  // Two that share the first place cannot change places.
  if (kind === 'swapped' && gaps[1] !== 0) return { home: [second, first, ...others], gaps, lost }
  return { home: [second, ...others], gaps: [0, ...gaps.slice(2)], lost: [...lost, [first, 'DSQ']] }
}

/** How a race ended, with its correction or without. */
export function finishOf(seed: number, race: Race, field: readonly Entry[], isCorrected: boolean): Finisher[] {
  const first = orderOf(seed, race, field)
  const { home, gaps, lost } = isCorrected && race.correction ? corrected(first, race.correction.kind) : first
  let winner = 0
  let place = 0
  const placed = home.map((entry, i): Finisher => {
    const gap = gaps[i] as number
    winner += gap
    if (i === 0 || gap > 0) place = i + 1
    return { entry, position: String(place), beaten: { before: lengthText(gap), winner: Math.round(winner * 100) / 100 } }
  })
  return [...placed, ...lost.map(([entry, position]) => ({ entry, position, beaten: undefined }))]
}
