// The queue of the program, by itself, and with the records of its jobs.
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { openApp } from '../../src/app.ts'
import { createClock } from '../../src/core/clock.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import { silentLog } from '../../src/core/log.ts'
import { runWorker } from '../../src/jobs/background/run-worker.ts'
import type { QueueDriver } from '../../src/queue/queue.ts'
import { addJob } from '../../src/store/background-jobs.ts'
import { openTestQueue } from '../support/test-queue.ts'
import { concurrency, type Subject } from './queue-subject.ts'

export async function openOwn(driver: QueueDriver, url: string): Promise<Subject> {
  const opened = await openTestQueue(driver, url, 'ours')
  const { queue } = opened
  return {
    fill: count => queue.send(Array.from({ length: count }, (_, n) => ({ id: randomUUID(), payload: { n } }))),
    work: async onBegin => {
      const handle = async () => {
        onBegin()
        return { kind: 'done' } as const
      }
      const working = await queue.work(handle, { concurrency })
      return () => working.stop()
    },
    close: async () => await opened[Symbol.asyncDispose](),
  }
}

/** As `worker` does it. */
export async function openWithRecords(driver: QueueDriver, url: string, redisUrl: string): Promise<Subject> {
  const env = { DATABASE_URL: url, REDIS_URL: redisUrl, SPORTS_INGEST_QUEUE_DRIVER: driver }
  const { config } = await loadConfig({ env, cwd: tmpdir() })
  const signal = new AbortController().signal
  const app = await openApp({ config, clock: createClock(), log: silentLog, signal })
  return {
    fill: async count => {
      if (count === 1) {
        await app.database.transaction(tx => addJob(tx, { kind: 'trial', triggeredBy: 'admin', payload: {} }))
        return
      }
      await app.database.run(
        sql => sql`
          insert into background_job_status (kind, status, priority, triggered_by, payload)
          select 'trial', 'queued', 1, 'admin', '{}' from generate_series(1, ${count})`,
      )
    },
    work: async onBegin => {
      const stop = new AbortController()
      const { promise: isReady, resolve } = Promise.withResolvers<void>()
      const listener = { onReady: () => resolve(), onBegin, onEnd: () => {} }
      const kinds = { trial: async () => ({}) }
      const ended = runWorker({ ...app, signal: stop.signal }, { concurrency, kinds }, listener).catch(() => {})
      await isReady
      return async () => {
        stop.abort(new Error('over'))
        await ended
      }
    },
    close: () => app.close(),
  }
}
