import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { urlTarget } from '../../src/store/target.ts'
import { runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { noPgBouncer, type PoolMode, startPgBouncer } from '../support/pgbouncer.ts'
import { createScratch } from '../support/scratch.ts'
import { noSystemPostgres, type SystemPostgres, startSystemPostgres } from '../support/system-postgres.ts'
import { expectOneLine, logLines } from '../support/told.ts'
import { until } from '../support/until.ts'

const hasIPv6 = await (async () => {
  const server = createServer().listen(0, '::1')
  return await once(server, 'listening').then(
    () => !!server.close(),
    () => false,
  )
})()
if (!hasIPv6) process.stderr.write('Skipped: this host has no IPv6 on loopback.\n')

describe('a password that is not percent-encoded', () => {
  test.each(['/', '@', '#', '?', '%'])('%s in it ends with one line that says so, without a piece of it', async mark => {
    const env = { DATABASE_URL: `postgres://me:s3c${mark}ret@127.0.0.1:1/sports` }
    const says = /^DATABASE_URL is not a Postgres address: .* Hint: In a user or password, @ : \/ \? # and % are written as %40 /
    for (const words of [
      ['watermark', 'list'],
      ['db', 'status'],
      ['config', 'show'],
    ])
      await expectOneLine(words, { code: 101, says, env, secret: 's3c' })
    const checked = await runCli(['config', 'validate'], env)
    expect(checked).toMatchObject({ code: 101, stdout: '' })
    expect(checked.stderr).not.toMatch(/s3c|ret/)
  })

  test('one that is, is shown nowhere', async () => {
    const env = { DATABASE_URL: 'postgres://me:s3c%2Fret@127.0.0.1:1/sports', LOG_LEVEL: 'trace' }
    for (const secret of ['s3c', 's3c%2Fret'])
      await expectOneLine(['watermark', 'list'], {
        code: 102,
        says: /^The database sports at 127\.0\.0\.1:1 cannot/,
        env,
        secret,
      })
    expect((await runCli(['config', 'show', '--json'], env)).stdout).not.toContain('s3c')
  })
})

test('parameters without effect are named in one warning; others are silent', async () => {
  await using store = await createTestDatabase()
  const start = store.url.includes('?') ? `${store.url}&` : `${store.url}?`
  const with_ = (query: string) => runCli(['watermark', 'list'], { DATABASE_URL: start + query })
  const warned = await with_('pgbouncer=true&channel_binding=require&connection_limit=5&pool_timeout=2')
  expect(logLines(warned)).toMatchObject([
    {
      event: 'config.warning',
      warning: 'DATABASE_URL has parameters that have no effect here: channel_binding, connection_limit, pool_timeout.',
    },
  ])
  expect(warned.code).toBe(0)
  const silent =
    'pgbouncer=true&keepalives=1&keepalives_idle=30&connect_timeout=5&application_name=mine&statement_timeout=60000&gssencmode=disable'
  expect(await with_(silent)).toMatchObject({ code: 0, stderr: '' })
})

describe.skipIf(noSystemPostgres)('a server', () => {
  let server: SystemPostgres
  const word = 'p@ss/w?rd#%:'
  const encoded = encodeURIComponent(word)
  const list = (url: string) => runCli(['watermark', 'list'], { DATABASE_URL: url })
  beforeAll(async () => {
    server = await startSystemPostgres(word, { settings: { listen_addresses: hasIPv6 ? '127.0.0.1,::1' : '127.0.0.1' } })
    return () => server[Symbol.asyncDispose]()
  })

  test('is found by a socket, and with a user and password that are percent-encoded', async () => {
    for (const where of [
      `${encodeURIComponent(server.folder)}:${server.port}/postgres`,
      `localhost:${server.port}/postgres?host=${server.folder}`,
      `/postgres?host=${encodeURIComponent(server.folder)}&port=${server.port}`,
    ])
      expect(await list(`postgres://%73ports:${encoded}@${where}`), where).toMatchObject({ code: 0, stderr: '' })
    const status = await runCli(['db', 'status'], { DATABASE_URL: server.urlWith(encoded) })
    expect(status).toMatchObject({ code: 0, stdout: expect.stringMatching(/^the database postgres at 127\.0\.0\.1:\d+,/) })
    expect(status.stdout).not.toContain('p@ss')
  })

  test.skipIf(!hasIPv6)('is found by its IPv6 address', async () => {
    const url = `postgres://sports:${encoded}@[::1]:${server.port}/postgres`
    const status = await runCli(['db', 'status'], { DATABASE_URL: url })
    expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining(`the database postgres at [::1]:${server.port},`) })
  })

  test('is found among several hosts: one is down, one is a standby, one is read-only', async () => {
    await using standby = await startSystemPostgres(word, { files: { 'standby.signal': '' } })
    await using readOnly = await startSystemPostgres(word, { settings: { default_transaction_read_only: 'on' } })
    const urlOf = (query: string, ...ports: number[]) =>
      `postgres://sports:${encoded}@${ports.map(port => `127.0.0.1:${port}`).join(',')}/postgres${query}`
    const { port } = server
    const state = async (query: string, ...ports: number[]) => {
      const sql = urlTarget(urlOf(query, ...ports), undefined).connect({ max: 1 })
      try {
        const [row] = await sql<{ port: number }[]>`select current_setting('port')::int as port`
        return row?.port
      } finally {
        await sql.end()
      }
    }
    const all = [1, standby.port, readOnly.port, port]
    expect(await state('', ...all)).toBe(port)
    expect(await state('?target_session_attrs=read-write', ...all)).toBe(port)
    expect(await state('?target_session_attrs=primary', ...all)).toBe(readOnly.port)
    expect(await state('?target_session_attrs=any', ...all)).toBe(standby.port)
    expect(await state('?target_session_attrs=prefer-standby', port, standby.port)).toBe(standby.port)
    expect(await state('?target_session_attrs=standby', port, standby.port)).toBe(standby.port)
    // Where none can be written there is something to read from, at least.
    expect(await state('', 1, standby.port)).toBe(standby.port)

    const last = urlOf('', readOnly.port, port)
    for (const [attrs, more] of [
      ['any', []],
      ['read-write', ['--sandbox']], // a database that has to be made
    ] as const) {
      const env = { DATABASE_URL: last, PGTARGETSESSIONATTRS: attrs }
      expect(await runCli(['watermark', 'list', ...more], env)).toMatchObject({ code: 0, stderr: '' })
    }
    await expectOneLine(['watermark', 'list'], {
      code: 102,
      says: /^The database postgres at 127\.0\.0\.1:1,127\.0\.0\.1:\d+ has no host that fits \(none is read-write: 127\.0\.0\.1:1: connect ECONNREFUSED 127\.0\.0\.1:1; 127\.0\.0\.1:\d+ is a standby\), 3 times\. Hint: .*target_session_attrs/,
      env: { DATABASE_URL: urlOf('?target_session_attrs=read-write', 1, standby.port) },
      secret: 'p@ss',
    })
    await expectOneLine(['watermark', 'list'], {
      code: 102,
      says: /^The database postgres at 127\.0\.0\.1:1,127\.0\.0\.1:2 cannot be reached \(127\.0\.0\.1:1: connect ECONNREFUSED .*; 127\.0\.0\.1:2: connect ECONNREFUSED .*\), 3 times\./,
      env: { DATABASE_URL: urlOf('', 1, 2) },
    })
    await expectOneLine(['watermark', 'list'], {
      code: 101,
      says: /rejects the user or password\. Hint: Check DATABASE_URL\.$/,
      env: { DATABASE_URL: urlOf('', 1, port).replace(encoded, 'wrong') },
    })
    // The standby alone: it can be read, and not written.
    await expectOneLine(['watermark', 'set', 'schedule', 'daily:nba', '2025-01-15', '--reason', 'test'], {
      code: 102,
      says: /^The database postgres at 127\.0\.0\.1:\d+ is read-only \(.*\)(, \d times)?\. Hint: .*target_session_attrs=read-write/,
      env: { DATABASE_URL: urlOf('', standby.port), SPORTS_INGEST_DATABASE_RECONNECT_ATTEMPTS: '1' },
    })
  })

  test('with a limit of connections that is reached, a database that is not there, or a right that is missing, says so', async () => {
    const sql = urlTarget(server.urlWith(encoded), undefined).connect({ max: 1 })
    await sql.unsafe(`create role full_up login password 'x' connection limit 0`)
    await sql.unsafe(`create role sleeper nologin password 'x'`)
    await sql.unsafe('create database closed')
    await sql.unsafe('revoke connect on database closed from public')
    await sql.unsafe(`create role outsider login password 'x'`)
    await sql.end()
    const url = (user: string, name = 'postgres') => `postgres://${user}:x@127.0.0.1:${server.port}/${name}`
    for (const [at, code, says] of [
      [
        url('full_up'),
        102,
        /has no connection free \(too many connections for role "full_up"\), 3 times\. Hint: .*CONNECTION LIMIT/,
      ],
      [url('sleeper'), 101, /does not let this user log in \(role "sleeper" is not permitted to log in\)\. Hint: .*ALTER ROLE/],
      [
        url('outsider', 'closed'),
        101,
        /does not allow this: permission denied for database "closed"\. Hint: .*GRANT CONNECT ON DATABASE/,
      ],
      [url('outsider', 'none'), 102, /^There is no such database: the database none at /],
      [url('nobody'), 101, /rejects the user or password\. Hint: /],
    ] as const)
      await expectOneLine(['watermark', 'list'], { code, says, env: { DATABASE_URL: at } })
  })

  test.skipIf(noPgBouncer)('behind PgBouncer: what that says is told with its remedy', async () => {
    const admin = urlTarget(server.urlWith(encoded), undefined).connect({ max: 1 })
    await admin.unsafe(`create role pooled superuser login password 'simple'`)
    await admin.end()
    const directWith = (word: string) => `postgres://pooled:${word}@127.0.0.1:${server.port}/postgres`
    const direct = directWith('simple')
    const fails = async (
      code: number,
      says: RegExp,
      mode: PoolMode,
      more: string,
      change = (url: string) => url,
      at = direct,
    ) => {
      await using pooler = await startPgBouncer(at, mode, more)
      const url = pooler.url.replace('NAME', 'postgres')
      // Has the only connection there may be, once PgBouncer has seen the end of whoever asked whether it is ready.
      const other = urlTarget(url, undefined).connect({ max: 1 })
      const isIn = () =>
        other`select 1`.then(
          () => true,
          () => false,
        )
      if (more) await until('the only connection is taken', isIn)
      await expectOneLine(['watermark', 'list'], { code, says, env: { DATABASE_URL: change(url) }, secret: 'simple' })
      await other.end()
    }
    await fails(101, /does not allow transactions \(transaction blocks .*\)\. Hint: Set its pool_mode/, 'statement', '')
    await fails(102, /has no connection free \(no more connections allowed .*\), 3 times\./, 'session', 'max_client_conn = 1')
    const wait = 'default_pool_size = 1\nquery_wait_timeout = 1'
    await fails(102, /has no connection free \(query_wait_timeout\), 3 times\. Hint: .*size of the pool/, 'session', wait)
    const noSuch = (url: string) => url.replace(/postgres$/, 'none')
    await fails(102, /^There is no such database: the database none at /, 'session', '', noSuch)
    await fails(101, /rejects the user or password\./, 'session', '', url => url, directWith('wrong'))
    const neon = (url: string) => `${url}?options=endpoint%3Dcool`
    await fails(101, /refuses a setting \(.*options\)\. Hint: .*ignore_startup_parameters/, 'session', '', neon)
  })
})

test('a file of certificates that is named by a relative path starts in the working directory', async () => {
  using dir = createScratch()
  const env = { DATABASE_URL: 'postgres://me:s3cret@127.0.0.1:1/x?sslmode=verify-full&sslrootcert=ca.pem' }
  const says =
    /^sslrootcert=ca\.pem in DATABASE_URL cannot be used: there is no such file\. Hint: Relative paths start in the working directory/
  await expectOneLine(['watermark', 'list'], { code: 101, says, env, cwd: join(dir.path), secret: 's3cret' })
})
