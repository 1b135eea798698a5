// Queues of others, each as its documents have it where it is to be quick.
import { randomUUID } from 'node:crypto'
import { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk'
import { Logger, makeWorkerUtils, run } from 'graphile-worker'
import { PgBoss } from 'pg-boss'
import { concurrency, type OnBegin, type Subject } from './queue-subject.ts'

const numbered = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))

export async function openPgBoss(url: string): Promise<Subject> {
  const boss = new PgBoss({ connectionString: url, max: 10, useListenNotify: true, schedule: false })
  boss.on('error', () => {})
  await boss.start()
  await boss.createQueue('raw', { notify: true })
  return {
    fill: async count =>
      void (await boss.insert(
        'raw',
        numbered(count, n => ({ data: { n } })),
      )),
    work: async onBegin => {
      const how = { batchSize: concurrency, burstWhenBatchFull: true, pollingIntervalSeconds: 0.5 }
      await boss.work('raw', how, async some => {
        for (const _ of some) onBegin()
      })
      return async () => await boss.offWork('raw')
    },
    close: async () => await boss.stop({ graceful: false }),
  }
}

export async function openBull(url: string): Promise<Subject> {
  const [{ Queue: Bull, Worker }, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')])
  const connection = new Redis(url, { maxRetriesPerRequest: null })
  const queue = new Bull('raw', { connection })
  const opts = { removeOnComplete: true }
  return {
    fill: async count => void (await queue.addBulk(numbered(count, n => ({ name: 'raw', data: { n }, opts })))),
    work: async onBegin => {
      const own = connection.duplicate()
      const worker = new Worker('raw', async () => onBegin(), { connection: own, concurrency })
      await worker.waitUntilReady()
      return async () => {
        await worker.close()
        own.disconnect()
      }
    },
    close: async () => {
      await queue.close()
      connection.disconnect()
    },
  }
}

/** With its local queue, which takes 500 jobs at a time, and ends that are written together. */
export async function openGraphile(url: string): Promise<Subject> {
  const logger = new Logger(() => () => {})
  const batches = { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }
  const preset = {
    worker: { connectionString: url, concurrentJobs: concurrency, maxPoolSize: concurrency + 1, logger, ...batches },
  }
  const utils = await makeWorkerUtils({ preset })
  await utils.migrate()
  return {
    fill: async count => void (await utils.addJobs(numbered(count, n => ({ identifier: 'raw', payload: { n } })))),
    work: async onBegin => {
      const runner = await run({ preset, noHandleSignals: true, taskList: { raw: async () => onBegin() } })
      return () => runner.stop()
    },
    close: async () => await utils.release(),
  }
}

/** It finds its jobs by asking, by default once a second. */
export async function openDbos(url: string): Promise<Subject> {
  let begin: OnBegin = () => {}
  const name = 'raw'
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const start = async () => {
    DBOS.setConfig({ name, systemDatabaseUrl: url, logger, executorID: randomUUID() })
    DBOS.registerWorkflow(async () => begin(), { name })
    await DBOS.launch()
    await DBOS.registerQueue(name, { workerConcurrency: concurrency, minPollingIntervalMs: 1, onConflict: 'always_update' })
  }
  const stop = () => DBOS.shutdown({ deregister: true, workflowCompletionTimeoutMS: 1_000 })
  // It makes its tables then.
  await start()
  await stop()
  const client = await DBOSClient.create({ systemDatabaseUrl: url, logger, applicationName: name })
  return {
    fill: async count => {
      for (let left = count; left > 0; left -= 100)
        await Promise.all(numbered(Math.min(left, 100), n => client.enqueue({ workflowName: name, queueName: name }, n)))
    },
    work: async onBegin => {
      begin = onBegin
      await start()
      return stop
    },
    close: () => client.destroy(),
  }
}
