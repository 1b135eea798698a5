import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { urlTarget } from '../../src/store/target.ts'
import { createTestDatabase } from '../support/database.ts'

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

test('a statement that the server ends together with its session fails with what the server says', async () => {
  await using store = await createTestDatabase()
  const sql = connect(store.url)
  const asked = sql`select pg_terminate_backend(pg_backend_pid()), repeat('E', 5000)`
  await expect(asked).rejects.toMatchObject({ code: '57P01', message: expect.stringContaining('terminating connection') })
  await sql.end({ timeout: 0 })
})
