import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCli, startCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startHandMadeNba } from '../support/hand-made-nba.ts'
import { createScratch } from '../support/scratch.ts'
import { noSystemPostgres, startSystemPostgres } from '../support/system-postgres.ts'
import { expectOneLine, toldLines } from '../support/told.ts'
import { halted } from '../support/until.ts'

const isRoot = process.getuid?.() === 0
const commands = [
  ['schedule', 'daily'],
  ['watermark', 'get', 'schedule', 'daily'],
  ['db', 'status'],
]

/** A small file system of its own in memory, which root can make. */
function mountSmall(path: string, options: string): Disposable & { remount(options: string): void } {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path])
  return {
    remount: more => void execFileSync('mount', ['-o', `remount,${more}`, path]),
    [Symbol.dispose]: () => void execFileSync('umount', ['-l', path]),
  }
}

const mayMount = (() => {
  if (!isRoot) return false
  using dir = createScratch()
  try {
    using _small = mountSmall(dir.path, 'size=1m')
    return true
  } catch {
    return false
  }
})()
if (!mayMount)
  process.stderr.write('Tests of full and read-only disks are skipped: this user cannot mount a small file system.\n')

describe('a server that cannot be used', () => {
  test.each(commands)('one that is not there: %s %s', async (...words) => {
    const env = { DATABASE_URL: 'postgres://me:s3cretpass@127.0.0.1:1/sports' }
    const says = /^The database sports at 127\.0\.0\.1:1 cannot be reached .*Hint: /
    await expectOneLine(words.filter(Boolean), { code: 102, says, env, secret: 's3cretpass' })
  })

  test('one that hangs up at once', async () => {
    await using server = await startStandIn(socket => socket.destroy())
    const env = { DATABASE_URL: server.url }
    await expectOneLine(['watermark', 'list'], {
      code: 102,
      says: /^The database sports at .* cannot be reached/,
      env,
      secret: 's3cretpass',
    })
  })

  test('one that refuses the password, as Postgres words it', async () => {
    const refusal = Buffer.from('SFATAL\0C28P01\0Mpassword authentication failed for user "me"\0\0')
    const head = Buffer.from('E____')
    head.writeInt32BE(refusal.length + 4, 1)
    await using server = await startStandIn(socket => socket.once('data', () => socket.end(Buffer.concat([head, refusal]))))
    const env = { DATABASE_URL: server.url }
    for (const words of commands)
      await expectOneLine(words, {
        code: 101,
        says: /^The database sports at .* rejects the user or password\. Hint: Check DATABASE_URL\.$/,
        env,
        secret: 's3cretpass',
      })
  })

  test('a database that does not exist', async () => {
    await using store = await createTestDatabase({ empty: true })
    const env = { DATABASE_URL: store.url.replace(store.name, 'no_such_database') }
    await expectOneLine(['watermark', 'list'], {
      code: 102,
      says: /^There is no such database: the database no_such_database at .*Hint: /,
      env,
    })
  })

  test('a schema newer than the program: 102, and nothing is touched; db status says so', async () => {
    await using store = await createTestDatabase()
    await store.sql`insert into ingest_migrations (hash, created_at) values ('of the future', 9999999999999)`
    const env = { DATABASE_URL: store.url }
    for (const words of [...commands.slice(0, 2), ['db', 'migrate']])
      await expectOneLine(words, { code: 102, says: /is newer than this program\. Hint: Update sports-ingest\.$/, env })
    const status = await runCli(['db', 'status'], env)
    expect(status).toMatchObject({ code: 1, stdout: expect.stringContaining('newer than this program') })
  })

  test("a server's schema that lacks migrations: 101 and the remedy, which works", async () => {
    await using store = await createTestDatabase()
    // As after an update of the program: what it brings is not there yet.
    await store.sql`drop schema public cascade`
    await store.sql`create schema public`
    await store.sql`create table ingest_migrations (id serial primary key, hash text not null, created_at bigint)`
    await store.sql`insert into ingest_migrations (hash, created_at) values ('long ago', 1)`
    const env = { DATABASE_URL: store.url }
    for (const words of commands.slice(0, 2))
      await expectOneLine(words, {
        code: 101,
        says: /^The schema of the database .* lacks \d+ migrations?\. Hint: Run sports-ingest db migrate\.$/,
        env,
      })
    expect(await runCli(['db', 'status'], env)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('pending: run sports-ingest db migrate'),
    })
    expect(await runCli(['db', 'migrate'], env)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Applied 0000_/) })
    expect(await runCli(['watermark', 'list'], env)).toMatchObject({ code: 0 })
  })
})

