import { drawWeighted, type Random } from '../random.ts'
import type { Who } from './sheet.ts'

type Named = Exclude<Who, 'club'>

/** Who may do something, and how often each does. */
interface Weighted {
  readonly who: readonly Named[]
  readonly weights: readonly number[]
}

const weighted = (...list: readonly (readonly [weight: number, ...who: Named])[]): Weighted => ({
  who: list.map(([, ...who]) => who),
  weights: list.map(([weight]) => weight),
})

/** Those who do always the same; else how often each does something, of a hundred or so. */
export const passer: Who = ['QB', 0]
export const kicker: Who = ['K', 0]

export const runners = weighted([52, 'RB', 0], [26, 'RB', 1], [4, 'RB', 2], [12, 'QB', 0], [6, 'WR', 2])
export const receivers = weighted(
  [24, 'WR', 0],
  [19, 'WR', 1],
  [13, 'WR', 2],
  [5, 'WR', 3],
  [2, 'WR', 4],
  [17, 'TE', 0],
  [6, 'TE', 1],
  [9, 'RB', 0],
  [5, 'RB', 1],
)
export const tacklers = weighted(
  [16, 'ILB', 0],
  [13, 'ILB', 1],
  [10, 'OLB', 0],
  [8, 'OLB', 1],
  [10, 'FS', 0],
  [11, 'SS', 0],
  [9, 'CB', 0],
  [8, 'CB', 1],
  [4, 'CB', 2],
  [6, 'DE', 0],
  [5, 'DE', 1],
  [5, 'DT', 0],
  [4, 'DT', 1],
  [2, 'DT', 2],
  [1, 'DE', 2],
)
export const rushers = weighted([25, 'DE', 0], [18, 'DE', 1], [18, 'OLB', 0], [10, 'OLB', 1], [14, 'DT', 0], [5, 'ILB', 0])
export const defenders = weighted([22, 'CB', 0], [18, 'CB', 1], [12, 'CB', 2], [18, 'FS', 0], [14, 'SS', 0], [9, 'ILB', 0])
export const penalised = weighted(
  [20, 'T', 0],
  [18, 'T', 1],
  [10, 'G', 0],
  [8, 'C', 0],
  [18, 'CB', 0],
  [12, 'CB', 1],
  [8, 'DE', 0],
  [6, 'WR', 0],
)

/** One of a list, in proportion to the weights. */
export const draw = (random: Random, { who, weights }: Weighted): Named => who[drawWeighted(random, weights)] as Named
