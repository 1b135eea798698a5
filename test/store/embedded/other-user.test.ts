import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli } from '../../support/cli.ts'
import { isRoot, makeRoom, processesIn, startClient, until } from './processes.ts'

/** Another local user; the account needs no name. */
const user = 65_533
/** A user with a name, that owns nothing else. */
const named = 1
const mayPlay = isRoot && process.platform === 'linux'
if (!mayPlay)
  process.stderr.write('Skipped: only root can play another user, and only Linux lets root use the directory of one.\n')

/** A folder of the other user in a folder that all may enter, and beside it what only root may read and change. */
async function makeScene() {
  const room = await makeRoom()
  chmodSync(room.parent, 0o755)
  const secret = join(room.parent, 'secret')
  mkdirSync(secret, { mode: 0o755 })
  writeFileSync(join(secret, 'file'), 'of root', { mode: 0o600 })
  truncateSync(join(secret, 'file'), 5_000_000)
  mkdirSync(join(secret, 'pgdata-18'), { mode: 0o700 })
  writeFileSync(join(secret, 'pgdata-18/PG_VERSION'), '18\n', { mode: 0o600 })
  const sight = () =>
    readdirSync(secret, { recursive: true })
      .map(String)
      .concat('.')
      .sort()
      .map(name => {
        const { uid, gid, mode, size } = lstatSync(join(secret, name))
        return `${name} ${uid} ${gid} ${mode.toString(8)} ${size}`
      })
  const before = sight()
  const theirs = (path: string) => chownSync(path, user, user)
  mkdirSync(room.dataDir, { mode: 0o755 })
  theirs(room.dataDir)
  return {
    ...room,
    secret,
    theirs,
    /** Nothing of root's has been changed, given away, or put beside it. */
    expectUnharmed: () => {
      expect(sight()).toEqual(before)
      expect(readFileSync(join(secret, 'file'), 'utf8').slice(0, 7)).toBe('of root')
    },
  }
}

type Scene = Awaited<ReturnType<typeof makeScene>>

// Postgres wants an account with a name; an account without one, as in a container, has its database kept by nobody.
test.skipIf(!mayPlay).each([user, named])('root uses the data directory of user %i without rights over it', async owner => {
  await using scene = await makeScene()
  chownSync(scene.dataDir, owner, owner)
  for (const _round of [1, 2]) {
    await using client = startClient(scene.dataDir)
    expect(await client.opened).toBe('ok')
    expect(await client.ask('query')).toBe('ok sports_ingest')
    const server = statSync(scene.cluster).uid
    if (owner === named) expect(server).toBe(named)
    const owners = execFileSync('find', [scene.dataDir, '-printf', '%U\n'], { encoding: 'utf8' }).trim().split('\n').map(Number)
    expect(new Set(owners)).toEqual(new Set([owner, server]))
    expect(owners).not.toContain(0)
    expect(new Set(processesIn(scene.cluster).map(pid => statSync(`/proc/${pid}`).uid))).toEqual(new Set([server]))
    await client.ask('close')
    await until('the server has stopped', () => processesIn(scene.cluster).length === 0)
  }
  scene.expectUnharmed()
})

