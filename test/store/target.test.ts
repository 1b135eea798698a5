import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, expect, inject, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { urlTarget } from '../../src/store/target.ts'
import { createTestDatabase } from '../support/database.ts'
import { noPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'

async function startStandIn(answer: (socket: Socket) => void): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    answer(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `postgres://me:s3cret@127.0.0.1:${(server.address() as AddressInfo).port}/sports`,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

const connect = (url: string) => urlTarget(url, undefined).connect({ max: 1 })

test('a server that says nothing is given up after connect_timeout', async () => {
  await using server = await startStandIn(() => {})
  const sql = connect(`${server.url}?connect_timeout=1`)
  await expect(sql`select 1`).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT', message: expect.stringMatching(/within 2 s$/) })
  await sql.end()
})

test('what is still being opened ends with its connections', async () => {
  const opened = Promise.withResolvers<Socket>()
  await using server = await startStandIn(opened.resolve)
  const sql = connect(server.url)
  const asked = sql`select 1`.catch(error => error.code)
  const socket = await opened.promise
  socket.resume()
  await sql.end({ timeout: 0 })
  await once(socket, 'close')
  expect(await asked).toBe('CONNECTION_DESTROYED')
})

test('a connection that could not be opened is opened anew for the next statement', async () => {
  const sql = connect('postgres://me@127.0.0.1:1/x')
  for (let i = 0; i < 3; i++) await expect(sql`select 1`).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await sql.end()
})

test('what comes with the answer to the request for TLS is not taken for an answer under TLS', async () => {
  await using server = await startStandIn(socket => socket.once('data', () => socket.write('Sand more')))
  const sql = connect(`${server.url}?sslmode=require`)
  await expect(sql`select 1`).rejects.toMatchObject({ code: 'TLS_NOT_OFFERED' })
  await sql.end()
})

// A pooler tells of it in its own words.
test.skipIf(inject('poolerUrl'))(
  'a statement that the server ends together with its session fails with what the server says',
  async () => {
    await using store = await createTestDatabase()
    const sql = connect(store.url)
    const asked = sql`select pg_terminate_backend(pg_backend_pid()), repeat('E', 5000)`
    await expect(asked).rejects.toMatchObject({ code: '57P01', message: expect.stringContaining('terminating connection') })
    await sql.end({ timeout: 0 })
  },
)

describe('a database that has to be made, by a role that is read-only by default and whose statements are short', () => {
  const openAs = async (url: string, more: { name: string; role: string }) => {
    const own = new URL(url)
    own.username = more.role
    const settings = { url: own.href, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 1 }
    return await openDatabase({ settings, name: more.name, schema: 'as-is', clock: createClock(), log: silentLog })
  }
  const start = async () => {
    const db = await createTestDatabase({ empty: true })
    const [role, name] = [`short_${db.name}`, `made_${db.name}`]
    await db.sql.unsafe(`create role ${role} login createdb password '${new URL(db.url).password}'`)
    for (const setting of ['default_transaction_read_only = on', `statement_timeout = '20ms'`])
      await db.sql.unsafe(`alter role ${role} set ${setting}`)
    const isThere = async () => (await db.sql`select from pg_database where datname = ${name}`).length === 1
    return {
      ...{ db, role, name, isThere },
      [Symbol.asyncDispose]: async () => {
        await db.sql.unsafe(`drop database if exists ${name} with (force)`)
        await db.sql.unsafe(`drop role ${role}`)
        await db[Symbol.asyncDispose]()
      },
    }
  }

  // A pooler has a role of its own.
  test.skipIf(inject('poolerUrl'))('is made', async () => {
    await using world = await start()
    const database = await openAs(world.db.url, world)
    await database.close()
    expect(await world.isThere()).toBe(true)
  })

  test.skipIf(noPgBouncer)('is refused behind a pooler, with what to do', async () => {
    await using world = await start()
    const server = new URL(inject('databaseUrl'))
    server.username = world.role
    await using pooler = await startPgBouncer(server.href, 'transaction')
    await expect(openAs(pooler.url.replace('NAME', world.db.name), world)).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringMatching(/cannot be created through a pooler with the settings of this role/),
      hint: expect.stringContaining('CREATE DATABASE'),
    })
    expect(await world.isThere()).toBe(false)
  })
})
