import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { copyInto } from '../../src/store/bulk-load.ts'
import { copyChunks } from '../../src/store/copy-stream.ts'
import type { Database } from '../../src/store/database.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { createTestDatabase } from '../support/database.ts'
import { startPostgresProxy } from '../support/postgres-proxy.ts'

const queryTimeoutMs = 400

/** With a table and one row of `started` in it: who sends its lines sees the COPY at work. */
async function startSlow() {
  const db = await createTestDatabase({ empty: true })
  await db.sql`create table kept (n int primary key)`
  const proxy = await startPostgresProxy(db.url)
  const settings = { url: proxy.url, dataDir: '/nowhere', queryTimeoutMs, reconnectAttempts: 1 }
  const database: Database = await openDatabase({ settings, schema: 'as-is', clock: createClock(), log: silentLog })
  const load = { table: 'kept', keys: ['n'], columns: ['n'], part: undefined }
  return {
    db,
    proxy,
    database,
    copy: (lines: AsyncGenerator<Uint8Array>) => database.transaction(tx => copyInto(tx, load, lines)),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await database.close()
      await db[Symbol.asyncDispose]()
    },
  }
}

test('lines may come more slowly than a statement may take; the next statement is limited again', async () => {
  await using slow = await startSlow()
  async function* drips() {
    for (const n of [1, 2, 3, 4]) {
      yield Buffer.from(`${n}\n`)
      await wait(queryTimeoutMs / 2)
    }
  }
  await slow.copy(drips())
  expect(await slow.db.sql`select count(*)::int as n from kept`).toEqual([{ n: 4 }])
  const load = { table: 'kept', keys: ['n'], columns: ['n'], part: undefined }
  async function* one() {
    yield Buffer.from('5\n')
  }
  const both = slow.database.transaction(async tx => {
    await copyInto(tx, load, one())
    await tx`select pg_sleep(5)`
  })
  await expect(both).rejects.toMatchObject({ name: 'StoreError', message: expect.stringMatching(/statement timeout/) })
})

test.each(['between two lines', 'at the end'])('a server that hangs within a COPY, %s, is a StoreError', async when => {
  await using slow = await startSlow()
  async function* lines() {
    yield Buffer.from('1\n')
    await wait(0)
    slow.proxy.freeze()
    // More than the buffers of a socket hold.
    if (when === 'between two lines') for (let i = 0; i < 100; i++) yield Buffer.alloc(1 << 20, '2\n')
  }
  const before = performance.now()
  await expect(slow.copy(lines())).rejects.toMatchObject({
    name: 'StoreError',
    message: expect.stringMatching(/^The database took nothing of a COPY for 0\.4 s/),
  })
  expect(performance.now() - before).toBeLessThan(10 * queryTimeoutMs)
})

test('a COPY that waits for a lock on its table ends as a statement does', async () => {
  await using slow = await startSlow()
  const locked = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  const holder = slow.db.sql.begin(async tx => {
    await tx`lock table kept in access exclusive mode`
    locked.resolve()
    await done.promise
  })
  await locked.promise
  async function* one() {
    yield Buffer.from('1\n')
  }
  const late = wait(10 * queryTimeoutMs, 'still waiting')
  const ended = slow.copy(one()).then(
    () => 'loaded',
    (error: Error) => error,
  )
  const outcome = await Promise.race([ended, late])
  done.resolve()
  await holder
  await ended
  expect(outcome).toMatchObject({ name: 'StoreError' })
})

test('a server that hangs before it begins a COPY is a StoreError', async () => {
  await using slow = await startSlow()
  const copy = slow.database.transaction(async tx => {
    slow.proxy.freeze()
    await copyChunks(tx, sql => sql`copy kept (n) from stdin`, [Buffer.from('1\n')])
  })
  const late = wait(10 * queryTimeoutMs, 'still waiting')
  expect(await Promise.race([copy.catch((error: Error) => error), late])).toMatchObject({ name: 'StoreError' })
})

test('an error of who sends the lines is thrown, and the session serves the next', async () => {
  await using slow = await startSlow()
  // biome-ignore lint/correctness/useYield: it fails before its first line.
  async function* broken(): AsyncGenerator<Uint8Array> {
    throw new Error('no lines')
  }
  async function* brokenLater() {
    yield Buffer.from('1\n')
    throw new Error('no more lines')
  }
  await expect(slow.copy(broken())).rejects.toThrow('no lines')
  await expect(slow.copy(brokenLater())).rejects.toThrow('no more lines')
  async function* fine() {
    yield Buffer.from('1\n')
  }
  await slow.copy(fine())
})