// What a user may put in the place of a file before root comes by. Some can be removed or left alone, the others end with one line.
const traps: [string, RegExp, (scene: Scene) => void][] = [
  [
    'the log is a link',
    /postgres\.log is a link/,
    ({ secret, dataDir }) => symlinkSync(join(secret, 'file'), join(dataDir, 'postgres.log')),
  ],
  [
    'the log is a second name',
    /postgres\.log is a link/,
    ({ secret, dataDir }) => linkSync(join(secret, 'file'), join(dataDir, 'postgres.log')),
  ],
  [
    'the log is a pipe',
    /postgres\.log is a link/,
    ({ dataDir }) => execFileSync('mkfifo', ['-m', '666', join(dataDir, 'postgres.log')]),
  ],
  [
    'the database is a link',
    /pgdata-18 is a link, which root does not follow/,
    ({ secret, cluster }) => symlinkSync(join(secret, 'pgdata-18'), cluster),
  ],
  [
    'the directory is a link',
    /data belongs to root \(uid 0\), and uid 65533 can put another directory in its place/,
    ({ secret, dataDir, parent, theirs }) => {
      rmSync(dataDir, { recursive: true })
      symlinkSync(secret, dataDir)
      execFileSync('chown', ['-h', `${user}`, dataDir])
      theirs(parent)
    },
  ],
  [
    'an abandoned directory is a link, or leads to one',
    /^ok$/,
    ({ secret, dataDir, theirs }) => {
      const abandoned = join(dataDir, 'pgdata-18.new-999999-abcdef')
      mkdirSync(abandoned)
      symlinkSync(secret, join(abandoned, 'in'))
      theirs(abandoned)
      symlinkSync(secret, join(dataDir, 'pgdata-18.new-999998-abcdef'))
    },
  ],
]

test.skipIf(!mayPlay).each(traps)('root is not misled in a new directory of a user: %s', async (_title, says, set) => {
  await using scene = await makeScene()
  set(scene)
  const harm = () => scene.expectUnharmed()
  await using client = startClient(scene.dataDir)
  expect(await client.opened).toMatch(says)
  harm()
})

test.skipIf(!mayPlay)('root is not misled by links and pipes in the place of the files of an existing database', async () => {
  await using scene = await makeScene()
  await using first = startClient(scene.dataDir)
  expect(await first.opened).toBe('ok')
  await first.ask('close')
  const { cluster, secret } = scene
  for (const set of [
    () => symlinkSync(join(secret, 'file'), join(cluster, 'postmaster.pid')),
    () => execFileSync('mkfifo', ['-m', '666', join(cluster, 'postmaster.pid')]),
    () => writeFileSync(join(cluster, 'postmaster.pid'), `${process.pid}\n`),
    () => symlinkSync(join(secret, 'file'), join(cluster, '.s.PGSQL.5432.lock')),
    () => symlinkSync(join(secret, 'file'), join(cluster, '.s.PGSQL.5432')),
    () => {
      rmSync(join(cluster, 'clients'), { force: true })
      symlinkSync(join(secret, 'file'), join(cluster, 'clients'))
    },
    () => {
      rmSync(join(cluster, 'clients'), { force: true })
      mkdirSync(join(cluster, 'clients'))
      symlinkSync(secret, join(cluster, 'clients/in'))
    },
  ]) {
    await until('the server has stopped', () => processesIn(cluster).length === 0)
    set()
    execFileSync('chown', ['-hR', `${user}:${user}`, cluster])
    await using client = startClient(scene.dataDir)
    expect(await client.opened).toBe('ok')
    await client.ask('close')
    scene.expectUnharmed()
  }
})

test.skipIf(!mayPlay)('root is not misled by a user who swaps the data directory while it works', async () => {
  await using scene = await makeScene()
  const { parent, dataDir, secret, theirs } = scene
  const home = join(parent, 'home')
  mkdirSync(home)
  theirs(home)
  execFileSync('mv', [dataDir, home])
  const swaps = `cd ${home}; ln -s ${secret} link; while :; do mv data aside; mv link data; mv data link; mv aside data; done`
  const { spawn } = await import('node:child_process')
  const swapper = spawn('/bin/sh', ['-c', swaps], { uid: user, gid: user, stdio: 'ignore' })
  try {
    for (let round = 0; round < 3; round++) {
      await using client = startClient(join(home, 'data'))
      expect(await client.opened).toMatch(/^(ok|error StoreError: )/)
      scene.expectUnharmed()
    }
  } finally {
    swapper.kill('SIGKILL')
  }
  await until(
    'all processes are gone',
    () => processesIn(join(home, 'data/pgdata-18')).length + processesIn(join(home, 'aside/pgdata-18')).length === 0,
  )
})

