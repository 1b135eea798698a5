import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { openDataDirectory } from '../support/data-directory.ts'
import { noRedis, startRedis } from '../support/redis.ts'
import { halted, until } from '../support/until.ts'
import { addJobs, countEnds, countJobs, startWorker } from '../support/worker-run.ts'

/** From when the server is back until nothing is left of what was at work. */
const longestMs = 15_000

const jobs = 300

interface Trial {
  mode: 'fast' | 'immediate'
  /** How long the server stays away. */
  awayMs: number
  driver?: 'bullmq'
  /** The workers start the server again by themselves. */
  isEmbedded?: boolean
}

/** Stops the server under two workers that hold jobs: one has begun them, the other is about to write that they are done. */
async function stopUnderWorkers({ mode, awayMs, driver, isEmbedded }: Trial): Promise<void> {
  await using db = await openDataDirectory()
  await using redis = driver === 'bullmq' ? await startRedis() : undefined
  const env = {
    ...(isEmbedded ? { SPORTS_INGEST_DATA_DIR: db.dataDir } : { DATABASE_URL: db.url }),
    ...(redis && { SPORTS_INGEST_QUEUE_DRIVER: driver, REDIS_URL: redis.url }),
  }
  const ends = await countEnds(db.sql)
  await using first = startWorker({ ...env, WORKER_ID: 'first', SPORTS_INGEST_STEP: 'stop:job-begun:20' })
  await using second = startWorker({ ...env, WORKER_ID: 'second', SPORTS_INGEST_STEP: 'stop:job-worked:20' })
  await Promise.all([first.ready(), second.ready()])
  await addJobs(db.sql, jobs)
  await Promise.all([halted(first.pid), halted(second.pid)])
  const before = await countJobs(db.sql)
  expect([before['processing'], before['queued']]).toEqual([expect.any(Number), expect.any(Number)])

  await db.stop(mode)
  for (const { child } of [first, second]) child.kill('SIGCONT')
  await sleep(awayMs)
  if (!isEmbedded) await db.start()
  const sinceMs = performance.now()
  await until('it answers', () =>
    db.sql`select`.then(
      () => true,
      () => false,
    ),
  )
  await until('all are done', async () => (await countJobs(db.sql))['completed'] === jobs)
  expect(performance.now() - sinceMs).toBeLessThan(longestMs)
  const counts = await ends()
  expect([counts.length, new Set(counts)]).toEqual([jobs, new Set([1])])

  // Both are at work again, and stop as ever.
  await until('both are there', async () => (await db.sql`select from ingest_leases where expires_at > now()`).length === 2)
  for (const { child } of [first, second]) child.kill('SIGTERM')
  expect([(await first.done).code, (await second.done).code]).toEqual([143, 143])
}

describe.concurrent('a server that is stopped and started again under workers loses no job, and has none done twice', () => {
  test('after a fast stop', () => stopUnderWorkers({ mode: 'fast', awayMs: 500 }))
  test('after an immediate stop', () => stopUnderWorkers({ mode: 'immediate', awayMs: 500 }))
  test('when it stays away for longer than a statement is tried again', () =>
    stopUnderWorkers({ mode: 'immediate', awayMs: 12_000 }))
  test('when it is the embedded one, which they start again', () =>
    stopUnderWorkers({ mode: 'immediate', awayMs: 0, isEmbedded: true }))
  test.skipIf(noRedis)('where Redis carries the jobs', () => stopUnderWorkers({ mode: 'fast', awayMs: 500, driver: 'bullmq' }))
})
