import { between, createRandom } from '../random.ts'
import { type Entry, isIn } from './field.ts'
import type { Race } from './race.ts'
import { hourMs, ukClock } from './uk.ts'

/** A price is one of these; the decimal one has the stake in it. */
const ladder: readonly (readonly [numerator: number, denominator: number])[] = [
  '1/4 2/5 1/2 8/13 4/6 4/5 1/1 5/4 11/8 13/8 7/4 2/1 9/4 5/2 11/4 3/1 10/3 7/2 4/1 9/2 5/1 11/2 6/1 13/2 7/1 15/2 8/1 9/1 10/1',
  '11/1 12/1 14/1 16/1 20/1 25/1 33/1 50/1 66/1 100/1',
]
  .join(' ')
  .split(' ')
  .map(price => price.split('/').map(Number) as [number, number])

const decimalOf = (rung: number): number => {
  const [numerator, denominator] = ladder[rung] ?? [100, 1]
  return 1 + numerator / denominator
}

const held = (rung: number) => Math.min(Math.max(rung, 0), ladder.length - 1)

/** The rung that is due to a chance, in a book that is a seventh over round. */
function fairRung(entry: Entry, field: readonly Entry[]): number {
  const all = field.filter(({ reserve }) => reserve === undefined).reduce((sum, { chance }) => sum + chance, 0)
  const decimal = all / entry.chance / 1.15
  const longer = ladder.findIndex((_, rung) => decimalOf(rung) >= decimal)
  return longer < 0 ? ladder.length - 1 : longer
}

const bookmakers = ['Goldfinch', 'Bet Meridian', 'Oddsmoor', 'Tallyman Sport', 'Redquill']
const exchange = 'Lantern Exchange'

/** How long a price stands before it may change. */
const standsMs = 3 * hourMs

const twoPlaces = (value: number) => String(Math.round(value * 100) / 100)

/** The prices of a runner at an instant, until the off; none for one that is not to run. */
export function oddsAt(seed: number, race: Race, field: readonly Entry[], entry: Entry, now: number) {
  const at = Math.min(now, race.offAt - 1)
  if (!isIn(entry, at)) return []
  const [rung, starters] = [fairRung(entry, field), field.filter(one => isIn(one, at)).length]
  const places = starters < 5 ? '' : starters < 8 ? '2' : '3'
  return [...bookmakers, exchange].map(bookmaker => {
    const stood = createRandom(seed, 'since', race.id, entry.horse.id, bookmaker)
    const start = race.declaredAt - between(stood, 0, standsMs / 60_000) * 60_000
    const turn = Math.floor((at - start) / standsMs)
    const drift = between(createRandom(seed, 'price', race.id, entry.horse.id, bookmaker, turn), -1, 1)
    const [numerator, denominator] = ladder[held(rung + drift)] ?? [100, 1]
    const updated = ukClock(Math.max(race.declaredAt, start + turn * standsMs)).text.replace('T', ' ')
    if (bookmaker === exchange) {
      const price = twoPlaces((decimalOf(held(rung + drift)) - 1) * 1.04 + 1)
      return { bookmaker, fractional: price, decimal: price, ew_places: '', ew_denom: '', updated }
    }
    return {
      ...{ bookmaker, fractional: denominator === 1 ? String(numerator) : `${numerator}/${denominator}` },
      ...{ decimal: twoPlaces(1 + numerator / denominator), ew_places: places, ew_denom: places && '5', updated },
    }
  })
}

/** The starting price of each of those that ran, with what marks the favourite (`F`, `J` for two, `C` for more). */
export function startingPrices(
  seed: number,
  race: Race,
  field: readonly Entry[],
  ran: readonly Entry[],
): Map<Entry, StartingPrice> {
  const rungs = ran.map(entry => held(fairRung(entry, field) + between(createRandom(seed, 'sp', race.id, entry.horse.id), -2, 1)))
  const shortest = Math.min(...rungs)
  const shared = rungs.filter(rung => rung === shortest).length
  const sign = shared === 1 ? 'F' : shared === 2 ? 'J' : 'C'
  return new Map(
    ran.map((entry, i) => {
      const rung = rungs[i] as number
      const [numerator, denominator] = ladder[rung] ?? [100, 1]
      const said = numerator === denominator ? 'Evens' : `${numerator}/${denominator}`
      const decimal = decimalOf(rung)
      const exchanged = twoPlaces(
        (decimal - 1) * (1 + between(createRandom(seed, 'bsp', entry.horse.id, race.id), 0, 30) / 100) + 1,
      )
      return [entry, { sp: rung === shortest ? said + sign : said, decimal, bsp: exchanged }]
    }),
  )
}

export interface StartingPrice {
  readonly sp: string
  readonly decimal: number
  /** That of the exchange. */
  readonly bsp: string
}
