import { createSimulatedNbaCdn } from './cdn.ts'
import { createLeague } from './league.ts'
import { createSimulatedNbaStats } from './stats.ts'

/** All providers of the NBA, over one league. */
export function createSimulatedNba(seed: number) {
  const league = createLeague(seed)
  return [createSimulatedNbaCdn(seed, league), createSimulatedNbaStats(seed, league)] as const
}
