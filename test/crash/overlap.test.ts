import { hostname } from 'node:os'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import {
  haltDaily,
  openCatchUp,
  runDaily,
  runStatuses,
  runUndisturbed,
  startDaily,
  watermarkValues,
} from '../support/daily-run.ts'
import { loadedThrough, missedDays, startSmallLeague } from '../support/small-league.ts'
import { type TableHashes, tableHashes } from '../support/table-hashes.ts'
import { halted, until } from '../support/until.ts'

const league = await startSmallLeague()
let whole: TableHashes

beforeAll(async () => {
  whole = (await runUndisturbed(league.env)).tables
})
afterAll(() => league.close())

describe.concurrent('two runs at once', () => {
  // In its transaction the first one has a lock on the lease: the second one may not wait for that any length of time.
  test.each(['before-fetch', 'before-commit:2'])('the second names the first and ends with 103, the first at %s', async step => {
    await using db = await openCatchUp()
    const env = { ...league.env, DATABASE_URL: db.url }
    await using first = await haltDaily(env, step)
    const [lease] = await db.sql<{ at: Date }[]>`select acquired_at as at from ingest_leases`

    const second = await runDaily(env)
    expect(second.code, second.stderr).toBe(103)
    const since = `${lease?.at.toISOString().slice(0, 19)}Z`
    expect(second.stderr).toContain(`Already at work on daily:nba: pid ${first.pid} on ${hostname()}, started at ${since}.`)
    expect(second.stderr.trim().split('\n')).toHaveLength(1)

    first.child.kill('SIGCONT')
    const { code, stderr } = await first.done
    expect(code, stderr).toBe(0)
    expect(await tableHashes(db.sql)).toEqual(whole)
    expect(await runStatuses(db.sql)).toEqual(['done'])
  })

  test('started in the same moment, one works and the others do not', async () => {
    await using db = await openCatchUp()
    const env = { ...league.env, DATABASE_URL: db.url, SPORTS_INGEST_STEP: 'stop:run-started' }
    await using one = startDaily(env)
    await using two = startDaily(env)
    const loser = await Promise.race([one, two].map(async run => ({ run, ...(await run.done) })))
    expect(loser.code, loser.stderr).toBe(103)
    const winner = loser.run === one ? two : one
    await halted(winner.pid)
    winner.child.kill('SIGCONT')
    expect((await winner.done).code).toBe(0)
    expect(await tableHashes(db.sql)).toEqual(whole)
  })
})

describe.concurrent('a run that sleeps past its lease and wakes up after another has done the work', () => {
  test.each(['chunk-opened:2', 'after-fetch:3'])('commits nothing more and ends with 103, asleep at %s', async step => {
    await using db = await openCatchUp()
    const env = { ...league.env, DATABASE_URL: db.url }
    await using first = await haltDaily(env, step)
    await db.sql`update ingest_leases set expires_at = now() - interval '1 second'`

    const second = await runDaily(env)
    expect(second.code, second.stderr).toBe(0)

    first.child.kill('SIGCONT')
    const { code, stderr } = await first.done
    expect(code, stderr).toBe(103)
    expect(stderr).toMatch(/Lost the lease daily:nba: /)
    expect(await tableHashes(db.sql)).toEqual(whole)
    expect(await watermarkValues(db.sql)).toEqual([loadedThrough, ...missedDays])
    expect(await runStatuses(db.sql)).toEqual(['stopped', 'done'])
  })

  test('commits nothing of what it had written where it slept inside its transaction, which the server ends', async () => {
    await using db = await openCatchUp()
    const env = { ...league.env, DATABASE_URL: db.url }
    // The limit is 30 s; a session may choose another.
    const impatient = new URL(db.url)
    impatient.searchParams.set('idle_in_transaction_session_timeout', '200')
    await using first = await haltDaily({ ...env, DATABASE_URL: impatient.href }, 'before-commit:2')
    await until('the server has ended its transaction', async () => {
      const open = await db.sql`select from pg_stat_activity where datname = ${db.name} and state like 'idle in transaction%'`
      return open.length === 0
    })
    await db.sql`update ingest_leases set expires_at = now() - interval '1 second'`

    const second = await runDaily(env)
    expect(second.code, second.stderr).toBe(0)

    first.child.kill('SIGCONT')
    const { code, stderr } = await first.done
    expect(code, stderr).toBe(103)
    expect(await tableHashes(db.sql)).toEqual(whole)
    expect(await watermarkValues(db.sql)).toEqual([loadedThrough, ...missedDays])
  })
})

test('a session of the program does not hold locks for longer than it can be silent', async () => {
  await using db = await openCatchUp()
  const [setting] = await db.database.run(
    sql => sql<{ value: string }[]>`select current_setting('idle_in_transaction_session_timeout') as value`,
  )
  expect(setting?.value).toBe(inject('poolerUrl') ? '15s' : '30s')
})
