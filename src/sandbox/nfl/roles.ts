import { drawWeighted, type Random } from '../random.ts'
import type { Who } from './sheet.ts'

type Weighted = readonly (readonly [weight: number, ...who: Exclude<Who, 'club'>])[]

/** Those who do always the same; else how often each does something, of a hundred or so. */
export const passer: Who = ['QB', 0]
export const kicker: Who = ['K', 0]

export const runners: Weighted = [
  [52, 'RB', 0],
  [26, 'RB', 1],
  [4, 'RB', 2],
  [12, 'QB', 0],
  [6, 'WR', 2],
]
export const receivers: Weighted = [
  [24, 'WR', 0],
  [19, 'WR', 1],
  [13, 'WR', 2],
  [5, 'WR', 3],
  [2, 'WR', 4],
  [17, 'TE', 0],
  [6, 'TE', 1],
  [9, 'RB', 0],
  [5, 'RB', 1],
]
export const tacklers: Weighted = [
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
]
export const rushers: Weighted = [
  [25, 'DE', 0],
  [18, 'DE', 1],
  [18, 'OLB', 0],
  [10, 'OLB', 1],
  [14, 'DT', 0],
  [5, 'ILB', 0],
]
export const defenders: Weighted = [
  [22, 'CB', 0],
  [18, 'CB', 1],
  [12, 'CB', 2],
  [18, 'FS', 0],
  [14, 'SS', 0],
  [9, 'ILB', 0],
]
export const penalised: Weighted = [
  [20, 'T', 0],
  [18, 'T', 1],
  [10, 'G', 0],
  [8, 'C', 0],
  [18, 'CB', 0],
  [12, 'CB', 1],
  [8, 'DE', 0],
  [6, 'WR', 0],
]

/** One of a list, in proportion to the weights. */
export function draw(random: Random, list: Weighted): Exclude<Who, 'club'> {
  const weights = list.map(([weight]) => weight)
  const [, place, nth] = list[drawWeighted(random, weights)] as Weighted[number]
  return [place, nth]
}
