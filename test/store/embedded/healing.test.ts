import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeRoom, postmasterOf, processesIn, startClient, until, watchersOf } from './processes.ts'

// One database for all; each test leaves it without a server.
const room = await makeRoom()
afterAll(async () => await room[Symbol.asyncDispose]())

test('a server that was killed comes up again for all its clients, with what it had stored', async () => {
  await using first = startClient(room.dataDir)
  await first.opened
  await using second = startClient(room.dataDir)
  await second.opened
  await first.ask('remember')
  await second.ask('sleep')
  const pid = postmasterOf(room.cluster)
  process.kill(pid, 'SIGKILL')
  expect(await Promise.all([first.ask('revive'), second.ask('revive')])).toEqual(['ok', 'ok'])
  expect(postmasterOf(room.cluster)).not.toBe(pid)
  await using third = startClient(room.dataDir)
  await third.opened
  expect(await third.ask('recall')).toBe('ok 1')
  await third.ask('close')
  await first.kill()
  expect(await second.ask('revive')).toBe('ok')
  await second.kill()
})

test('reviving a server that is well changes nothing', async () => {
  await using client = startClient(room.dataDir)
  await client.opened
  const pid = postmasterOf(room.cluster)
  expect(await client.ask('revive')).toBe('ok')
  expect(postmasterOf(room.cluster)).toBe(pid)
})

test('a server whose watcher was killed gets a new one from the next client, and stops after the last', async () => {
  await using first = startClient(room.dataDir)
  await first.opened
  const pid = postmasterOf(room.cluster)
  for (const watcher of watchersOf(room.cluster)) process.kill(watcher, 'SIGKILL')
  await first.kill()
  await using second = startClient(room.dataDir)
  expect(await second.opened).toBe('ok')
  expect(postmasterOf(room.cluster)).toBe(pid)
  await second.kill()
  await until('the server has stopped', () => processesIn(room.cluster).length === 0)
})

test('the last client stops a server whose watcher was killed', async () => {
  await using client = startClient(room.dataDir)
  await client.opened
  const pid = postmasterOf(room.cluster)
  for (const watcher of watchersOf(room.cluster)) process.kill(watcher, 'SIGKILL')
  await until('the watcher has gone', () => watchersOf(room.cluster).length === 0)
  await client.ask('close')
  expect(processesIn(room.cluster)).not.toContain(pid)
})

test('the process id left by a server of before a reboot does not matter, even where another process has it now', async () => {
  await using first = startClient(room.dataDir)
  await first.opened
  const left = readFileSync(join(room.cluster, 'postmaster.pid'), 'utf8')
  await first.ask('close')
  await until('the server has stopped', () => processesIn(room.cluster).length === 0)
  await using other = startClient(join(room.parent, 'other'))
  await other.opened
  const taken = postmasterOf(join(room.parent, 'other/pgdata-18'))
  await writeFile(join(room.cluster, 'postmaster.pid'), left.replace(/^\d+/, String(taken)))
  await using second = startClient(room.dataDir)
  expect(await second.opened).toBe('ok')
  expect(await other.ask('query')).toBe('ok sports_ingest')
  await other.ask('close')
})

test('a restored directory whose pipe became an ordinary file works', async () => {
  await using first = startClient(room.dataDir)
  await first.opened
  await first.ask('close')
  await rm(join(room.cluster, 'clients'))
  await writeFile(join(room.cluster, 'clients'), '')
  await using second = startClient(room.dataDir)
  expect(await second.opened).toBe('ok')
  await second.ask('close')
  await until('the server has stopped', () => processesIn(room.cluster).length === 0)
})
