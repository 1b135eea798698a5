import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { chmod, mkdir, readdir, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canReach } from '../../../src/store/embedded/account.ts'
import { isRoot, makeRoom, processesIn, startClient, until } from './processes.ts'

/** An account like any other; it needs no name. */
const user = 65533

// The processes that are not root's need to get to Node and to these files.
const othersCanRun = isRoot && [process.execPath, import.meta.filename].every(file => canReach(file, { uid: user, gid: user }))

test('a path too long for a socket works', async () => {
  await using room = await makeRoom()
  const dataDir = join(room.parent, 'd'.repeat(60), 'ä, e:f'.repeat(10), 'data')
  await using client = startClient(dataDir)
  expect(await client.opened).toBe('ok')
  expect(await client.ask('query')).toBe('ok sports_ingest')
  await client.ask('close')
  await until('the server has stopped', () => processesIn(join(dataDir, 'pgdata-18')).length === 0)
})

test.each(['$HOME `id` "quoted" \'quoted\' \\', ' a\nb\t;|&%h ', `${'long/'.repeat(280)}ä漢`])(
  'any name of a directory works: %j',
  async name => {
    await using room = await makeRoom()
    await chmod(room.parent, 0o755)
    // Not as root, which always started the server in its directory.
    await mkdir(room.dataDir)
    if (othersCanRun) execFileSync('chown', ['nobody', room.dataDir])
    const dataDir = join(room.dataDir, name)
    await using client = startClient(dataDir, othersCanRun ? { uid: 65_534 } : {})
    expect(await client.opened).toBe('ok')
    expect(await client.ask('query')).toBe('ok sports_ingest')
    await client.ask('close')
    await until('the server has stopped', () => processesIn(join(dataDir, 'pgdata-18')).length === 0)
  },
)

test('a path longer than the system takes is named', async () => {
  await using room = await makeRoom()
  await using client = startClient(join(room.dataDir, 'd'.repeat(300)))
  expect(await client.opened).toMatch(
    /StoreError: The data directory .* has a path that is too long\. Hint: Set SPORTS_INGEST_DATA_DIR/,
  )
})

test('a file in the place of the directory is named', async () => {
  await using room = await makeRoom()
  await writeFile(room.dataDir, '')
  await using client = startClient(room.dataDir)
  expect(await client.opened).toContain(`error StoreError: The data directory ${room.dataDir} is not a directory`)
})

test('a database of another major version is left alone, and named', async () => {
  await using room = await makeRoom()
  await mkdir(join(room.dataDir, 'pgdata-17'), { recursive: true })
  await using older = startClient(room.dataDir)
  expect(await older.opened).toContain(`StoreError: ${room.dataDir} holds a database of Postgres 17; this version works with 18.`)
  expect(await readdir(room.dataDir)).toEqual(['pgdata-17'])
  await mkdir(room.cluster)
  await writeFile(join(room.cluster, 'PG_VERSION'), '16\n')
  await using wrong = startClient(room.dataDir)
  expect(await wrong.opened).toContain(`StoreError: ${room.cluster} is not a Postgres 18 database but one of Postgres 16.`)
})

test('settings for other Postgres tools do no harm, a grown log is cut, and a damaged database is reported with its cause', async () => {
  await using room = await makeRoom()
  await mkdir(room.dataDir)
  await writeFile(join(room.dataDir, 'postgres.log'), '')
  await truncate(join(room.dataDir, 'postgres.log'), 5_000_000)
  const env = {
    PGDATA: '/nowhere',
    PGPORT: '1',
    PGHOST: 'elsewhere.invalid',
    PGSSL: 'require',
    PGDATABASE: 'x',
    LC_ALL: 'tr_TR',
    TZ: 'Asia/Tokyo',
  }
  await using first = startClient(room.dataDir, { env })
  expect(await first.opened).toBe('ok')
  expect(statSync(join(room.dataDir, 'postgres.log')).size).toBeLessThan(10_000)
  await first.ask('close')
  await until('the server has stopped', () => processesIn(room.cluster).length === 0)
  await writeFile(join(room.cluster, 'global/pg_control'), 'damaged')
  await using second = startClient(room.dataDir)
  const answer = await second.opened
  expect(answer).toContain(
    `StoreError: The data directory ${room.dataDir} is damaged (could not read file "global/pg_control": read 7 of 296).`,
  )
  expect(answer).toMatch(/Cause: .*(FATAL|PANIC)/)
})

