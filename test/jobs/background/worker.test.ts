import { describe, expect, test } from 'vitest'
import { PayloadError, ProviderUnavailableError, RateLimitedError } from '../../../src/core/errors.ts'
import type { JobContext, JobKind } from '../../../src/jobs/background/job-kind.ts'
import { runStatsJob } from '../../../src/jobs/background/stats-job.ts'
import {
  addJob,
  addStatsJob,
  beginJobs,
  cancelJob,
  endJobs,
  type JobEnd,
  type JobResults,
} from '../../../src/store/background-jobs.ts'
import { addNotice } from '../../../src/store/outbox.ts'
import { type BackgroundWorld, openBackgroundWorld, startTestWorker } from '../../support/background-world.ts'
import { startCache } from '../../support/cache.ts'
import { startReceiver } from '../../support/receiver.ts'
import { until } from '../../support/until.ts'

const nothing: JobKind = async () => ({})

/** Works until it is told to stop. */
const endless: JobKind = ({ signal }) =>
  new Promise((_, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
  })

const done = (rows: number): JobResults[string] => ({ status: 'completed', durationMs: 1, rows })

describe('a job', () => {
  test('that fails for what may pass is tried again, and has failed after all attempts', async () => {
    await using world = await openBackgroundWorld({ SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '3' })
    let calls = 0
    await world.add()
    await using _ = await startTestWorker(world, {
      trial: async () => {
        calls++
        throw new ProviderUnavailableError('It does not answer.')
      },
    })
    await world.have('failed')
    expect(calls).toBe(3)
    expect(await world.jobs()).toMatchObject([{ retryCount: 2, lastError: 'It does not answer.' }])
  })

  test('that cannot do better has failed at once; one that is to wait loses no attempt', async () => {
    await using world = await openBackgroundWorld()
    const begun = new Set<string>()
    await world.add({ kind: 'hopeless' })
    await world.add({ kind: 'early' })
    await using _ = await startTestWorker(world, {
      hopeless: async () => {
        throw new PayloadError('It is of another form.')
      },
      early: async ({ job }) => {
        if (begun.has(job.kind)) return {}
        begun.add(job.kind)
        throw new RateLimitedError('Later.', { retryAt: new Date(Date.now() + 100) })
      },
    })
    await world.have('failed', 'completed')
    expect(await world.jobs()).toMatchObject([
      { retryCount: 0, lastError: 'It is of another form.' },
      { retryCount: 0, lastError: null },
    ])
  })

  test('of which a part has failed is tried again, and knows what it has done', async () => {
    await using world = await openBackgroundWorld()
    const known: object[] = []
    await world.add()
    await using _ = await startTestWorker(world, {
      trial: async ({ job }): Promise<JobResults> => {
        known.push(job.results)
        if (known.length === 1)
          return { one: done(3), two: { status: 'failed', durationMs: 1, rows: 0, error: 'No such column.' } }
        return { two: done(5) }
      },
    })
    await world.have('completed')
    expect(known[1]).toMatchObject({ one: { status: 'completed' }, two: { status: 'failed', error: 'No such column.' } })
    expect(await world.jobs()).toMatchObject([{ retryCount: 1, results: { one: done(3), two: done(5) } }])
  })

  test('is put back when its worker stops, without an attempt, and another does it', async () => {
    await using world = await openBackgroundWorld({ SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '1' })
    await world.add()
    const first = await startTestWorker(world, { trial: endless })
    await world.have('processing')
    await first.stop()
    expect(await world.jobs()).toMatchObject([{ status: 'queued', retryCount: 0, lastError: null }])
    await using _ = await startTestWorker(world, { trial: nothing })
    await world.have('completed')
  })

  test('of a kind that an older worker does not know waits for one that does', async () => {
    await using world = await openBackgroundWorld({ SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '1' })
    await world.add()
    const older = await startTestWorker(world, {})
    await until('it has looked', async () => (await world.jobs())[0]?.lastError !== null)
    await older.stop()
    expect(await world.jobs()).toMatchObject([
      { status: 'queued', retryCount: 0, lastError: 'This worker knows no job of the kind trial. Update it, or cancel the job.' },
    ])
    await world.sql`update background_job_status set due_at = now()`
    await using _ = await startTestWorker(world, { trial: nothing })
    await world.have('completed')
  })

  test('that does not end when it is told to is put back all the same', async () => {
    await using world = await openBackgroundWorld()
    await world.add()
    const deaf = Promise.withResolvers<JobResults>()
    const first = await startTestWorker(world, { trial: () => deaf.promise })
    await world.have('processing')
    await first.stop()
    expect(await world.jobs()).toMatchObject([{ status: 'queued', retryCount: 0 }])
    deaf.resolve({ late: done(1) })
    await until('it is told', () => world.logged.some(({ event }) => event === 'job.lost'))
    expect(await world.jobs()).toMatchObject([{ status: 'queued', results: {} }])
  })

  test('that is cancelled is stopped, commits nothing more, and is left alone', async () => {
    await using world = await openBackgroundWorld()
    const { id } = await world.add()
    let context: JobContext | undefined
    await using worker = await startTestWorker(world, {
      trial: given => {
        context = given
        return endless(given)
      },
    })
    await world.have('processing')
    const { database } = world.app
    await expect(database.transaction(tx => (context as JobContext).check(tx))).resolves.toBeUndefined()
    await database.transaction(tx => cancelJob(tx, id, 'Cancelled by me.'))
    await expect(database.transaction(tx => (context as JobContext).check(tx))).rejects.toThrow(`The job ${id} has gone`)
    await until('it is stopped', () => (context as JobContext).signal.aborted)
    await until('its worker has noticed', () => world.logged.some(({ event }) => event === 'job.lost'))
    expect(await world.jobs()).toMatchObject([{ status: 'failed', lastError: 'Cancelled by me.' }])
    expect(worker.notes).toEqual([])
  })
})

