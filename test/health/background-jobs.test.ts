import { expect, test } from 'vitest'
import { checkBackgroundJobs } from '../../src/health/background-jobs.ts'
import { takeLease } from '../../src/store/leases.ts'
import { type BackgroundWorld, openBackgroundWorld } from '../support/background-world.ts'

/** Each as `status message → remedy`. */
const look = async ({ app }: BackgroundWorld) =>
  (await checkBackgroundJobs(app.database)).map(
    ({ status, message, remedy }) => `${status} ${message}${remedy ? ` → ${remedy}` : ''}`,
  )

/** As if all that is there had been added, and begun, so much earlier. */
const age = ({ sql }: BackgroundWorld, by: string) =>
  sql`update background_job_status set created_at = created_at - ${by}::interval, due_at = due_at - ${by}::interval, started_at = started_at - ${by}::interval`

test('jobs that wait are none for an hour, and a finding after that: nobody works, or there are too few', async () => {
  await using world = await openBackgroundWorld()
  expect(await look(world)).toEqual(['ok 0 jobs wait, 0 at work; 0 workers are running.'])
  await world.add()
  await world.add()
  await age(world, '59 minutes')
  expect(await look(world)).toEqual(['ok 2 jobs wait, 0 at work; 0 workers are running.'])
  await age(world, '2 minutes')
  expect(await look(world)).toEqual([
    expect.stringMatching(
      /^warning 2 jobs wait, the oldest since \d{4}-\d\d-\d\d \d\d:\d\dZ, and no worker is running: statistics are not recomputed\. → Start one and keep it running: sports-ingest worker\. To do without, set background_jobs\.global to false: each load then does the work itself\.$/,
    ),
  ])
  await using _ = await takeWorker(world)
  expect(await look(world)).toEqual([
    expect.stringMatching(
      /^warning 2 jobs wait, the oldest since .*, and 1 worker is running\. → Start more workers, or look into their logs; worker\.queue_name and queue\.driver have to be the same for all of them\.$/,
    ),
  ])
  // What is put off does not wait.
  await world.sql`update background_job_status set due_at = now() + interval '1 minute'`
  expect(await look(world)).toEqual(['ok 2 jobs wait, 0 at work; 1 worker is running.'])
})

test('jobs that have failed are a finding, with the words of the newest', async () => {
  await using world = await openBackgroundWorld()
  await world.add()
  await world.sql`update background_job_status set status = 'failed', last_error = 'No such column.'`
  const remedy = 'sports-ingest jobs list --status failed shows them; jobs retry tries one again, jobs prune removes old ones.'
  expect(await look(world)).toEqual([`warning 1 job has failed. The newest says: No such column. → ${remedy}`])
  await world.add()
  await world.sql`update background_job_status set status = 'failed', last_error = 'No such table.' where last_error is null`
  expect(await look(world)).toEqual([`warning 2 jobs have failed. The newest says: No such table. → ${remedy}`])
})

test('jobs at work are well while their workers live, and a finding when these are gone and nobody takes them over', async () => {
  await using world = await openBackgroundWorld()
  await world.add()
  await using worker = await takeWorker(world)
  await world.sql`update background_job_status set status = 'processing', started_at = now() - interval '1 hour', lease = 'worker:one'`
  expect(await look(world)).toEqual(['ok 0 jobs wait, 1 at work; 1 worker is running.'])
  const finding =
    'warning 1 job is at work for workers that are gone; 0 workers are running. → Start one, and it takes them over within 15 seconds: sports-ingest worker.'
  await world.sql`update ingest_leases set expires_at = now() - interval '2 minutes'`
  expect(await look(world)).toEqual([finding])
  await worker.end()
  expect(await look(world)).toEqual([finding])
  await world.sql`update background_job_status set started_at = now()`
  expect(await look(world)).toEqual(['ok 0 jobs wait, 1 at work; 0 workers are running.'])
})

/** The lease of a worker that takes nothing. */
async function takeWorker({ app }: BackgroundWorld) {
  const lease = await takeLease(app.database, 'worker:one', app.log)
  const end = () => lease.release()
  return { end, [Symbol.asyncDispose]: end }
}
