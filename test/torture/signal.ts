import { haltBackfill } from '../support/backfill-run.ts'
import type { Case, Trial } from './trial.ts'

const codes = { SIGINT: 130, SIGTERM: 143 }
type StopSignal = keyof typeof codes

const doneChunks = async ({ db }: Trial): Promise<number> => {
  const [row] = await db.sql<{ count: number }[]>`select count(*)::int as count from ingest_chunks where status = 'done'`
  return row?.count ?? 0
}

/** Steps within a chunk's transaction: its commit is in flight, and is finished. */
const writing = ['mid-copy', 'after-copy', 'rows-merged', 'settled', 'before-commit']

export const toldToStop = (signal: StopSignal, moment: string): Case => ({
  name: `${signal} ${moment}`,
  ...(moment.startsWith('retry-wait') ? { provider: { hiccups: true } } : {}),
  async act(trial) {
    const { check, env, db } = trial
    await using run = await haltBackfill(env, moment)
    const before = await doneChunks(trial)
    const startedMs = performance.now()
    run.child.kill(signal)
    run.child.kill('SIGCONT')
    const result = await run.done
    trial.ended(result, codes[signal])
    check(performance.now() - startedMs < 10_000, 'it took more than ten seconds')
    const command = 'resume with: sports-ingest schedule backfill --sport nba --season 2024-25 --chunk-days 2 --concurrency 2'
    check(result.stderr.includes(command), `it does not say how to go on: ${result.stderr}`)
    const isWriting = writing.some(step => moment.startsWith(step))
    const after = await doneChunks(trial)
    check(!isWriting || after > before, 'the commit in flight was not finished')
    const runs = await db.sql<{ status: string }[]>`select status from ingest_runs`
    check(
      runs.every(({ status }) => status === 'stopped'),
      `its run is ${runs.map(({ status }) => status)}`,
    )
    await trial.resume()
  },
})

/** With all done there is nothing to stop: the run ends as it would have, and says what it did. */
export const toldToStopTooLate = (signal: StopSignal): Case => ({
  name: `${signal} before-receipt`,
  async act(trial) {
    await using run = await haltBackfill(trial.env, 'before-receipt')
    run.child.kill(signal)
    run.child.kill('SIGCONT')
    const result = await run.done
    trial.ended(result, 1)
    trial.check(result.stdout.includes('5 of 5 done'), `it does not say what it did: ${result.stdout}`)
    await trial.resume()
  },
})

const moments = [
  ...[
    'lease-taken',
    'run-started',
    'planned',
    'before-fetch:1',
    'before-fetch:12',
    'after-fetch:17',
    'after-archive:9',
    'retry-wait:3',
  ],
  ...[
    'chunk-opened:2',
    'mid-copy:8',
    'after-copy:3',
    'rows-merged:9',
    'settled:2',
    'before-commit:1',
    'before-commit:3',
    'after-commit:2',
  ],
]

export const signalCases: Case[] = (['SIGINT', 'SIGTERM'] as const).flatMap(signal => [
  ...moments.map(moment => toldToStop(signal, moment)),
  toldToStopTooLate(signal),
])
