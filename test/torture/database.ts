import { createRandom } from '../../src/sandbox/random.ts'
import { postmasterOf } from '../store/embedded/processes.ts'
import { haltBackfill, runBackfill, startBackfillProvider } from '../support/backfill-run.ts'
import { clusterIn } from '../support/data-directory.ts'
import type { TestDatabase } from '../support/database-server.ts'
import { named } from '../support/disturbed-run.ts'
import { startPostgresProxy } from '../support/postgres-proxy.ts'
import { until } from '../support/until.ts'
import type { Case, Trial } from './trial.ts'

/** It goes on by itself, and what it had fetched it has. */
function checkNothingTwice({ provider, check }: Trial): void {
  check(provider.sent.length === new Set(provider.sent).size, 'it asked for games again that it had fetched')
}

export const sessionsEnded = (moment: string): Case => ({
  name: `pg_terminate_backend of all its sessions, ${moment}`,
  async act(trial) {
    const { db, env, check } = trial
    await using run = await haltBackfill({ ...env, DATABASE_URL: named(db.url) }, moment, trial.world.season.flags)
    const ended =
      await db.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${db.name} and application_name = 'disturbed'`
    check(ended.length > 1, 'it had no two sessions to end')
    run.child.kill('SIGCONT')
    trial.ended(await run.done)
    checkNothingTwice(trial)
    await trial.resume()
  },
})

/** Away for as long as it takes the run to notice. */
export const serverAwayFor = (moment: string): Case => ({
  name: `server away and back, ${moment}`,
  async act(trial) {
    await using proxy = await startPostgresProxy(trial.db.url)
    await using run = await haltBackfill({ ...trial.env, DATABASE_URL: proxy.url }, moment)
    let said = ''
    run.child.stderr?.on('data', data => {
      said += data
    })
    await proxy.cut()
    run.child.kill('SIGCONT')
    await until('the run has noticed', () => said.includes('"event":"database.retry"'))
    await proxy.restore()
    trial.ended(await run.done)
    checkNothingTwice(trial)
    await trial.resume()
  },
})

/** The server the program started itself dies under it, and it starts it again. */
export const ownServerKilled = (moment: string): Case => ({
  name: `own server killed, ${moment}`,
  ownServer: true,
  async act(trial) {
    await using run = await haltBackfill(trial.env, moment)
    process.kill(postmasterOf(clusterIn(String(trial.env['SPORTS_INGEST_DATA_DIR']))), 'SIGKILL')
    run.child.kill('SIGCONT')
    trial.ended(await run.done)
    checkNothingTwice(trial)
    // This process was of the old server's; where the program has stopped the new one as it left, it starts it again.
    await trial.db.database.run(sql => sql`select 1`)
    await trial.resume()
  },
})

/** It gives up with 102; nothing half-written is left. */
export const serverGone = (moment: string): Case => ({
  name: `server gone for good, ${moment}`,
  async act(trial) {
    await using proxy = await startPostgresProxy(trial.db.url)
    const env = { ...trial.env, DATABASE_URL: proxy.url, SPORTS_INGEST_DATABASE_RECONNECT_ATTEMPTS: '2' }
    await using run = await haltBackfill(env, moment)
    await proxy.cut()
    run.child.kill('SIGCONT')
    trial.ended(await run.done, 102)
    await trial.resume()
  },
})

/** What the first run has counted, but for what differs from one to the next: which of two chunks brought a club or a player. */
async function countsOf({ sql }: TestDatabase): Promise<string> {
  const rows = await sql`
    select r.counts - '{startedAt,durationMs}'::text[] as counts, r.failures,
      (select jsonb_agg(jsonb_build_array(c.window_from, c.status, c.counts -> 'items') order by c.window_from)
        from ingest_chunks c where c.run_id = r.id) as chunks
    from ingest_runs r where id = (select min(id) from ingest_runs)`
  return JSON.stringify(rows[0])
}

const manyTries = { SPORTS_INGEST_DATABASE_RECONNECT_ATTEMPTS: '8' }

/** The commit is executed and reported as failed, for those commits (from 1) that `lost` names. */
const answersLost = (name: string, lost: (nth: number) => boolean, flags: readonly string[]): Case => ({
  name,
  async act(trial) {
    await using proxy = await startPostgresProxy(trial.db.url)
    proxy.loseAnswers(lost)
    trial.ended(await runBackfill({ ...trial.env, ...manyTries, DATABASE_URL: proxy.url }, flags))
    checkNothingTwice(trial)
    const counted = await countsOf(trial.db)
    await using quiet = await trial.world.createDatabase()
    await using provider = await startBackfillProvider(trial.world.season)
    await runBackfill({ ...provider.env, DATABASE_URL: quiet.url }, flags)
    const wanted = await countsOf(quiet)
    trial.check(counted === wanted, `it counted otherwise than an undisturbed run:\n${counted}\n${wanted}`)
    const again = await trial.db.sql`select from ingest_chunks where attempts <> 1`
    trial.check(again.length === 0, `${again.length} chunks count more than the one attempt there was`)
    await trial.resume()
  },
})

/** About thirty commits. */
const manyChunks = ['--chunk-days', '1', '--concurrency', '4']

export const eachAnswerLost: Case = answersLost("each commit's answer lost once", nth => nth % 2 === 1, [
  '--chunk-days',
  '2',
  '--concurrency',
  '1',
])

export function someAnswersLost(share: number, seed: number, flags = manyChunks): Case {
  const random = createRandom('lost answers', seed)
  const drawn: boolean[] = []
  const lost = (nth: number) => {
    while (drawn.length < nth) drawn.push(random() < share)
    return drawn[nth - 1] as boolean
  }
  return answersLost(`${share * 100} % of commits' answers lost, seed ${seed}`, lost, flags)
}

const moments = [
  ...[
    'lease-taken',
    'run-started',
    'planned',
    'before-fetch:1',
    'before-fetch:12',
    'after-fetch:17',
    'after-archive:9',
    'chunk-opened:1',
  ],
  ...[
    'chunk-opened:3',
    'mid-copy:1',
    'mid-copy:14',
    'after-copy:8',
    'rows-merged:9',
    'settled:2',
    'before-commit:1',
    'before-commit:4',
  ],
  ...['after-commit:2', 'before-receipt'],
]

export const databaseCases: Case[] = [
  ...moments.map(sessionsEnded),
  ...['before-fetch:12', 'mid-copy:8', 'before-commit:2', 'after-commit:3', 'before-receipt'].map(serverAwayFor),
  ...['planned', 'before-fetch:12', 'mid-copy:14', 'before-commit:2', 'before-receipt'].map(ownServerKilled),
  ...['planned', 'before-fetch:12', 'mid-copy:8', 'before-commit:2', 'before-receipt'].map(serverGone),
  eachAnswerLost,
  ...[1, 2, 3].map(seed => someAnswersLost(0.1, seed)),
  ...[1, 2, 3, 4, 5].map(seed => someAnswersLost(0.01, seed)),
]
