import { createRandom, pick } from '../random.ts'
import type { SideLines } from './lines.ts'
import type { Side } from './plays.ts'

/**
 * The league's scorers look again the next day: one assist or one rebound goes to another player of the same side.
 * Nothing else changes, and no sum. Changes the lines it is given.
 */
export function correct(seed: number, gameId: string, both: readonly SideLines[]): void {
  const random = createRandom(seed, 'correction', gameId)
  const side: Side = random() < 0.5 ? 0 : 1
  const what = pick(random, ['assists', 'reboundsDefensive'] as const)
  const lines = both[side]?.lines.filter(({ seconds }) => seconds > 0) ?? []
  const having = lines.filter(({ counts }) => counts[what] > 0)
  if (having.length === 0) return
  const from = pick(random, having)
  const to = pick(
    random,
    lines.filter(line => line !== from),
  )
  from.counts[what]--
  to.counts[what]++
}
