import { describe, expect, inject, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import type { Log } from '../../src/core/log.ts'
import { silentLog } from '../../src/core/log.ts'
import { findListen } from '../../src/store/listen.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { createDatabaseOn, type TestDatabase } from '../support/database-server.ts'
import { noPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { until } from '../support/until.ts'

const server = inject('databaseUrl')

/** The database behind PgBouncer, with another address beside it, and what is told of that. */
async function openPooled(db: TestDatabase, directUrl?: (pooler: string) => string) {
  const stack = new AsyncDisposableStack()
  const pooler = stack.use(await startPgBouncer(server, 'transaction'))
  const url = pooler.url.replace('NAME', db.name)
  const settings = { url, directUrl: directUrl?.(url), dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 1 }
  const database = await openDatabase({ settings, schema: 'as-is', clock: createClock(), log: silentLog })
  stack.defer(() => database.close())
  const told: unknown[] = []
  const log: Log = { ...silentLog, warn: (event, fields) => void told.push({ event, ...fields }) }
  return { database, told, listen: await findListen(database, log), [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

describe.skipIf(noPgBouncer)('behind PgBouncer, notifications', () => {
  test('are heard by DATABASE_DIRECT_URL, after its session was lost, too', async () => {
    await using db = await createDatabaseOn(server)
    await using pooled = await openPooled(db, () => server.replace('NAME', db.name))
    const heard: string[] = []
    let listens = 0
    const listening = await pooled.listen?.(
      'changes',
      payload => heard.push(payload),
      () => listens++,
    )
    const notify = (payload: string) => pooled.database.run(sql => sql`select pg_notify('changes', ${payload})`)
    await notify('one')
    await until('it is heard', () => heard.length === 1)
    await db.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${db.name} and query = 'listen "changes"'`
    await until('it listens again', () => listens === 2)
    await notify('two')
    await until('it is heard', () => heard.length === 2)
    expect([heard, pooled.told]).toEqual([['one', 'two'], []])
    await listening?.close()
  })

  test('are not, without it', async () => {
    await using db = await createDatabaseOn(server)
    await using pooled = await openPooled(db)
    expect([pooled.listen, pooled.told]).toEqual([undefined, []])
  })

  test.each([
    ['is a pooler, too', (pooler: string) => pooler, /^it is the address of a pooler, too\.$/],
    [
      'leads to another database',
      () => server.replace('NAME', 'postgres'),
      /^it is not the same database: a notification did not/,
    ],
    ['cannot be reached', () => 'postgres://127.0.0.1:1/x', /^The database x at 127\.0\.0\.1:1 cannot be reached/],
  ])('are not where DATABASE_DIRECT_URL %s, which is told', async (_, url, reason) => {
    await using db = await createDatabaseOn(server)
    await using pooled = await openPooled(db, url)
    expect([pooled.listen, pooled.told]).toEqual([
      undefined,
      [
        {
          event: 'database.direct',
          reason: expect.stringMatching(reason),
          message: expect.stringMatching(/^DATABASE_DIRECT_URL is of no use, and new jobs are looked for: /),
        },
      ],
    ])
  })
})