test.skipIf(!isRoot)(
  'as root, the server runs as the owner of its files, under parents only root may enter (skipped when not root)',
  async () => {
    await using room = await makeRoom()
    expect(statSync(room.parent).mode & 0o777).toBe(0o700)
    await using first = startClient(room.dataDir)
    expect(await first.opened).toBe('ok')
    const { uid, mode } = statSync(room.cluster)
    expect(uid).not.toBe(0)
    expect(mode & 0o777).toBe(0o700)
    const running = processesIn(room.cluster).map(pid => statSync(`/proc/${pid}`).uid)
    expect(new Set(running)).toEqual(new Set([uid]))
  },
)

test.skipIf(!othersCanRun)(
  "who may not use a directory is told; one given to a user stays that user's (skipped when not root, or in a folder of root's alone)",
  async () => {
    await using room = await makeRoom()
    await using first = startClient(room.dataDir)
    expect(await first.opened).toBe('ok')
    const { uid } = statSync(room.cluster)

    await chmod(room.parent, 0o755)
    const denied = 'cannot be used by this account (permission denied).'
    await using other = startClient(room.dataDir, { uid: user })
    const answer = await other.opened
    expect(answer).toContain(`StoreError: The data directory ${room.dataDir} ${denied}`)
    expect(answer).toMatch(/Hint: .*data belongs to root \(uid 0\)\. Give the account access/)
    await chmod(room.dataDir, 0o755)
    await using third = startClient(room.dataDir, { uid: user })
    expect(await third.opened).toMatch(
      /permission denied\)\. Hint: .*pgdata-18 belongs to nobody \(uid 65534\)\. Give the account/,
    )
    await using homeless = startClient(join(room.parent, 'another'), { uid: user })
    expect(await homeless.opened).toContain(`StoreError: The data directory ${room.parent}/another ${denied}`)
    await first.ask('close')

    // Restored by root, then given to a user: root's commands leave it to that user.
    const visits = [
      { owner: 0, runAs: 0, ownerThen: uid },
      { owner: user, runAs: user, ownerThen: user },
      { owner: user, runAs: 0, ownerThen: user },
      { owner: user, runAs: user, ownerThen: user },
    ]
    for (const { owner, runAs, ownerThen } of visits) {
      await until('the server has stopped', () => processesIn(room.cluster).length === 0)
      if (statSync(room.cluster).uid !== owner) execFileSync('chown', ['-R', `${owner}:${owner}`, room.dataDir])
      await using client = startClient(room.dataDir, { uid: runAs })
      expect(await client.opened).toBe('ok')
      await client.ask('close')
      expect(statSync(room.cluster).uid).toBe(ownerThen)
    }
    expect(statSync(join(room.dataDir, 'postgres.log')).uid).toBe(user)
  },
)

const canMount = isRoot && tryMount()

function tryMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Mounts a small file system for as long as the test has it. */
async function mounted(at: string, options: string): Promise<AsyncDisposable & { remount(options: string): void }> {
  await mkdir(at, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', at])
  return {
    remount: changed => void execFileSync('mount', ['-o', `remount,${changed}`, at]),
    [Symbol.asyncDispose]: async () => {
      await until('all processes are gone', () => processesIn(join(at, 'pgdata-18')).length === 0)
      execFileSync('umount', [at])
    },
  }
}

test.skipIf(!canMount)(
  'a full disk is named, and half-made files are removed (skipped where nothing can be mounted)',
  async () => {
    await using room = await makeRoom()
    await using _disk = await mounted(room.dataDir, 'size=8m')
    await using client = startClient(room.dataDir)
    const answer = await client.opened
    expect(answer).toContain(`StoreError: The data directory ${room.dataDir} is on a full disk. Hint: Free some space`)
    expect(answer).toMatch(/Cause: .*No space left on device/)
    expect(await readdir(room.dataDir)).toEqual([])
  },
)

test.skipIf(!canMount)(
  'a read-only file system is named, with and without a database (skipped where nothing can be mounted)',
  async () => {
    await using room = await makeRoom()
    await using disk = await mounted(room.dataDir, 'size=200m')
    disk.remount('ro')
    await using empty = startClient(room.dataDir)
    expect(await empty.opened).toContain(`StoreError: The data directory ${room.dataDir} is on a read-only file system.`)
    disk.remount('rw')
    await using first = startClient(room.dataDir)
    expect(await first.opened).toBe('ok')
    await first.ask('close')
    await until('the server has stopped', () => processesIn(room.cluster).length === 0)
    disk.remount('ro')
    await using second = startClient(room.dataDir)
    expect(await second.opened).toContain(`StoreError: The data directory ${room.dataDir} is on a read-only file system.`)
    expect(existsSync(join(room.cluster, 'postmaster.pid'))).toBe(false)
  },
)
