import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCatchUp, runDaily } from '../support/daily-run.ts'
import { createTestDatabase } from '../support/database.ts'
import { startReceiver } from '../support/receiver.ts'
import { noRedis, startRedis, type TestRedis } from '../support/redis.ts'
import { startSmallLeague } from '../support/small-league.ts'
import { halted, until } from '../support/until.ts'
import { addJobs, countEnds, countJobs, startWorker } from '../support/worker-run.ts'

const longestMs = 15_000

interface Stored {
  status: string
  retryCount: number
  workerId: string
}

describe.concurrent('a worker that dies', () => {
  test.each(['kill:job-begun', 'kill:job-worked'])('%s: its job is with another within 15 seconds', async step => {
    await using db = await createTestDatabase()
    const env = { DATABASE_URL: db.url }
    await using first = startWorker({ ...env, WORKER_ID: 'first', SPORTS_INGEST_STEP: step })
    await first.ready()
    await addJobs(db.sql, 1)
    expect((await first.done).signal).toBe('SIGKILL')
    const sinceMs = performance.now()
    await using _ = startWorker({ ...env, WORKER_ID: 'second' })
    await until('it is done', async () => (await countJobs(db.sql))['completed'] === 1)
    expect(performance.now() - sinceMs).toBeLessThan(longestMs)
    const [job] = await db.sql<
      Stored[]
    >`select status, retry_count as "retryCount", worker_id as "workerId" from background_job_status`
    expect(job).toEqual({ status: 'completed', retryCount: 1, workerId: 'second' })
  })

  test('halted past its lease: another does its job, and what it does when it wakes up is not kept', async () => {
    await using db = await createTestDatabase()
    const env = { DATABASE_URL: db.url }
    const ends = await countEnds(db.sql)
    await using first = startWorker({ ...env, WORKER_ID: 'first', SPORTS_INGEST_STEP: 'stop:job-worked' })
    await first.ready()
    await using second = startWorker({ ...env, WORKER_ID: 'second', SPORTS_INGEST_STEP: 'stop:job-begun:2' })
    await second.ready()
    // One of the two has it: with the first one halted, it is the second that goes on.
    await addJobs(db.sql, 1)
    const isDone = async () => (await countJobs(db.sql))['completed'] === 1
    const isHalted = halted(first.pid).then(() => true)
    if (!(await Promise.race([isHalted, until('it is done', isDone).then(() => false)]))) await addJobs(db.sql, 20)
    await halted(first.pid)
    const sinceMs = performance.now()
    second.child.kill('SIGCONT')
    await until('all are done', async () => {
      const { completed, ...others } = await countJobs(db.sql)
      second.child.kill('SIGCONT')
      return completed !== undefined && Object.keys(others).length === 0
    })
    expect(performance.now() - sinceMs).toBeLessThan(longestMs)
    first.child.kill('SIGCONT')
    await until('it has noticed', async () => {
      const rows = await db.sql`select from ingest_leases where name like 'worker:first %' and expires_at > now()`
      return rows.length === 1
    })
    expect(new Set(await ends())).toEqual(new Set([1]))
    first.child.kill('SIGTERM')
    expect((await first.done).stderr).toContain('job.lost')
  })

  test('told to stop, it ends within 10 seconds, and its job has lost no attempt', async () => {
    await using db = await createTestDatabase()
    await using worker = startWorker({ DATABASE_URL: db.url, SPORTS_INGEST_STEP: 'stop:job-begun' })
    await worker.ready()
    await addJobs(db.sql, 1)
    await halted(worker.pid)
    worker.child.kill('SIGTERM')
    const sinceMs = performance.now()
    worker.child.kill('SIGCONT')
    expect((await worker.done).code).toBe(143)
    expect(performance.now() - sinceMs).toBeLessThan(10_000)
    const [job] = await db.sql`select status, retry_count as "retryCount", lease from background_job_status`
    // It may have been done by then.
    expect(job).toEqual({ status: expect.stringMatching(/^(queued|completed)$/), retryCount: 0, lease: null })
    expect(await db.sql`select from ingest_leases`).toHaveLength(0)
  })

  test('loses all its sessions, as with a restart of the server: it goes on, and nothing is done twice', async () => {
    await using db = await createTestDatabase()
    const ends = await countEnds(db.sql)
    await using worker = startWorker({ DATABASE_URL: db.url })
    await worker.ready()
    await addJobs(db.sql, 300)
    await until('it works', async () => ((await countJobs(db.sql))['completed'] ?? 0) > 10)
    await db.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${db.name} and pid <> pg_backend_pid()`
    await until('all are done', async () => (await countJobs(db.sql))['completed'] === 300)
    expect(new Set(await ends())).toEqual(new Set([1]))
  })
})

describe.skipIf(noRedis).concurrent('with Redis', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis[Symbol.asyncDispose]())

  test('a move from pg-boss to BullMQ and back, with 500 jobs in flight, loses none and does none twice', async () => {
    await using db = await createTestDatabase()
    const ends = await countEnds(db.sql)
    const env = { DATABASE_URL: db.url, REDIS_URL: redis.url, QUEUE_NAME: db.name }
    const completed = async () => (await countJobs(db.sql))['completed'] ?? 0
    await addJobs(db.sql, 500)
    for (const [driver, upTo] of [
      ['pg-boss', 20],
      ['bullmq', 40],
      ['pg-boss', 500],
    ] as const) {
      await using worker = startWorker(
        { ...env, SPORTS_INGEST_QUEUE_DRIVER: driver, ...(upTo < 500 && { SPORTS_INGEST_STEP: `stop:job-worked:${upTo}` }) },
        '--concurrency',
        '2',
      )
      if (upTo < 500) {
        await halted(worker.pid)
        worker.child.kill('SIGTERM')
        worker.child.kill('SIGCONT')
        expect((await worker.done).code).toBe(143)
        expect(await completed()).toBeLessThan(500)
      } else await until('all are done', async () => (await completed()) === 500)
    }
    const counts = await ends()
    expect([counts.length, new Set(counts)]).toEqual([500, new Set([1])])
  })

  test('Redis is killed and comes back: the worker goes on', async () => {
    await using own = await startRedis()
    await using db = await createTestDatabase()
    const ends = await countEnds(db.sql)
    await using worker = startWorker({ DATABASE_URL: db.url, REDIS_URL: own.url, SPORTS_INGEST_QUEUE_DRIVER: 'bullmq' })
    await worker.ready()
    await addJobs(db.sql, 20)
    await until('it works', async () => ((await countJobs(db.sql))['completed'] ?? 0) > 0)
    await own.kill()
    await addJobs(db.sql, 20)
    await until(
      'it has noticed',
      async () => (await db.sql`select from background_job_status where status = 'queued' and sent_at is null`).length > 0,
    )
    await own.start()
    await until('all are done', async () => (await countJobs(db.sql))['completed'] === 40)
    expect(new Set(await ends())).toEqual(new Set([1]))
  })
})

describe.concurrent('what a load causes', () => {
  test('between a load and its job there is nothing: killed before the commit there is neither, after it both; the worker computes what was loaded', async () => {
    const league = await startSmallLeague()
    try {
      await using db = await openCatchUp()
      const env = { ...league.env, DATABASE_URL: db.url }
      const stored = async () => {
        const [found] = await db.sql`
          select (select count(*)::int from nba_player_game_stats) > 0 as rows, (select count(*)::int from background_job_status) as jobs`
        return found
      }
      for (const [step, rows, jobs] of [
        ['before-commit', false, 0],
        ['after-commit', true, 1],
      ] as const) {
        expect((await runDaily({ ...env, SPORTS_INGEST_STEP: `kill:${step}` })).signal).toBe('SIGKILL')
        expect(await stored()).toEqual({ rows, jobs })
      }
      await runDaily(env)
      expect(await stored()).toEqual({ rows: true, jobs: 1 })
      expect(await countJobs(db.sql)).toEqual({ queued: 1 })
      await using worker = startWorker(env)
      await until('it is done', async () => (await countJobs(db.sql))['completed'] === 1)
      const [season] = await db.sql`select count(*)::int > 0 as there from season_stats`
      expect(season).toEqual({ there: true })
      worker.child.kill('SIGTERM')
      await worker.done

      await db.sql`delete from season_stats`
      await db.sql`delete from nba_player_game_stats where game_id = (select min(game_id) from nba_player_game_stats)`
      await db.sql`update games set status = 'live', row_hash = 'x' where provider_id not in (select game_id from nba_player_game_stats)`
      const inline = await runDaily({ ...env, USE_BG_JOBS_MATCH: 'false' })
      expect(inline.code, inline.stderr).toBe(0)
      expect(await countJobs(db.sql)).toEqual({ completed: 2 })
    } finally {
      await league.close()
    }
  })

  test('a worker that is killed while it tells caches has done its job, and the next worker tells them, within 15 seconds', async () => {
    const league = await startSmallLeague()
    try {
      await using db = await openCatchUp()
      await runDaily({ ...league.env, DATABASE_URL: db.url })
      await using cache = await startReceiver('hang')
      const env = { DATABASE_URL: db.url, CACHE_INVALIDATION_URL: cache.url }
      const notices = async (isSent: boolean) => {
        const rows = await db.sql<
          { tags: string[] }[]
        >`select tags from ingest_outbox where (sent_at is not null) = ${isSent} order by id`
        return rows.map(({ tags }) => tags)
      }
      await using first = startWorker({ ...env, WORKER_ID: 'first' })
      await cache.got(1)
      first.child.kill('SIGKILL')
      await first.done
      const sinceMs = performance.now()
      expect(await db.sql`select status, retry_count as "retryCount", worker_id as by from background_job_status`).toEqual([
        { status: 'completed', retryCount: 0, by: 'first' },
      ])
      const lost = await notices(false)
      expect([lost.length > 5, await notices(true)]).toEqual([true, []])

      cache.answer = 204
      await using _ = startWorker({ ...env, WORKER_ID: 'second' })
      await until('all is sent', async () => (await notices(false)).length === 0)
      expect(performance.now() - sinceMs).toBeLessThan(longestMs)
      expect(await notices(true)).toEqual(lost)
      // At least once; what the first one may have told is told again.
      const [told, again] = cache.received.map(({ body }) => (JSON.parse(body) as { tags: string[] }).tags.toSorted())
      expect(again).toEqual([...new Set(lost.flat())].sort())
      expect(again).toEqual(told)
      expect(await countJobs(db.sql)).toEqual({ completed: 1 })
    } finally {
      await league.close()
    }
  })
})
