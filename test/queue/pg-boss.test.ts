import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { queueContract } from '../contracts/queue.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { openTestQueue } from '../support/test-queue.ts'

// One for all tests, whose connections are limited.
let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase({ empty: true })
})
afterAll(() => db[Symbol.asyncDispose]())

queueContract(async () => {
  const [{ url, database }, name] = [db, randomUUID()]
  return {
    ...{ driver: 'pg-boss', url, name },
    open: () => openTestQueue('pg-boss', url, name, database),
    async [Symbol.asyncDispose]() {},
  }
})
