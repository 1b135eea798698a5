import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { noPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { until } from '../support/until.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase({ empty: true })
  await db.sql`create table kept (n int primary key)`
})
beforeEach(async () => {
  await db.sql`truncate kept`
})
afterAll(async () => await db[Symbol.asyncDispose]())

const kept = async () => (await db.sql<{ n: number }[]>`select n from kept order by n`).map(({ n }) => n)

test('what a transaction asks for after its connection was lost is refused, not done outside of it', async () => {
  const refused: unknown[] = []
  const work = db.database.transaction(async tx => {
    await tx`insert into kept values (1)`
    const [own] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`
    await db.sql`select pg_terminate_backend(${own?.pid as number})`
    await until(
      'the connection is lost',
      async () => (await db.sql`select from pg_stat_activity where pid = ${own?.pid as number}`).length === 0,
    )
    await tx`insert into kept values (2)`.catch(error => refused.push(error))
    await tx`insert into kept values (3)`.catch(error => refused.push(error))
  })
  await expect(work).rejects.toThrow(/cannot be reached/)
  expect(refused).toHaveLength(2)
  expect(await kept()).toEqual([])
  await db.database.transaction(tx => tx`insert into kept values (4)`)
  expect(await kept()).toEqual([4])
})

test('a transaction in which a statement has failed is not said to be committed', async () => {
  const work = db.database.transaction(async tx => {
    await tx`insert into kept values (1)`
    await tx`insert into kept values (1)`.catch(() => {})
  })
  await expect(work).rejects.toThrow(/could not be committed/)
  expect(await kept()).toEqual([])
})

test('an error of the work rolls it back and is thrown on, and the connection serves the next', async () => {
  const backends: number[] = []
  const work = (n: number, error?: Error) =>
    db.database.transaction(async tx => {
      const [own] = await tx<{ pid: number }[]>`insert into kept values (${n}) returning pg_backend_pid() as pid`
      backends.push(own?.pid as number)
      if (error) throw error
    })
  await expect(work(1, new Error('changed its mind'))).rejects.toThrow('changed its mind')
  await work(2)
  expect(await kept()).toEqual([2])
  expect(backends[0]).toBe(backends[1])
})

test('one that another was in the way of is repeated, and that is no trouble to tell of', async () => {
  const told: string[] = []
  const tell = (level: string) => (event: string) => void told.push(`${level} ${event}`)
  const settings = { url: db.url, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 3 }
  const log = { ...silentLog, warn: tell('warn'), debug: tell('debug') }
  const database = await openDatabase({ settings, schema: 'as-is', clock: createClock(), log })
  let tries = 0
  await database.transaction(async tx => {
    if (tries++ === 0) await tx.unsafe(`do $$ begin raise exception 'in the way' using errcode = '40001'; end $$`)
    await tx`insert into kept values (1)`
  })
  await database.close()
  expect([tries, await kept(), told]).toEqual([2, [1], ['debug database.retry']])
})

test('transactions at the same time do not see each other', async () => {
  const createMeeting = () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let arrived = 0
    return () => {
      if (++arrived === 2) resolve()
      return promise
    }
  }
  // Neither looks before both have written, nor commits before both have looked.
  const [haveWritten, haveLooked] = [createMeeting(), createMeeting()]
  const work = (n: number) =>
    db.database.transaction(async tx => {
      await tx`insert into kept values (${n})`
      await haveWritten()
      const rows = await tx`select from kept`
      await haveLooked()
      return rows.length
    })
  const seen = await Promise.all([work(1), work(2)])
  expect(seen).toEqual([1, 1])
  expect(await kept()).toEqual([1, 2])
})

// A pooler has a role of its own.
test.skipIf(inject('poolerUrl'))('work takes turns on the connections that the role may have', async () => {
  const role = `few_${db.name}`
  await db.sql.unsafe(`create role ${role} login connection limit 3; grant all on kept to ${role}`)
  const url = new URL(db.url)
  url.username = role
  const settings = { url: url.href, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 1 }
  const few = await openDatabase({ settings, schema: 'as-is', clock: createClock(), log: silentLog })
  try {
    const pids = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        few.transaction(async tx => {
          await tx`insert into kept values (${n})`
          return (await tx<{ pid: number }[]>`select pg_backend_pid() as pid, pg_sleep(0.02)`)[0]?.pid
        }),
      ),
    )
    expect(new Set(pids).size).toBeLessThan(4)
    expect(await kept()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  } finally {
    await few.close()
    await db.sql.unsafe(`drop owned by ${role}; drop role ${role}`)
  }
})

// PgBouncer lets more in than it has sessions of the server for, and keeps them waiting.
test.skipIf(noPgBouncer)(
  'all kinds of work take turns on the sessions that a pool has, and on those of which others keep none',
  async () => {
    await using pooler = await startPgBouncer(inject('databaseUrl'), 'session', 'default_pool_size = 3\nquery_wait_timeout = 20')
    const settings = {
      url: pooler.url.replace('NAME', db.name),
      ...{ dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 1 },
    }
    const few = await openDatabase({ settings, schema: 'as-is', clock: createClock(), log: silentLog })
    const own = few.openSession()
    try {
      await own.run(sql => sql`select 1`)
      const read = (n: number) => few.run(async sql => (await sql<{ n: number }[]>`select ${n}::int as n, pg_sleep(0.02)`)[0]?.n)
      const reads = await Promise.all([0, 1, 2, 3, 4, 5].map(read))
      expect(reads).toEqual([0, 1, 2, 3, 4, 5])
      await Promise.all([0, 1, 2].map(n => few.transaction(tx => tx`insert into kept values (${n})`)))
      expect(await kept()).toEqual([0, 1, 2])
      await read(6)
      await own.run(sql => sql`select 1`)
    } finally {
      await own.end(1)
      await few.close()
    }
  },
)

test('work that asks for another connection while it holds one is told so, before it could wait for itself', async () => {
  const nested = db.database.run(() => db.database.run(sql => sql`select 1`))
  await expect(nested).rejects.toThrow('asks for another connection of the same kind')
})
