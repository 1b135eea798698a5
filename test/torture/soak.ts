import { between, createRandom, pick } from '../../src/sandbox/random.ts'
import { startBackfill } from '../support/backfill-run.ts'
import type { Case } from './trial.ts'

/** So often one is killed at most before a run is left alone. */
const maxKills = 12

interface SoakOptions {
  fromMs: number
  toMs: number
  SPORTS_INGEST_API_RATE_LIMIT: string
}

/**
 * Up to three processes start, one of them is killed at a moment between `fromMs` and `toMs`, the others end as they can; and again,
 * until one comes to its end.
 */
export const soak = (seed: number, { fromMs, toMs, ...pace }: SoakOptions): Case => ({
  name: `up to 3 processes, killed at random, seed ${seed}`,
  async act(trial) {
    const random = createRandom('soak', seed)
    const { flags } = trial.world.season
    for (let kills = 0, done = false; !done && kills < maxKills; kills++) {
      const runs = Array.from({ length: between(random, 1, 3) }, () => startBackfill({ ...trial.env, ...pace }, flags))
      const killOne = () => {
        const living = runs.filter(({ child }) => child.exitCode === null && child.signalCode === null)
        if (living.length > 0) pick(random, living).child.kill('SIGKILL')
      }
      const timer = setTimeout(killOne, between(random, fromMs, toMs))
      for (const run of runs) {
        const result = await run.done
        trial.ended(result, 0, 1, 103, 'SIGKILL')
        done ||= result.code === 0 || result.code === 1
      }
      clearTimeout(timer)
    }
    await trial.resume()
  },
})

/** So slow that most of a run's time is its own, and not that of starting. */
const small = { fromMs: 300, toMs: 1800, SPORTS_INGEST_API_RATE_LIMIT: '30' }
const full = { fromMs: 1000, toMs: 12_000, SPORTS_INGEST_API_RATE_LIMIT: '500' }

export const soakCases: Case[] = Array.from({ length: 30 }, (_, i) => soak(i + 1, small))

/** For a whole season, which takes half a minute. */
export const longSoakCases: Case[] = [1, 2, 3].map(seed => soak(seed, full))
