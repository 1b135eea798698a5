import { haltBackfill, runBackfill } from '../support/backfill-run.ts'
import type { TestDatabase } from '../support/database-server.ts'
import { tableHashes } from '../support/table-hashes.ts'
import { until } from '../support/until.ts'
import type { Case, Trial } from './trial.ts'

/** Makes the lease as old as after a sleep of 30 s. */
const ageLease = ({ sql }: TestDatabase) => sql`update ingest_leases set expires_at = now() - interval '1 second'`

/** One chunk at a time: it sleeps within a transaction where the step says so, and nowhere else. */
const alone = ['--chunk-days', '2', '--concurrency', '1']

/** The limit is 30 s; a session may choose another. */
function impatient(url: string): string {
  const chosen = new URL(url)
  chosen.searchParams.set('idle_in_transaction_session_timeout', '200')
  return chosen.href
}

const transactionsEnded = ({ name, sql }: TestDatabase) =>
  until('the server has ended the transactions of the one asleep', async () => {
    const open = await sql`select from pg_stat_activity where datname = ${name} and state like 'idle in transaction%'`
    return open.length === 0
  })

const wakesTooLate = async ({ ended, check }: Trial, first: Awaited<ReturnType<typeof haltBackfill>>) => {
  first.child.kill('SIGCONT')
  const result = await first.done
  ended(result, 103)
  check(/(Lost the lease|Already at work on) backfill:nba:2024-25: /.test(result.stderr), `it does not say why: ${result.stderr}`)
}

/** It sleeps past its lease, another does all the work, it wakes up. */
export const asleepUntilAllIsDone = (moment: string): Case => ({
  name: `stop ${moment} past the lease, another finishes`,
  async act(trial) {
    const { db, env, check } = trial
    await using first = await haltBackfill({ ...env, DATABASE_URL: impatient(db.url) }, moment, alone)
    await transactionsEnded(db)
    await ageLease(db)
    await trial.resume()
    const before = await tableHashes(db.sql)
    await wakesTooLate(trial, first)
    check(JSON.stringify(await tableHashes(db.sql)) === JSON.stringify(before), 'the one that woke up wrote something')
  },
})

/** It sleeps past its lease and wakes up while the other, halted in its turn, is at work. */
export const asleepUntilAnotherWorks = (moment: string): Case => ({
  name: `stop ${moment} past the lease, wakes beside another`,
  async act(trial) {
    const { db, env, check } = trial
    await using first = await haltBackfill(env, moment, alone)
    await ageLease(db)
    await using second = await haltBackfill(env, 'after-fetch:3')
    // One or two, by how far its second chunk has got.
    const running = () => db.sql`
      select c.unit from ingest_runs r join ingest_chunks c on c.run_id = r.id
      where r.id = (select max(id) from ingest_runs where pid = ${second.pid}) and r.status = 'running' and c.status = 'running'
      order by 1`
    const before = await running()
    await wakesTooLate(trial, first)
    const isSame = before.length > 0 && JSON.stringify(await running()) === JSON.stringify(before)
    check(isSame, 'the run at work and its chunks are no longer said to be running')
    second.child.kill('SIGCONT')
    trial.ended(await second.done)
    await trial.resume()
  },
})

/** It wakes up and wants to commit while the other, which has taken over, is within its transaction. */
export const asleepUntilAnotherCommits: Case = {
  name: 'stop chunk-opened:1 past the lease, wakes while another commits',
  async act(trial) {
    const { db, env } = trial
    await using first = await haltBackfill(env, 'chunk-opened:1', alone)
    await ageLease(db)
    await using second = await haltBackfill(env, 'before-commit:2')
    await wakesTooLate(trial, first)
    second.child.kill('SIGCONT')
    trial.ended(await second.done)
    await trial.resume()
  },
}

/** Within a COPY its lease is locked and cannot be made older: it is short from the start. No time-out ends such a transaction. */
export const asleepInCopy: Case = {
  name: 'stop mid-copy:14 past the lease, another finishes',
  async act(trial) {
    const { db, env } = trial
    await db.sql.unsafe(`
      create function shorten() returns trigger language plpgsql as $$ begin new.expires_at := now() + interval '1 second'; return new; end $$;
      create trigger shorten before insert or update on ingest_leases for each row execute function shorten()`)
    await using first = await haltBackfill(env, 'mid-copy:14', alone)
    await until('its lease is over', async () => {
      const over = await db.sql`select from ingest_leases where expires_at < now()`
      return over.length === 1
    })
    await trial.resume()
    await wakesTooLate(trial, first)
  },
}

/** Steps in and out of transactions. */
const moments = [
  'run-started:1',
  'planned:1',
  'before-fetch:9',
  'after-fetch:17',
  'after-archive:1',
  'chunk-opened:1',
  'chunk-opened:3',
]
const inTransaction = ['after-copy:3', 'rows-merged:2', 'settled:1', 'before-commit:1', 'before-commit:4']

export const pauseCases: Case[] = [
  ...[...moments, ...inTransaction, 'after-commit:2'].map(asleepUntilAllIsDone),
  ...['lease-taken:1', ...moments, 'after-commit:2'].map(asleepUntilAnotherWorks),
  asleepUntilAnotherCommits,
  asleepInCopy,
]

/** Started in one moment, one works and the others do not. */
export const startedAtOnce: Case = {
  name: 'three started in one moment',
  async act(trial) {
    const results = await Promise.all(Array.from({ length: 3 }, () => runBackfill(trial.env)))
    for (const result of results) trial.ended(result, 0, 1, 103)
    trial.check(results.filter(({ code }) => code === 1).length === 1, 'not exactly one of them did the work')
    await trial.resume()
  },
}
