import { describe, expect, test } from 'vitest'
import { BusyError } from '../../src/core/errors.ts'
import type { HeldJob } from '../../src/schedule/file-job.ts'
import { findJob } from '../../src/schedule/jobs-of-file.ts'
import { runFileJob } from '../../src/schedule/run-file-job.ts'
import { startSchedule } from '../support/schedule-world.ts'

const [first, second, third] = ['2026-03-02T06:00:00Z', '2026-03-03T06:00:00Z', '2026-03-04T06:00:00Z'] as const

type World = Awaited<ReturnType<typeof startSchedule>>
const backgroundJobs = ({ store }: World) =>
  store.sql`select status, priority, triggered_by as by, payload from background_job_status order by id`

const job = { run: 'stats', sport: 'nba', functions: ['update_power_ratings'], full: true } as const

describe('stats as a job of the file', () => {
  test('are queued for a worker, once while they wait, and the ledger says as which job', async () => {
    await using world = await startSchedule({ stats: job, all: { run: 'stats', frequency: '0 6 2 * *' } })
    const ran = await world.run(first)
    expect(ran).toMatchObject([
      { job: 'stats', status: 'done', failures: 0, runs: [], message: 'Job 1 is queued. See sports-ingest jobs show 1.' },
      { job: 'all', status: 'done', failures: 0, runs: [], message: 'Job 2 is queued. See sports-ingest jobs show 2.' },
    ])
    const queued = { status: 'queued', priority: 1, by: 'cron' }
    const nba = { ...queued, payload: { sports: ['nba'], functions: ['update_power_ratings'], full: true } }
    const racing = { ...queued, payload: { sports: ['racing'] } }
    expect(await backgroundJobs(world)).toEqual([nba, racing])
    expect(await world.why('stats', '2026-03-02T06:00', second)).toMatch(
      /^stats was due at 2026-03-02 06:00 UTC, and ran on .* Job 1 is queued\. See sports-ingest jobs show 1\.$/,
    )
    expect(await world.run(second)).toMatchObject([{ message: 'Job 1 waits already. See sports-ingest jobs show 1.' }])
    expect(await backgroundJobs(world)).toEqual([nba, racing])
    await world.store.sql`update background_job_status set status = 'completed', merge_key = null`
    await world.run(third)
    expect((await backgroundJobs(world)).slice(2)).toEqual([nba])
    expect(await world.ledger('stats')).toEqual(['2026-03-02T06:00 done', '2026-03-03T06:00 done', '2026-03-04T06:00 done'])
  })

  test('are not queued by who has lost the right to do so', async () => {
    await using world = await startSchedule({ stats: job })
    const finish = () => Promise.reject(new BusyError('Lost the lease job:stats.'))
    const held = { dueAt: new Date(first), finish } as unknown as HeldJob
    const end = await world.withApp(first, app => runFileJob(app, findJob(app.config, 'stats'), { sandbox: false, held }))
    expect(end).toMatchObject({ failures: 1, errors: [{ message: 'Lost the lease job:stats.' }] })
    expect(await backgroundJobs(world)).toEqual([])
  })

  test('are computed at once where those of cron are not queued; what has failed is tried again at the next due time', async () => {
    await using world = await startSchedule({ stats: { run: 'stats' } }, undefined, { USE_BG_JOBS_CRON: 'false' })
    const { sql } = world.store
    await sql`alter table player_power_rating rename to elsewhere`
    const [failed] = await world.run(first)
    expect(failed).toMatchObject({ status: 'failed', failures: 1 })
    expect(failed?.message).toMatch(
      /^Job 1 has failed: update_power_ratings: .*player_power_rating.* See sports-ingest jobs show 1\.$/,
    )
    await sql`alter table elsewhere rename to player_power_rating`
    expect(await world.run(second)).toMatchObject([
      {
        status: 'done',
        message: expect.stringMatching(/Job 1 is completed: 1 functions, 0 rows written\./),
      },
    ])
    expect((await backgroundJobs(world)).map(({ status }) => status)).toEqual(['completed', 'completed'])
    expect(await sql`select from pg_namespace where nspname = 'pgboss'`).toHaveLength(0)
  })

  test('of a sport that has none are a failure that says so', async () => {
    await using world = await startSchedule({ stats: { run: 'stats', sport: 'football' } })
    const [ran] = await world.run(first)
    expect(ran).toMatchObject({
      status: 'failed',
      failures: 1,
      message: expect.stringMatching(/^There is no sport called football\./),
    })
    expect(await backgroundJobs(world)).toEqual([])
  })
})