describe('a user who does not own the database', () => {
  test('one who may not make tables in an empty one: 101, one line and the right to grant; with that right all goes well', async () => {
    await using store = await createTestDatabase({ empty: true })
    await using user = await createUser(store)
    const env = { DATABASE_URL: user.url }
    const says =
      /^The database test_\w+ at \S+ does not allow this: permission denied for schema public\. Hint: Grant .* GRANT USAGE, CREATE ON SCHEMA public TO …\.$/
    await expectOneLine(['watermark', 'list'], { code: 101, says, env })
    await expectOneLine(['db', 'migrate'], { code: 101, says, env })
    await store.sql`grant usage, create on schema public to ${store.sql(user.name)}`
    expect(await runCli(['watermark', 'list'], env)).toMatchObject({ code: 0, stderr: '' })
  })

  test('one who may read and write the tables of another owner can load a day', async () => {
    await using store = await createTestDatabase()
    await using user = await createUser(store)
    await store.sql`grant select, insert, update, delete on all tables in schema public to ${store.sql(user.name)}`
    await using api = await startHandMadeNba({ games: [{ id: '0022400561', day: '2025-01-15' }] })
    const env = { ...api.env, DATABASE_URL: user.url, SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z' }
    const run = await runCli(['schedule', 'daily'], env)
    expect(run, run.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('1 loaded') })
  })

  test('one who may not make databases: --sandbox ends with 101 and says what is missing', async () => {
    await using store = await createTestDatabase()
    await using user = await createUser(store)
    await expectOneLine(['watermark', 'list', '--sandbox'], {
      code: 101,
      says: /permission denied to create database\. Hint: .*CREATEDB\.$/,
      env: { DATABASE_URL: user.url },
    })
  })

  /** A role with a name and nothing else. */
  async function createUser({ sql, name, url }: TestDatabase): Promise<AsyncDisposable & { name: string; url: string }> {
    const role = `user_of_${name}`
    await sql`create role ${sql(role)} login`
    return {
      name: role,
      url: url.replace(/\/\/[^@]*@/, `//${role}@`),
      [Symbol.asyncDispose]: async () => {
        await sql`drop owned by ${sql(role)} cascade`
        await sql`drop role ${sql(role)}`
      },
    }
  }
})

