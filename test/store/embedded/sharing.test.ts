import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { createClock } from '../../../src/core/clock.ts'
import { silentLog } from '../../../src/core/log.ts'
import { openEmbeddedServer } from '../../../src/store/embedded/server.ts'
import { makeRoom, postmasterOf, processesIn, startClient, until, watchersOf } from './processes.ts'

test('the first to open makes the database and starts the server; nothing runs after the last has closed', async () => {
  await using room = await makeRoom()
  await using client = startClient(room.dataDir)
  expect(await client.opened).toBe('ok')
  expect(await client.ask('query')).toBe('ok sports_ingest')
  expect(await client.ask('version')).toMatch(/^ok 18\.\d+$/)
  expect(await client.ask('settings')).toBe('ok on')
  const pid = postmasterOf(room.cluster)
  expect(await client.ask('close')).toBe('ok')
  expect(processesIn(room.cluster)).not.toContain(pid)
  await until('the watcher has gone', () => processesIn(room.cluster).length === 0)
  expect(existsSync(join(room.cluster, 'postmaster.pid'))).toBe(false)
})

test('ten processes at once on a fresh directory share one server and leave one database', async () => {
  await using room = await makeRoom()
  await using stack = new AsyncDisposableStack()
  const clients = Array.from({ length: 10 }, () => stack.use(startClient(room.dataDir)))
  expect(await Promise.all(clients.map(client => client.opened))).toEqual(clients.map(() => 'ok'))
  expect(await Promise.all(clients.map(client => client.ask('query')))).toEqual(clients.map(() => 'ok sports_ingest'))
  expect(await readdir(room.dataDir)).toEqual(['pgdata-18', 'postgres.log'])
  await until('only the watcher of the server is left', () => watchersOf(room.cluster).length === 2)
  await Promise.all(clients.map(client => client.ask('close')))
  await until('the server has stopped', () => processesIn(room.cluster).length === 0)
})

test('clients that close or are killed leave the server to the others, until the last is killed', async () => {
  await using room = await makeRoom()
  await using first = startClient(room.dataDir)
  await first.opened
  await using second = startClient(room.dataDir)
  await second.opened
  await using brief = startClient(room.dataDir)
  await brief.opened
  const pid = postmasterOf(room.cluster)
  expect(await brief.ask('close')).toBe('ok')
  await first.ask('remember')
  await first.kill()
  expect(await second.ask('query')).toBe('ok sports_ingest')
  expect(postmasterOf(room.cluster)).toBe(pid)
  await second.kill()
  await until('the server has stopped', () => processesIn(room.cluster).length === 0)
  await using third = startClient(room.dataDir)
  expect(await third.opened).toBe('ok')
  expect(await third.ask('recall')).toBe('ok 1')
})

test('a process killed while it makes the database or starts the server leaves nothing that runs, nor half-made files', async () => {
  await using room = await makeRoom()
  await using first = startClient(room.dataDir)
  await until('it makes the database', () => existsSync(room.dataDir))
  await first.kill()
  await using second = startClient(room.dataDir)
  await until('its server starts', () => existsSync(join(room.cluster, 'postmaster.pid')))
  await second.kill()
  await until('the server has stopped', () => processesIn(room.cluster).length === 0)
  await using third = startClient(room.dataDir)
  expect(await third.opened).toBe('ok')
  expect(await readdir(room.dataDir)).toEqual(['pgdata-18', 'postgres.log'])
})

test('clients that come and go without a pause always find a server', async () => {
  await using room = await makeRoom()
  const visit = async () => {
    for (let round = 0; round < 12; round++) {
      const server = await openEmbeddedServer({ dataDir: room.dataDir, clock: createClock(), log: silentLog })
      const { path, user } = server.connection
      const sql = postgres({ path, host: 'localhost', user, database: 'postgres', max: 1, fetch_types: false })
      expect(await sql`select 1 as answer`).toEqual([{ answer: 1 }])
      await sql.end()
      await server.close()
    }
  }
  await Promise.all([visit(), visit(), visit()])
})

test('opening ends with the reason of its signal, and leaves nothing that runs', async () => {
  await using room = await makeRoom()
  const stop = new AbortController()
  const opening = openEmbeddedServer({ dataDir: room.dataDir, clock: createClock(), log: silentLog, signal: stop.signal })
  stop.abort(new Error('stopped'))
  await expect(opening).rejects.toThrow('stopped')
  await until('nothing runs', () => processesIn(room.cluster).length === 0)
})
