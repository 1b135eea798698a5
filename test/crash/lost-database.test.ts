import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { haltDaily, openCatchUp, runDaily, runStatuses, runUndisturbed, watermarkValues } from '../support/daily-run.ts'
import { named } from '../support/disturbed-run.ts'
import { loadedDays } from '../support/loaded-days.ts'
import { startPostgresProxy } from '../support/postgres-proxy.ts'
import { loadedThrough, missedDays, startSmallLeague } from '../support/small-league.ts'
import { tableHashes } from '../support/table-hashes.ts'

const league = await startSmallLeague()
let whole: Awaited<ReturnType<typeof runUndisturbed>>

beforeAll(async () => {
  whole = await runUndisturbed(league.env)
})
afterAll(() => league.close())

describe.concurrent('a run whose connections the server ends goes on by itself', () => {
  const steps = [
    'lease-taken',
    'before-fetch:3',
    'after-fetch:4',
    'chunk-opened',
    'mid-copy:8',
    'after-copy:8',
    'rows-merged:9',
    'before-commit:2',
    'after-commit:3',
    'before-receipt',
  ]
  test.each(steps)('at %s', async step => {
    await using db = await openCatchUp()
    await using run = await haltDaily({ ...league.env, DATABASE_URL: named(db.url) }, step)
    const ended =
      await db.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${db.name} and application_name = 'disturbed'`
    expect(ended.length).toBeGreaterThan(1) // the lease's session and at least one more

    run.child.kill('SIGCONT')
    const { code, stderr } = await run.done
    expect(code, stderr).toBe(0)
    expect(await tableHashes(db.sql)).toEqual(whole.tables)
    expect(await watermarkValues(db.sql)).toEqual([loadedThrough, ...missedDays])
    expect(await runStatuses(db.sql)).toEqual(['done'])
  })
})

test.concurrent('a commit whose answer is lost is not done twice, and the receipt counts it once', async () => {
  await using quiet = await openCatchUp()
  await runDaily({ ...league.env, DATABASE_URL: quiet.url })
  await using db = await openCatchUp()
  await using proxy = await startPostgresProxy(db.url)
  // The run's begin, the list of its days, the begin and the rows of each day, the watermark's last move, the run's end: each is lost
  // once and tried again.
  proxy.loseAnswers(nth => nth % 2 === 1)

  const { code, stderr } = await runDaily({ ...league.env, DATABASE_URL: proxy.url })
  expect(code, stderr).toBe(0)
  expect(stderr.match(/"event":"database\.retry"/g)?.length, stderr).toBe(12)
  expect(await tableHashes(db.sql)).toEqual(whole.tables)
  expect(await watermarkValues(db.sql)).toEqual([loadedThrough, ...missedDays])
  expect(await runStatuses(db.sql)).toEqual(['done'])
  const counts = async (sql: typeof db.sql) => {
    const [run] =
      await sql`select counts - '{startedAt,durationMs}'::text[] as counts, failures from ingest_runs where status = 'done'`
    const chunks = await sql`select window_from, status, attempts, counts from ingest_chunks order by window_from`
    return { run, chunks: [...chunks] }
  }
  expect(await counts(db.sql)).toEqual(await counts(quiet.sql))
})

const gone = { SPORTS_INGEST_DATABASE_RECONNECT_ATTEMPTS: '2' }

describe.concurrent('a server that stays away', () => {
  test.each(['before-fetch:3', 'mid-copy:8', 'before-commit:2', 'before-receipt'])(
    'ends the run with 102 and one line, and nothing half-written, at %s',
    async step => {
      await using db = await openCatchUp()
      await using proxy = await startPostgresProxy(db.url)
      await using run = await haltDaily({ ...league.env, ...gone, DATABASE_URL: proxy.url, LOG_LEVEL: 'error' }, step)
      await proxy.cut()
      run.child.kill('SIGCONT')
      const { code, stderr } = await run.done
      expect(code, stderr).toBe(102)
      const told = stderr.split('\n').filter(line => line && !line.startsWith('{'))
      expect(told, stderr).toHaveLength(1)
      expect(told[0]).toMatch(/^The database test_\w+ at 127\.0\.0\.1:\d+ cannot be reached \(.+\), 2 times\. Hint: /)

      await proxy.restore()
      const watermark = (await watermarkValues(db.sql)).at(-1) as string
      expect(await loadedDays(db.sql)).toEqual(Object.fromEntries(Object.entries(whole.days).filter(([day]) => day <= watermark)))
      const next = await runDaily({ ...league.env, DATABASE_URL: proxy.url })
      expect(next.code, next.stderr).toBe(0)
      expect(await tableHashes(db.sql)).toEqual(whole.tables)
      expect((await runStatuses(db.sql)).at(0)).toBe('lost')
    },
  )

  test('ends a run that has not begun with 102', async () => {
    await using db = await openCatchUp()
    await using proxy = await startPostgresProxy(db.url)
    await proxy.cut()
    const { code, stderr } = await runDaily({ ...league.env, ...gone, DATABASE_URL: proxy.url })
    expect(code, stderr).toBe(102)
  })

  test('behind a balancer that takes connections and drops them ends the run with 102 too', async () => {
    await using db = await openCatchUp()
    await using proxy = await startPostgresProxy(db.url)
    proxy.slam()
    const { code, stderr } = await runDaily({ ...league.env, ...gone, DATABASE_URL: proxy.url })
    expect(code, stderr).toBe(102)
  })
})