describe('a worker', () => {
  const isSent = async ({ sql }: BackgroundWorld) => {
    const rows = await sql<{ isSent: boolean }[]>`
      select sent_at is not null as "isSent" from background_job_status order by id`
    return rows.map(row => row.isSent)
  }

  test('begins what is due in its idle slots, and gives the rest to the queue', async () => {
    await using world = await openBackgroundWorld()
    const free = Promise.withResolvers<JobResults>()
    await using _ = await startTestWorker(world, { trial: nothing, long: () => free.promise })
    const have = async (status: string) => (await world.jobs()).filter(job => job.status === status).length
    // Not while it looks for messages, at its start.
    for (let n = 1; !(await isSent(world)).includes(false); n++) {
      await world.add()
      await until('it is done', async () => (await have('completed')) === n)
    }
    await world.sql`delete from background_job_status`
    for (let n = 1; n <= 2; n++) {
      await world.add({ kind: 'long' })
      await until('it is begun', async () => (await have('processing')) === n)
    }
    await world.add()
    await until('it is sent', async () => (await isSent(world))[2] === true)
    free.resolve({})
    await world.have('completed', 'completed', 'completed')
  })

  test('takes many quick jobs at a time; those that come to wait for a long one are put back, and another does them', async () => {
    await using world = await openBackgroundWorld()
    const free = Promise.withResolvers<JobResults>()
    const kinds = { trial: nothing, long: () => free.promise }
    const add = (kind: string, count: number) => world.sql`
      insert into background_job_status (kind, status, priority, triggered_by, payload)
      select ${kind}, 'queued', 1, 'admin', '{}' from generate_series(1, ${count})`
    for (const [kind, count] of [['trial', 300], ['long', 2], ['trial', 100]] as const) await add(kind, count) // biome-ignore format: a table
    const most = async (status: string) => (await world.jobs()).filter(job => job.status === status).length
    await using first = await startTestWorker(world, kinds)
    await until('it is at the long ones', async () => {
      const jobs = await world.jobs()
      return jobs.filter(({ status }) => status === 'processing').length === 2 && jobs[300]?.status === 'processing'
    })
    expect(await most('completed')).toBeLessThan(400)
    await using second = await startTestWorker(world, kinds)
    await until('all others are done', async () => (await most('completed')) === 400)
    const jobs = await world.jobs()
    expect([jobs[300], jobs[301]]).toMatchObject(Array(2).fill({ kind: 'long', status: 'processing' }))
    expect(new Set(jobs.map(({ retryCount }) => retryCount))).toEqual(new Set([0]))
    free.resolve({})
    await until('these are, too', async () => (await most('completed')) === 402)
    expect(first.notes.length + second.notes.length).toBe(402)
    expect(world.logged.filter(({ event }) => event === 'job.lost')).toEqual([])
  })

  test('finds the jobs of its messages without reading all that wait', async () => {
    await using world = await openBackgroundWorld()
    const added = await world.sql<{ message: string }[]>`
      insert into background_job_status (kind, status, priority, triggered_by, payload)
      select 'trial', 'queued', 1, 'admin', '{}' from generate_series(1, 3000) returning message`
    // As the server does by itself after a minute: of a new table older versions read all.
    await world.sql`analyze background_job_status`
    const some = added.slice(0, 10).map(({ message }) => message)
    const holder = { lease: 'worker:trial', workerId: 'trial' }
    const read = await world.app.database.transaction(async tx => {
      const begun = await beginJobs(tx, some, holder)
      const ends = some.map((message): JobEnd => ({ message, results: {}, status: 'completed' }))
      expect([begun.length, await endJobs(tx, ends, holder)]).toEqual([10, Array(10).fill(true)])
      const [found] = await tx<{ read: number }[]>`
        select (seq_tup_read + idx_tup_fetch)::int as read from pg_stat_xact_user_tables where relname = 'background_job_status'`
      return found?.read
    })
    expect(read).toBeLessThan(200)
  })
})

