import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createClock } from '../../../src/core/clock.ts'
import { silentLog } from '../../../src/core/log.ts'
import { forgetDeadPostmaster } from '../../../src/store/embedded/postmaster.ts'
import { openEmbeddedServer } from '../../../src/store/embedded/server.ts'
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

/** One of the server's processes, halted: it hears nothing, and the server waits for it. */
function haltCheckpointer(): Disposable & { pid: number } {
  const isCheckpointer = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('postgres: checkpointer')
  const pid = processesIn(room.cluster).find(isCheckpointer) as number
  process.kill(pid, 'SIGSTOP')
  return { pid, [Symbol.dispose]: () => void process.kill(pid, 'SIGCONT') }
}

const logSays = (words: string) => readFileSync(join(room.dataDir, 'postgres.log'), 'utf8').includes(words)

test('a server that does not stop is ended by its watcher, and the next client has what was stored', async () => {
  // What the watcher waits with.
  const path = mkdtempSync(join(tmpdir(), 'embedded-path-'))
  chmodSync(path, 0o755)
  writeFileSync(join(path, 'sleep'), '#!/bin/sh\nexec /bin/sleep 0.02\n', { mode: 0o755 })
  rmSync(join(room.dataDir, 'postgres.log'))
  await using first = startClient(room.dataDir, { env: { PATH: `${path}:${process.env['PATH']}` } })
  expect(await first.opened).toBe('ok')
  const remembered = await first.ask('recall')
  {
    using _halted = haltCheckpointer()
    await first.kill()
    await until('it was told to stop', () => logSays('received fast shutdown request'))
    await until('it was ended', () => logSays('received immediate shutdown request'))
  }
  await until('the server has stopped', () => processesIn(room.cluster).length === 0)
  rmSync(path, { recursive: true })
  await using second = startClient(room.dataDir)
  expect(await second.opened).toBe('ok')
  expect(await second.ask('recall')).toBe(remembered)
  await second.ask('close')
})

test('a server that nobody watches and that never comes to its end is ended by the next client', async () => {
  await until('the server has stopped', () => processesIn(room.cluster).length === 0)
  rmSync(join(room.dataDir, 'postgres.log'))
  await using first = startClient(room.dataDir)
  expect(await first.opened).toBe('ok')
  for (const watcher of watchersOf(room.cluster)) process.kill(watcher, 'SIGKILL')
  await until('the watcher has gone', () => watchersOf(room.cluster).length === 0)
  const halted = haltCheckpointer()
  const closing = first.ask('close')
  await until('it was told to stop', () => logSays('received fast shutdown request'))
  // The time that the client would wait.
  const clock = createClock()
  let looks = 0
  const leaping = { ...clock, elapsedMs: () => clock.elapsedMs() + (looks > 20 ? 40_000 : 0) }
  const sleep = async (ms: number) => {
    looks++
    await clock.sleep(ms)
  }
  const opening = openEmbeddedServer({ dataDir: room.dataDir, clock: { ...leaping, sleep }, log: silentLog })
  await until('it was ended', () => logSays('received immediate shutdown request'))
  halted[Symbol.dispose]()
  const server = await opening
  expect(server.version).toMatch(/^18\./)
  await server.close()
  expect(await closing).toBe('ok')
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

test('what a power cut leaves of the process id, in either of its files, does not matter', async () => {
  const names = ['postmaster.pid', '.s.PGSQL.5432.lock']
  const left: ((file: string) => void)[] = [
    file => writeFileSync(file, ''),
    file => writeFileSync(file, Buffer.alloc(64)),
    file => writeFileSync(file, 'no number\n'),
    file => writeFileSync(file, '-1\n'),
    file => writeFileSync(file, '1'),
    file => mkdirSync(file),
    file => execFileSync('mkfifo', [file]),
  ]
  for (const leave of left) {
    await until('the server has stopped', () => processesIn(room.cluster).length === 0)
    const { uid, gid } = statSync(room.cluster)
    for (const name of names) {
      const file = join(room.cluster, name)
      rmSync(file, { recursive: true, force: true })
      leave(file)
      chownSync(file, uid, gid)
    }
    await using client = startClient(room.dataDir)
    expect(await client.opened).toBe('ok')
    await client.ask('close')
  }
})

test('a server that runs is never joined by a second one, whatever has become of its process id and its socket', async () => {
  await using first = startClient(room.dataDir)
  await first.opened
  const pid = postmasterOf(room.cluster)
  writeFileSync(join(room.cluster, 'postmaster.pid'), '')
  await using second = startClient(room.dataDir)
  expect(await second.opened).toBe('ok')
  await second.ask('close')
  expect(postmasterIds()).toEqual([pid])
  // As when it does not answer: the file is not removed, without which a second server would start.
  forgetDeadPostmaster(room.cluster)
  expect(statSync(join(room.cluster, 'postmaster.pid')).size).toBe(0)
  await first.kill()
  await until('the server has stopped', () => processesIn(room.cluster).length === 0)
  forgetDeadPostmaster(room.cluster)
  expect(readdirSync(room.cluster).filter(name => /^postmaster.pid|lock$/.test(name))).toEqual([])
})

const postmasterIds = () =>
  processesIn(room.cluster).filter(id => /^[^\0]*\/postgres\0-D/.test(readFileSync(`/proc/${id}/cmdline`, 'utf8')))

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