describe('a data directory that cannot be used', () => {
  test.skipIf(process.platform !== 'linux')(
    'one below /proc, where nothing can be made, ends at once (skipped where there is no /proc)',
    async () => {
      await expectOneLine(['db', 'status'], {
        code: 102,
        says: '/proc/none/below cannot be created there. Hint: Set ',
        env: { SPORTS_INGEST_DATA_DIR: '/proc/none/below' },
      })
    },
  )

  test('one that is a file', async () => {
    using dir = createScratch()
    const file = join(dir.path, 'file')
    writeFileSync(file, '')
    for (const at of [file, join(file, 'below')])
      await expectOneLine(['watermark', 'list'], {
        code: 102,
        says: new RegExp(`${file}.*Hint: `),
        env: { SPORTS_INGEST_DATA_DIR: at },
      })
  })

  test.skipIf(isRoot)('one this user may not write (skipped as root, who may)', async () => {
    using dir = createScratch()
    const closed = join(dir.path, 'closed')
    mkdirSync(closed)
    chmodSync(closed, 0o555)
    await expectOneLine(['watermark', 'list'], { code: 102, says: closed, env: { SPORTS_INGEST_DATA_DIR: closed } })
  })

  test.skipIf(!mayMount)('one on a read-only disk', async () => {
    using dir = createScratch()
    using _disk = mountSmall(dir.path, 'size=1m,ro')
    await expectOneLine(['watermark', 'list'], {
      code: 102,
      says: /read-only.*Hint: /i,
      env: { SPORTS_INGEST_DATA_DIR: dir.path },
    })
  })

  test.skipIf(!mayMount)('one on a disk too full to begin with', async () => {
    using dir = createScratch()
    using _disk = mountSmall(dir.path, 'size=8m,mode=755')
    await expectOneLine(['watermark', 'list'], {
      code: 102,
      says: /(full|no space).*Hint: /i,
      env: { SPORTS_INGEST_DATA_DIR: dir.path },
    })
  })

  test.skipIf(!mayMount)(
    'a disk that fills up in the middle of a run loses nothing: after making room the next run goes on',
    async () => {
      using dir = createScratch()
      using disk = mountSmall(dir.path, 'size=160m,mode=755')
      // The second day has more games than the pages that its tables have already would hold.
      const second = Array.from({ length: 60 }, (_, i) => ({ id: `00224006${String(i).padStart(2, '0')}`, day: '2025-01-15' }))
      await using api = await startHandMadeNba({ games: [{ id: '0022400555', day: '2025-01-14' }, ...second] })
      const env = { ...api.env, SPORTS_INGEST_DATA_DIR: dir.path, SPORTS_INGEST_NOW: '2025-01-15T12:00:00Z' }
      expect(await runCli(['schedule', 'daily'], env)).toMatchObject({ code: 0 })

      const next = { ...env, SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z' }
      const failing = startCli(['schedule', 'daily'], { ...next, SPORTS_INGEST_STEP: 'stop:chunk-opened' })
      await halted(failing.pid)
      fill(join(dir.path, 'ballast'))
      failing.child.kill('SIGCONT')
      const failed = await failing.done
      expect(failed.code, failed.stderr).toBe(102)
      expect(toldLines(failed)).toEqual([expect.stringMatching(/full.*Hint: /)])
      expect(failed.stderr).not.toMatch(/^\s+at /m)

      disk.remount('size=320m')
      expect(await runCli(['watermark', 'get', 'schedule', 'daily'], env)).toMatchObject({ code: 0, stdout: '2025-01-14\n' })
      expect(await runCli(['schedule', 'daily'], next)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('2025-01-14 → 2025-01-15'),
      })
    },
  )
})

describe.skipIf(noSystemPostgres)("a server with a password, of the system's own version", () => {
  test('a wrong password is 101; the right one loads days as ever', async () => {
    await using server = await startSystemPostgres('right-pass')
    for (const words of commands) {
      const says = /^The database postgres at 127\.0\.0\.1:\d+ rejects the user or password\. Hint: Check DATABASE_URL\.$/
      await expectOneLine(words, { code: 101, says, env: { DATABASE_URL: server.urlWith('wrong-pass') }, secret: 'wrong-pass' })
    }
    await using api = await startHandMadeNba({ games: [{ id: '0022400561', day: '2025-01-15' }] })
    const env = { ...api.env, DATABASE_URL: server.urlWith('right-pass'), SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z' }
    const first = await runCli(['schedule', 'daily'], env)
    expect(first, first.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('1 loaded') })
    expect(await runCli(['schedule', 'daily'], env)).toMatchObject({ code: 0, stdout: expect.stringContaining('0 written') })
    const status = await runCli(['db', 'status'], env)
    expect(status).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^the database postgres at 127\.0\.0\.1:\d+, PostgreSQL 1\d/),
    })
    expect(first.stderr + status.stdout).not.toContain('right-pass')
  })
})

/** What answers in a server's place. */
async function startStandIn(answer: (socket: Socket) => void): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(socket => {
    socket.on('error', () => {})
    answer(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `postgres://me:s3cretpass@127.0.0.1:${(server.address() as AddressInfo).port}/sports`,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

/** Writes until the disk has no room left. */
function fill(path: string): void {
  try {
    execFileSync('dd', ['if=/dev/zero', `of=${path}`, 'bs=64k'], { stdio: 'ignore' })
  } catch {
    // That was the aim.
  }
}
