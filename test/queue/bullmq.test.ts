import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe } from 'vitest'
import { queueContract } from '../contracts/queue.ts'
import { noRedis, startRedis, type TestRedis } from '../support/redis.ts'
import { openTestQueue } from '../support/test-queue.ts'

describe.skipIf(noRedis)('BullMQ', () => {
  let redis: TestRedis
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis[Symbol.asyncDispose]())

  queueContract(async () => {
    const [{ url }, name] = [redis, randomUUID()]
    return {
      ...{ driver: 'bullmq', url, name },
      open: () => openTestQueue('bullmq', url, name),
      async [Symbol.asyncDispose]() {},
    }
  })
})
