import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  haltDaily,
  openCatchUp,
  runDaily,
  runStatuses,
  runUndisturbed,
  startDaily,
  watermarkValues,
} from '../support/daily-run.ts'
import { loadedDays } from '../support/loaded-days.ts'
import { startPostgresProxy } from '../support/postgres-proxy.ts'
import { loadedThrough, startHangingLeague, startSmallLeague } from '../support/small-league.ts'
import { tableHashes } from '../support/table-hashes.ts'
import { until } from '../support/until.ts'

const league = await startSmallLeague()
let whole: Awaited<ReturnType<typeof runUndisturbed>>

beforeAll(async () => {
  whole = await runUndisturbed(league.env)
})
afterAll(() => league.close())

const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const

describe.concurrent('a signal stops a run cleanly: what was committed stays, the lease is free', () => {
  test.each(signals)('%s while a provider does not answer', async (signal, expected) => {
    await using db = await openCatchUp()
    // A game of the second day.
    const held = '0022400342'
    await using silent = await startHangingLeague(path => path.includes(held))
    await using run = startDaily({ ...silent.env, DATABASE_URL: db.url })
    await until('the run waits for an answer', () => silent.requests.some(({ path }) => path.includes(held)))
    run.child.kill(signal)
    const { code, stderr } = await run.done
    expect(code, stderr).toBe(expected)
    expect(stderr.trim()).toBe(`Stopped by ${signal}.`)
    expect(await watermarkValues(db.sql)).toEqual([loadedThrough, '2024-12-06'])
    expect(await loadedDays(db.sql)).toEqual({ '2024-12-06': whole.days['2024-12-06'] })
    expect(await runStatuses(db.sql)).toEqual(['stopped'])
    expect(await db.sql`select from ingest_leases`).toHaveLength(0)

    const next = await runDaily({ ...league.env, DATABASE_URL: db.url })
    expect(next.code, next.stderr).toBe(0)
    expect(await tableHashes(db.sql)).toEqual(whole.tables)
    expect(await runStatuses(db.sql)).toEqual(['stopped', 'done'])
  })

  test.each(signals)('%s while a day is being written: that day is finished', async (signal, expected) => {
    await using db = await openCatchUp()
    await using run = await haltDaily({ ...league.env, DATABASE_URL: db.url }, 'mid-copy:8')
    run.child.kill(signal)
    run.child.kill('SIGCONT')
    const { code, stderr } = await run.done
    expect(code, stderr).toBe(expected)
    expect(await watermarkValues(db.sql)).toEqual([loadedThrough, '2024-12-06', '2024-12-07'])
    expect(Object.keys(await loadedDays(db.sql))).toEqual(['2024-12-06', '2024-12-07'])
    expect(await runStatuses(db.sql)).toEqual(['stopped'])
  })

  test('SIGTERM at the very commit', async () => {
    await using db = await openCatchUp()
    await using run = await haltDaily({ ...league.env, DATABASE_URL: db.url }, 'before-commit:3')
    run.child.kill('SIGTERM')
    run.child.kill('SIGCONT')
    expect((await run.done).code).toBe(143)
    expect((await watermarkValues(db.sql)).at(-1)).toBe('2024-12-08')
    expect(await runStatuses(db.sql)).toEqual(['stopped'])
  })

  test('SIGTERM while the database is away', async () => {
    await using db = await openCatchUp()
    await using proxy = await startPostgresProxy(db.url)
    const env = { ...league.env, DATABASE_URL: proxy.url, SPORTS_INGEST_DATABASE_RECONNECT_ATTEMPTS: '100' }
    await using run = await haltDaily(env, 'chunk-opened:2')
    await proxy.cut()
    run.child.kill('SIGTERM')
    run.child.kill('SIGCONT')
    const { code, stderr } = await run.done
    expect(code, stderr).toBe(143)
    expect(await watermarkValues(db.sql)).toEqual([loadedThrough, '2024-12-06'])
  })
})

describe.concurrent('a stop that cannot be clean', () => {
  test('is over at the second signal', async () => {
    await using db = await openCatchUp()
    await using proxy = await startPostgresProxy(db.url)
    await using run = await haltDaily({ ...league.env, DATABASE_URL: proxy.url }, 'before-fetch:5')
    proxy.freeze()
    run.child.kill('SIGTERM')
    run.child.kill('SIGCONT')
    await until('the run tries to write that it was stopped', () => proxy.heldBytes > 0)
    const before = performance.now()
    run.child.kill('SIGTERM')
    expect((await run.done).code).toBe(143)
    expect(performance.now() - before).toBeLessThan(4000)
  })

  test('is over by itself before ten seconds are', async () => {
    await using db = await openCatchUp()
    await using proxy = await startPostgresProxy(db.url)
    await using run = await haltDaily({ ...league.env, DATABASE_URL: proxy.url }, 'before-fetch:5')
    proxy.freeze()
    run.child.kill('SIGINT')
    run.child.kill('SIGCONT')
    const before = performance.now()
    expect((await run.done).code).toBe(130)
    expect(performance.now() - before).toBeLessThan(10_000)
  })
})
