import { type Step, steps } from '../../src/core/steps.ts'
import { haltBackfill, runBackfill } from '../support/backfill-run.ts'
import type { Case } from './trial.ts'

/** Of the times a step is reached by a backfill of the small season, the first and a later one; once is where it is reached once. */
const later: Record<Step, number | undefined> = {
  'lease-taken': undefined,
  'run-started': undefined,
  planned: undefined,
  'before-fetch': 17,
  'after-fetch': 20,
  'after-archive': 23,
  'retry-wait': 5,
  'chunk-opened': 3,
  'mid-copy': 14,
  'after-copy': 17,
  'rows-merged': 19,
  settled: 4,
  'before-commit': 3,
  'after-commit': 4,
  'before-receipt': undefined,
}

/** Steps with the times at which something is done there: `mid-copy:14`. */
export const momentsOf = (step: Step): string[] =>
  [1, later[step]].filter(turn => turn !== undefined).map(turn => `${step}:${turn}`)

const providerFor = (moment: string) => (moment.startsWith('retry-wait') ? { provider: { hiccups: true } } : {})

export const killedAlone = (moment: string): Case => ({
  name: `kill ${moment}`,
  ...providerFor(moment),
  async act(trial) {
    trial.ended(await runBackfill({ ...trial.env, SPORTS_INGEST_STEP: `kill:${moment}` }), 'SIGKILL')
    await trial.resume()
  },
})

/** While the first lives the second may not work; once it is dead the next one takes over. */
export const killedBesideAnother = (moment: string): Case => ({
  name: `kill ${moment}, a second beside it`,
  ...providerFor(moment),
  async act(trial) {
    const { env, provider } = trial
    await using first = await haltBackfill(env, moment)
    const haltedMs = performance.now()
    trial.ended(await runBackfill(env), 103)
    // A request that the first one had sent may arrive now, too, but by a connection that was there.
    const isOfSecond = provider.requests.some(({ connectedMs }) => connectedMs > haltedMs)
    trial.check(!isOfSecond, 'the second process asked the provider while the first was at work')
    first.child.kill('SIGKILL')
    trial.ended(await first.done, 'SIGKILL')
    await trial.resume()
  },
})

export const killCases: Case[] = steps.flatMap(momentsOf).flatMap(moment => [killedAlone(moment), killedBesideAnother(moment)])
