import { between, createRandom, drawWeighted, pick, shuffle } from '../random.ts'
import type { Horse, Jockey } from './pool.ts'
import type { Race } from './race.ts'
import { hourMs, minuteMs, ukAt } from './uk.ts'

/** A horse in a race, and what happens to it before the off. Instants in ms since the epoch; Infinity for never. */
export interface Entry {
  readonly horse: Horse
  /** The saddlecloth. */
  readonly number: number
  /** `R1` for the first reserve; undefined for those that are to run. */
  readonly reserve: string | undefined
  /** When a reserve takes the place of another. */
  readonly comesInAt: number
  readonly withdrawnAt: number
  readonly reason: string
  /** 0 over jumps. */
  readonly draw: number
  readonly weightLbs: number
  readonly headgear: string
  /** Undefined for one that has not run often enough. */
  readonly rating: number | undefined
  readonly jockey: Jockey
  /** Who rides instead, and from when it is known. */
  readonly change: { readonly jockey: Jockey; readonly at: number } | undefined
  /** How likely it is to win, beside the others. */
  readonly chance: number
}

const reasons = ['unsuitable ground', 'self certificate, colic', 'lame', 'travel problems', 'withdrawn; unruly in stalls']
const headgears = ['', '', '', '', '', 'p', 't', 'h', 'b', 'v', 'tp']

/** How many are declared for a race, and how many more wait for a place. */
export function sizesOf(seed: number, { id, type, fate }: Race): { declared: number; reserves: number } {
  const random = createRandom(seed, 'size', id)
  // So many are withdrawn only where few are declared.
  if (fate === 'walkover') return { declared: between(random, 2, 4), reserves: 0 }
  const declared = between(random, 4, type === 'Flat' ? 14 : 13)
  return { declared, reserves: declared >= 11 && random() < 0.3 ? between(random, 1, 2) : 0 }
}

/** Those that are declared, heaviest first, and then the reserves. */
export function makeField(seed: number, race: Race, horses: readonly Horse[], jockeys: readonly Jockey[]): Entry[] {
  const random = createRandom(seed, 'field', race.id)
  const { declared } = sizesOf(seed, race)
  const { day } = race.meeting
  const isFlat = race.type === 'Flat'
  const weights = horses.map(() => (isFlat ? between(random, 112, 138) : between(random, 140, 166))).sort((a, b) => b - a)
  const draws = [
    ...shuffle(
      random,
      weights.slice(0, declared).map((_, i) => i + 1),
    ),
    declared + 1,
    declared + 2,
  ]
  const riders = shuffle(random, jockeys)
  const spare = riders.slice(horses.length)
  // The last three stay in, so that there is a race; or one, so that there is none.
  const isWalkover = race.fate === 'walkover'
  const mayGo = new Set(shuffle(random, [...horses.keys()]).slice(isWalkover ? 1 : 3))
  const gone = horses.map((_, i) => {
    const earliest = ukAt(day, 7 * 60)
    const latest = random() < 0.3 ? ukAt(day, 9 * 60) : race.offAt - 20 * minuteMs
    const at = earliest + Math.floor(random() * ((latest - earliest) / minuteMs)) * minuteMs
    return i < declared && mayGo.has(i) && (isWalkover || random() < 0.05) ? at : Number.POSITIVE_INFINITY
  })
  // Reserves come in for those that are gone by nine.
  const vacated = gone.filter(at => at <= ukAt(day, 9 * 60)).sort((a, b) => a - b)
  return horses.map((horse, i) => {
    const changeAt = Math.max(race.declaredAt, race.offAt - between(random, 30, 8 * 60) * minuteMs)
    const substitute = spare.length > 0 && random() < 0.03 ? pick(random, spare) : undefined
    return {
      ...{ horse, number: i + 1, draw: isFlat ? (draws[i] ?? 0) : 0, weightLbs: weights[i] as number },
      reserve: i < declared ? undefined : `R${i - declared + 1}`,
      comesInAt: i < declared ? Number.NEGATIVE_INFINITY : (vacated[i - declared] ?? Number.POSITIVE_INFINITY),
      ...{ withdrawnAt: gone[i] as number, reason: pick(random, reasons), headgear: pick(random, headgears) },
      rating: random() < 0.2 ? undefined : Math.round(45 + 55 * horse.ability) + (isFlat ? 0 : 25),
      jockey: riders[i] as Jockey,
      change: substitute && changeAt < race.offAt - hourMs / 2 ? { jockey: substitute, at: changeAt } : undefined,
      chance: Math.exp(2.4 * horse.ability + 1.2 * random()),
    }
  })
}

/** Whether an entry is to run, as it stands at an instant. */
export const isIn = ({ comesInAt, withdrawnAt }: Entry, now: number): boolean => comesInAt <= now && now < withdrawnAt

/** Who rides, as it stands at an instant. */
export const riderAt = ({ jockey, change }: Entry, now: number): Jockey => (change && change.at <= now ? change.jockey : jockey)

/** An entry for each place of a draw without putting back, by their chances. */
export function drawOrder(random: () => number, entries: readonly Entry[]): Entry[] {
  const left = [...entries]
  return entries.map(() => {
    const [drawn] = left.splice(
      drawWeighted(
        random,
        left.map(({ chance }) => chance),
      ),
      1,
    )
    return drawn as Entry
  })
}
