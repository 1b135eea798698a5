import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { createLeapingClock } from '../../src/core/clock.ts'
import { ConfigError, CredentialsError, StoreError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import { toStoreError } from '../../src/store/database-errors.ts'
import { openDatabase } from '../../src/store/open-database.ts'

/** A server without TLS, or a pooler, that lets nobody in. */
async function startRefusal(code: string, message: string): Promise<AsyncDisposable & { url: string; asked: number }> {
  const words = Buffer.from(`SFATAL\0C${code}\0M${message}\0\0`)
  const head = Buffer.from('E____')
  head.writeInt32BE(words.length + 4, 1)
  const standIn = { asked: 0 }
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.on('data', data => {
      if (data.length === 8) return void socket.write('N')
      // What comes after that is a goodbye.
      if (socket.writableEnded) return
      standIn.asked++
      socket.end(Buffer.concat([head, words]))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(standIn, {
    url: `postgres://me:s3cret@127.0.0.1:${(server.address() as AddressInfo).port}/sports`,
    [Symbol.asyncDispose]: async () => void server.close(),
  })
}

/** What PostgreSQL 14 to 18 says, and poolers: PgBouncer 1.18 and 1.23, Supavisor, Neon's proxy, RDS Proxy. */
test.each([
  ['28P01', 'password authentication failed for user "me"', CredentialsError, 'rejects the user or password', 1],
  ['28000', 'role "me" does not exist', CredentialsError, 'rejects the user or password', 1],
  ['XX000', 'Tenant or user not found', CredentialsError, 'rejects the user or password', 1],
  ['08P01', 'no such user: me', CredentialsError, 'rejects the user or password', 1],
  ['08P01', 'no such database: sports', StoreError, 'There is no such database', 1],
  ['3D000', 'database "sports" does not exist', StoreError, 'There is no such database', 1],
  [
    '28000',
    'no pg_hba.conf entry for host "1.2.3.4", user "me", database "x", no encryption',
    ConfigError,
    'does not accept connections without TLS',
    1,
  ],
  [
    '28000',
    'no pg_hba.conf entry for host "1.2.3.4", user "me", database "x", SSL off',
    ConfigError,
    'does not accept connections without TLS',
    1,
  ],
  [
    '28000',
    'SSL connection is required. Please specify SSL options and retry.',
    ConfigError,
    'does not accept connections without TLS',
    1,
  ],
  ['28000', 'This RDS Proxy requires TLS connections', ConfigError, 'does not accept connections without TLS', 1],
  ['08P01', 'SSL required', ConfigError, 'does not accept connections without TLS', 1],
  ['XX000', 'connection is insecure (try using `sslmode=require`)', ConfigError, 'does not accept connections without TLS', 1],
  [
    '28000',
    'no pg_hba.conf entry for host "1.2.3.4", user "me", database "x", SSL encryption',
    ConfigError,
    'does not accept connections from this host',
    1,
  ],
  [
    '28000',
    'pg_hba.conf rejects connection for host "1.2.3.4", user "me", database "x", SSL encryption',
    ConfigError,
    'does not accept connections from this host',
    1,
  ],
  [
    '28000',
    'kein pg_hba.conf-Eintrag für Host »1.2.3.4«, Benutzer »me«, Datenbank »x«, keine Verschlüsselung',
    ConfigError,
    'does not accept connections from this host',
    1,
  ],
  ['28000', 'Peer-Authentifizierung für Benutzer »me« fehlgeschlagen', CredentialsError, 'does not accept this account', 1],
  ['28000', 'Peer authentication failed for user "me"', CredentialsError, 'does not accept this account of the system', 1],
  ['08P01', 'unsupported startup parameter: statement_timeout', ConfigError, 'pooler that refuses a setting', 1],
  ['08P01', 'unsupported startup parameter in options: jit', ConfigError, 'pooler that refuses a setting', 1],
  ['08P01', 'transaction blocks not allowed in statement pooling mode', ConfigError, 'does not allow transactions', 1],
  ['08P01', 'no more connections allowed (max_client_conn)', StoreError, 'has no connection free', 3],
  ['08P01', 'query_wait_timeout', StoreError, 'has no connection free', 3],
  [
    'XX000',
    'MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size',
    StoreError,
    'has no connection free',
    3,
  ],
  ['53300', 'sorry, too many clients already', StoreError, 'has no connection free', 3],
  [
    '08P01',
    'server login failed: FATAL password authentication failed for user "me"',
    StoreError,
    'pooler that cannot log in',
    3,
  ],
  ['08P01', 'server login has been failing, try again later (server_login_retry)', StoreError, 'pooler that cannot log in', 3],
  ['57P03', 'the database system is starting up', StoreError, 'accepts no connections now', 3],
  ['57P01', 'terminating connection due to administrator command', StoreError, 'ended the connection', 3],
  ['25006', 'cannot set transaction read-write mode during recovery', StoreError, 'is read-only', 3],
  ['40001', 'could not serialize access due to concurrent update', StoreError, 'rolled back a transaction', 3],
  ['42704', 'unrecognized configuration parameter "foo"', ConfigError, 'does not take a setting', 1],
  ['22023', 'invalid value for parameter "work_mem": "much"', ConfigError, 'does not take a setting', 1],
  ['42501', 'permission denied to set parameter "log_statement"', ConfigError, 'does not take a setting', 1],
  ['42501', 'permission denied for database "sports"', ConfigError, 'does not allow this', 1],
  ['0A000', 'this server speaks another dialect', ConfigError, 'does not support what this program needs', 1],
])('%s: %s', async (code, message, Class, words, asked) => {
  await using server = await startRefusal(code, message)
  const settings = { url: server.url, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 5 }
  const error = await openDatabase({ settings, clock: createLeapingClock(), log: silentLog }).then(
    () => undefined,
    reason => reason as StoreError,
  )
  expect(error).toBeInstanceOf(Class)
  expect(error?.message).toContain(words)
  expect(error?.message).not.toContain('cannot be reached')
  expect(error?.hint).toMatch(/^[A-Z].*\.$/)
  expect(`${error?.message}${error?.hint}`).not.toContain('s3cret')
  expect(server.asked).toBe(asked)
})

test('what a row holds is never taken for what a server says of itself', () => {
  const error = Object.assign(new Error('invalid input syntax for type json: token "SSL required"'), { code: '22P02' })
  expect(toStoreError(error, 'the database x')).toMatchObject({
    name: 'RowError',
    message: expect.stringContaining('The database x failed: '),
  })
})

test('what the driver gives a code for is told in words', () => {
  const error = Object.assign(new Error('write CONNECTION_CLOSED db.example.org:5432'), { code: 'CONNECTION_CLOSED' })
  expect(toStoreError(error, 'the database x')).toMatchObject({
    name: 'StoreError',
    message: 'The database x cannot be reached (the connection was closed by db.example.org:5432).',
  })
})

test('a pooler that does not log in for 15 s is asked for longer than that', async () => {
  await using server = await startRefusal('08P01', 'server login has been failing, try again later (server_login_retry)')
  const settings = { url: server.url, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 5 }
  const clock = createLeapingClock()
  await expect(openDatabase({ settings, clock, log: silentLog })).rejects.toThrow('cannot log in')
  expect(clock.elapsedMs()).toBeGreaterThan(15_000)
})
