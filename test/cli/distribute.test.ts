import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { eachDay } from '../../src/core/days.ts'
import { runCli, startCli } from '../support/cli.ts'
import { result } from '../support/hand-made-racing.ts'
import { startRacingWorld } from '../support/racing-world.ts'
import { until } from '../support/until.ts'
import { startWorker } from '../support/worker-run.ts'

test('a unit that a worker cannot load for want of an account waits for a worker that can', async () => {
  const days = eachDay('2025-10-01', '2025-10-03')
  await using world = await startRacingWorld({ results: Object.fromEntries(days.map(day => [day, [result(day, 1)]])), cards: {} })
  const { sql } = world
  const env = { ...world.env, SPORTS_INGEST_NOW: '2025-10-04T12:00:00Z' }
  await using unfit = startWorker({ ...env, RACING_API_USERNAME: undefined, RACING_API_PASSWORD: undefined, WORKER_ID: 'unfit' })
  await unfit.ready()
  const words = [
    'schedule',
    'backfill',
    '--sport',
    'racing',
    '--from',
    '2025-10-01',
    '--to',
    '2025-10-03',
    '--distribute',
    '--json',
  ]
  const run = startCli(words, env)
  const said: string[] = []
  createInterface(run.child.stderr as Readable).on('line', line => said.push(line))
  const reasons = () => sql<{ why: string }[]>`
    select distinct last_error as why from background_job_status where kind = 'unit' and last_error is not null`
  await until('it was tried', async () => (await reasons()).length > 0)
  expect(await reasons()).toEqual([
    { why: 'Worker unfit cannot load it: the-racing-api wants an account, and its username is not set.' },
  ])
  await using fit = startWorker({ ...env, WORKER_ID: 'fit' })
  await fit.ready()
  const { code, stdout } = await run.done
  expect({ code, said }).toMatchObject({ code: 0 })
  expect(JSON.parse(stdout)).toMatchObject({ failures: 0, runs: [{ units: { done: 3, failed: 0 } }] })
  expect(
    await sql`select distinct status, worker_id as worker, retry_count as retries from background_job_status where kind = 'unit'`,
  ).toEqual([{ status: 'completed', worker: 'fit', retries: 0 }])
})

test('where the settings let nothing be written, units are not given to workers, and no job is queued', async () => {
  await using world = await startRacingWorld({ results: { '2025-10-01': [result('2025-10-01', 1)] }, cards: {} })
  const env = { ...world.env, SPORTS_INGEST_NOW: '2025-10-04T12:00:00Z', SPORTS_INGEST_FEATURES_DRY_RUN: 'true' }
  const words = [
    'schedule',
    'backfill',
    '--sport',
    'racing',
    '--from',
    '2025-10-01',
    '--to',
    '2025-10-01',
    '--distribute',
    '--json',
  ]
  const { code, stdout } = await runCli(words, env)
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, runs: [{ dryRun: true, units: { done: 1 } }] })
  for (const command of [
    ['stats', 'run'],
    ['jobs', 'enqueue'],
  ])
    expect(await runCli(command, env)).toMatchObject({ code: 101, stderr: expect.stringContaining('features.dry_run is on') })
  expect(await world.sql`select 1 from races union all select 1 from background_job_status`).toEqual([])
})