test.skipIf(!mayPlay)(
  'files that root has restored are given to the server, but none that has another name elsewhere',
  async () => {
    await using scene = await makeScene()
    await using first = startClient(join(scene.parent, 'own'))
    expect(await first.opened).toBe('ok')
    await first.ask('close')
    const cluster = join(scene.parent, 'own/pgdata-18')
    await until('the server has stopped', () => processesIn(cluster).length === 0)
    execFileSync('chown', ['-R', '0:0', cluster])
    linkSync(join(scene.secret, 'file'), join(cluster, 'base/second-name'))
    await using refused = startClient(join(scene.parent, 'own'))
    expect(await refused.opened).toMatch(
      /StoreError: .*second-name belongs to root \(uid 0\), or others can change it, so it is not given/,
    )
    rmSync(join(cluster, 'base/second-name'))
    scene.expectUnharmed()
    symlinkSync(join(scene.secret, 'file'), join(cluster, 'base/link'))
    await using second = startClient(join(scene.parent, 'own'))
    expect(await second.opened).toBe('ok')
    expect(statSync(cluster).uid).not.toBe(0)
    scene.expectUnharmed()
    await second.ask('close')
    await until('the server has stopped', () => processesIn(cluster).length === 0)
  },
)

test.skipIf(!mayPlay)(
  'where everybody can write, root has the rights of nobody, and what others have put there is not used',
  async () => {
    await using scene = await makeScene()
    const shared = join(scene.parent, 'shared')
    mkdirSync(shared)
    chmodSync(shared, 0o1777)
    await using client = startClient(join(shared, 'data'))
    expect(await client.opened).toBe('ok')
    // Others may pass through where the server's programs are below it, and no more.
    expect(statSync(join(shared, 'data')).mode & 0o766).toBe(0o700)
    await client.ask('close')
    await until('the server has stopped', () => processesIn(join(shared, 'data/pgdata-18')).length === 0)

    chmodSync(shared, 0o777)
    const fresh = join(shared, 'fresh')
    await using other = startClient(fresh)
    expect(await other.opened).toBe('ok')
    expect(statSync(fresh).uid).not.toBe(0)
    await other.ask('close')
    await until('the server has stopped', () => processesIn(join(fresh, 'pgdata-18')).length === 0)
  },
)

test('directories have modes of their own, whatever the umask is', async () => {
  await using room = await makeRoom()
  chmodSync(room.parent, 0o755)
  for (const umask of [0, 0o77]) {
    const dataDir = join(room.parent, String(umask), 'data')
    const previous = process.umask(umask)
    let client: ReturnType<typeof startClient>
    try {
      client = startClient(dataDir)
    } finally {
      process.umask(previous)
    }
    await using used = client
    expect(await used.opened).toBe('ok')
    const modes = [dirname(dataDir), dataDir, join(dataDir, 'pgdata-18')].map(path => statSync(path).mode & 0o777)
    expect(modes).toEqual([0o700, 0o700, 0o700])
    expect(statSync(join(dataDir, 'postgres.log')).mode & 0o777).toBe(0o600)
    await used.ask('close')
    await until('the server has stopped', () => processesIn(join(dataDir, 'pgdata-18')).length === 0)
  }
})

test.skipIf(!mayPlay)(
  'a command of root’s in a user’s directory with a trap: 102, one line, and nothing is given away',
  async () => {
    await using scene = await makeScene()
    symlinkSync(join(scene.secret, 'file'), join(scene.dataDir, 'postgres.log'))
    const { code, stdout, stderr } = await runCli(['watermark', 'list'], { SPORTS_INGEST_DATA_DIR: scene.dataDir })
    expect({ code, stdout }).toEqual({ code: 102, stdout: '' })
    expect(stderr).toBe(
      `${scene.dataDir}/postgres.log is a link, or not a file of this program's. Hint: See what it is and who made it, and remove it.\n`,
    )
    scene.expectUnharmed()
    expect(existsSync(join(scene.secret, 'postgres.log'))).toBe(false)
  },
)