describe('jobs that loads add', () => {
  test('are one for each sport while it waits, in the transaction of the rows', async () => {
    await using world = await openBackgroundWorld()
    const { database } = world.app
    const add = (sport: string) => database.transaction(tx => addStatsJob(tx, sport, 0))
    for (let n = 0; n < 10; n++) await add('nba')
    await Promise.all(Array.from({ length: 5 }, () => add('nfl')))
    await expect(
      database.transaction(async tx => {
        await addStatsJob(tx, 'racing', 0)
        throw new Error('rolled back')
      }),
    ).rejects.toThrow('rolled back')
    expect(await world.sql`select payload, priority, triggered_by as by from background_job_status order by id`).toEqual([
      { payload: { sports: ['nba'] }, priority: 2, by: 'match' },
      { payload: { sports: ['nfl'] }, priority: 2, by: 'match' },
    ])
  })

  test('with a payload that somebody else has written fail in words', async () => {
    await using world = await openBackgroundWorld()
    await using _ = await startTestWorker(world, { stats: runStatsJob })
    const { id } = await world.add({ kind: 'stats', payload: { functions: 'all' } })
    await world.have('failed')
    const [job] = await world.jobs()
    expect(job?.lastError).toBe(`The payload of job ${id} has functions that are no list: "all".`)
  })

  test('are gathered for a while also where a worker is idle: ten games that end in a minute are one job', async () => {
    await using world = await openBackgroundWorld()
    const { database } = world.app
    const worked: unknown[] = []
    const stats: JobKind = async ({ job }) => {
      worked.push(job.payload)
      return {}
    }
    await using _ = await startTestWorker(world, { stats, other: nothing })
    for (let n = 0; n < 10; n++) {
      await database.transaction(tx => addStatsJob(tx, 'nba', 60_000))
      // The worker has looked for jobs by then.
      const { id } = await world.add({ kind: 'other' })
      await until('the other job is done', async () => {
        const [job] = await world.sql`select status from background_job_status where id = ${id}`
        return job?.['status'] === 'completed'
      })
    }
    expect(worked).toEqual([])
    await world.sql`update background_job_status set due_at = now() where kind = 'stats'`
    await until('the job is worked', () => worked.length > 0)
    expect(worked).toEqual([{ sports: ['nba'] }])
  })

  test('wait for a load that has found one waiting, so that the job sees its rows; a later one adds another', async () => {
    await using world = await openBackgroundWorld()
    const { database } = world.app
    await world.sql`create table facts (n int)`
    const merge = { kind: 'trial', mergeKey: 'trial' }
    await world.add(merge)
    const [isOpen, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const load = database.transaction(async tx => {
      await tx`insert into facts values (1)`
      await addJob(tx, { triggeredBy: 'match', payload: {}, ...merge })
      isOpen.resolve()
      await mayEnd.promise
    })
    await isOpen.promise
    const seen: number[] = []
    const free = Promise.withResolvers<void>()
    await using _ = await startTestWorker(world, {
      trial: async ({ app }) => {
        const rows = await app.database.run(sql => sql`select from facts`)
        seen.push(rows.length)
        await free.promise
        return {}
      },
      other: nothing,
    })
    // The worker is at work by then, and leaves the locked one alone.
    await world.add({ kind: 'other' })
    await world.have('queued', 'completed')
    expect(seen).toEqual([])
    mayEnd.resolve()
    await load
    await world.have('processing', 'completed')
    await until('the job has looked', () => seen.length > 0)
    expect(seen).toEqual([1])
    expect(await world.add(merge)).toMatchObject({ isNew: true })
    free.resolve()
    await world.have('completed', 'completed', 'completed')
  })
})

const posted = { isPosted: true, channel: undefined }

describe('caches', () => {
  test('are told after a job; one that cannot be reached is tried three times, and the job is done all the same', async () => {
    await using cache = await startCache(500, 500, 500, 204)
    await using world = await openBackgroundWorld(cache.settings)
    await using _ = await startTestWorker(world, {
      trial: async ({ app }) => {
        await app.database.transaction(tx => addNotice(tx, { sport: 'nba', tags: ['season_stats'], at: new Date() }, posted))
        return {}
      },
    })
    await world.add()
    await world.have('completed')
    await until('it has given up', () => world.logged.some(({ event }) => event === 'notices.unsent'))
    expect(world.logged.filter(({ level }) => level === 'warn')).toMatchObject([
      { event: 'notices.unsent', sport: 'nba', reason: 'The cache cannot be reached, 3 attempts: It answered 500.' },
    ])
    expect(cache.told).toEqual(Array(3).fill({ tags: ['season_stats'], authorization: 'Bearer sesame' }))
    await world.sql`update ingest_outbox set due_at = now()`
    await world.add()
    await until('it is told', () => cache.told.length === 4)
  })

  test('are not looked for elsewhere: a redirect is no answer, and the key stays here', async () => {
    await using elsewhere = await startReceiver()
    await using cache = await startReceiver({ status: 307, headers: { location: elsewhere.url } })
    await using world = await openBackgroundWorld({ CACHE_INVALIDATION_URL: cache.url, INTERNAL_API_KEY: 'sesame' })
    await world.app.database.transaction(tx => addNotice(tx, { sport: 'nba', tags: ['season_stats'], at: new Date() }, posted))
    await using _ = await startTestWorker(world, {})
    await until('it has given up', () => world.logged.some(({ event }) => event === 'notices.unsent'))
    expect([cache.received.length, elsewhere.received.length]).toEqual([3, 0])
  })

  test('are not asked again before their Retry-After, and what they say of the key is not kept', async () => {
    const body = 'No such key: Bearer sesame'
    await using cache = await startReceiver({
      status: 503,
      headers: { 'retry-after': '600', 'content-type': 'text/plain' },
      body,
    })
    await using world = await openBackgroundWorld({ CACHE_INVALIDATION_URL: cache.url, INTERNAL_API_KEY: 'sesame' })
    await world.app.database.transaction(tx => addNotice(tx, { sport: 'nba', tags: ['season_stats'], at: new Date() }, posted))
    await using _ = await startTestWorker(world, {})
    const unsent = () => world.logged.find(({ event }) => event === 'notices.unsent')
    await until('it has given up', () => unsent() !== undefined)
    expect(unsent()).toMatchObject({ reason: 'The cache cannot be reached, 1 attempt: It answered 503.' })
    expect(cache.received).toHaveLength(1)
    expect(await world.sql`select last_error as said, due_at > now() + interval '9 minutes' as waits from ingest_outbox`).toEqual(
      [{ said: 'The cache cannot be reached, 1 attempt: It answered 503.', waits: true }],
    )
  })

  test('that take no more at once are told in several requests', async () => {
    await using cache = await startCache(413, 413, 204)
    await using world = await openBackgroundWorld(cache.settings)
    for (const tags of [
      ['a', 'b'],
      ['b', 'c', 'd'],
    ])
      await world.app.database.transaction(tx => addNotice(tx, { sport: 'nba', tags, at: new Date() }, posted))
    await using _ = await startTestWorker(world, {})
    await until('all are sent', async () => (await world.sql`select from ingest_outbox where sent_at is null`).length === 0)
    expect(cache.told.map(({ tags }) => tags.join(''))).toEqual(['abcd', 'ab', 'a', 'b', 'cd'])
  })
})
