import { createSimulatedEspn } from './espn.ts'
import { createLeague } from './league.ts'
import { createSimulatedNfldata } from './nfldata.ts'
import { createSimulatedNflverse } from './nflverse.ts'

/** All providers of the NFL, over one league. */
export function createSimulatedNfl(seed: number) {
  const league = createLeague(seed)
  return [createSimulatedNfldata(seed, league), createSimulatedNflverse(seed, league), createSimulatedEspn(seed, league)] as const
}
