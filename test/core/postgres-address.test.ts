import { expect, test } from 'vitest'
import { type PostgresAddress, parsePostgresAddress } from '../../src/core/postgres-address.ts'

function parse(said: string, env: Record<string, string> = {}): PostgresAddress {
  const parsed = parsePostgresAddress(said, env)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.address
}

test.each<[string, Partial<PostgresAddress>]>([
  ['postgres://me:p%40%2F%23%3F%25%3A@db/sports', { user: 'me', password: 'p@/#?%:', database: 'sports' }],
  ['postgresql://me:a:b,[c]@db', { password: 'a:b,[c]', database: 'me' }],
  ['postgres://m%40e%2Fx:@db/s%20p', { user: 'm@e/x', password: undefined, database: 's p' }],
  ['postgres://db/x?user=me&password=a+b%26c', { user: 'me', password: 'a+b&c' }],
  ['postgres://u@db/x?dbname=y', { database: 'y' }],
])('%s: who and what', (said, expected) => {
  expect(parse(said)).toMatchObject(expected)
})

test.each<[string, unknown[]]>([
  ['postgres://db', [{ name: 'db', port: 5432, text: 'db' }]],
  ['postgres:///x', [{ name: 'localhost', port: 5432, text: 'localhost' }]],
  ['postgres://:6000/x', [{ name: 'localhost', port: 6000, text: 'localhost:6000' }]],
  ['postgres://[::1]:5433/x', [{ name: '::1', port: 5433, text: '[::1]:5433' }]],
  ['postgres://u@[fe80::1%25eth0]/x', [{ name: 'fe80::1%eth0', port: 5432, text: '[fe80::1%eth0]' }]],
  [
    'postgres://a,b:5433,[::2]:1/x',
    [
      { name: 'a', port: 5432, text: 'a' },
      { name: 'b', port: 5433, text: 'b:5433' },
      { name: '::2', port: 1, text: '[::2]:1' },
    ],
  ],
  [
    'postgres:///x?host=a,b&port=1',
    [
      { name: 'a', port: 1, text: 'a:1' },
      { name: 'b', port: 1, text: 'b:1' },
    ],
  ],
  ['postgres://a/x?hostaddr=10.0.0.1', [{ name: 'a', ip: '10.0.0.1', port: 5432, text: 'a' }]],
  ['postgres:///x?host=/run/pg', [{ name: '/run/pg', port: 5432, path: '/run/pg/.s.PGSQL.5432', text: '/run/pg' }]],
  ['postgres://%2Frun%2Fpg:6000/x', [{ name: '/run/pg', port: 6000, path: '/run/pg/.s.PGSQL.6000', text: '/run/pg' }]],
])('%s: where', (said, hosts) => {
  expect(parse(said).hosts).toEqual(hosts)
})

test.each<[string, Partial<PostgresAddress>]>([
  ['', { sslmode: 'prefer' }],
  ['sslmode=allow', { sslmode: 'prefer' }],
  ['sslmode=no-verify', { sslmode: 'require' }],
  ['ssl=true', { sslmode: 'require' }],
  ['ssl=false', { sslmode: 'disable' }],
  ['sslmode=require&sslrootcert=ca.pem', { sslmode: 'verify-ca', sslrootcert: 'ca.pem' }],
  ['sslmode=no-verify&sslrootcert=ca.pem', { sslmode: 'require' }],
  ['sslrootcert=system', { sslmode: 'verify-full', sslrootcert: 'system' }],
  ['schema=app', { searchPath: 'app' }],
  ['schema=My%20App', { searchPath: '"My App"' }],
  ['currentSchema=a,b', { searchPath: 'a,b' }],
  ['options=-csearch_path%3Da%2Cb', { searchPath: 'a,b' }],
  ['options=-csearch_path=a', { searchPath: 'a' }],
  ['options=-c%20search_path%3Da', { searchPath: 'a' }],
  ['options=-c+search_path%3D%22A+B%22%2Cc', { searchPath: '"A', startupOptions: 'B",c' }],
  ['options=-c%20search_path%3D%22A%5C%20B%22', { searchPath: '"A B"' }],
  ['options=--search-path%3Da%20-c%20jit%3Doff', { searchPath: 'a', settings: { jit: 'off' }, ignored: [] }],
  ['options=-csearch_path%3D%22$user%22%2Cpublic', { searchPath: 'public' }],
  ['search_path=%22$user%22', { searchPath: undefined }],
  ['statement_timeout=1&application_name=x', { settings: { statement_timeout: '1' }, applicationName: 'x', ignored: [] }],
  ['options=-cclient_encoding%3Dlatin1', { settings: {}, ignored: ['client_encoding'] }],
  ['options=endpoint%3Dcool-1', { searchPath: undefined, startupOptions: 'endpoint=cool-1', ignored: [] }],
  ['connect_timeout=1', { connectTimeoutS: 2 }],
  ['keepalives_idle=30&keepalives=1', { keepAliveS: 30 }],
  ['keepalives=0&keepalives_idle=30', { keepAliveS: 0 }],
  ['target_session_attrs=read-write', { sessionAttrs: 'read-write' }],
  ['pgbouncer=true&channel_binding=prefer&gssencmode=disable&sslsni=1&client_encoding=utf8', { ignored: [] }],
  ['constructor=1&toString=2', { ignored: ['constructor', 'toString'] }],
  [
    'connection_limit=5&pool_timeout=2&channel_binding=require&work_mem=x',
    { ignored: ['connection_limit', 'pool_timeout', 'channel_binding', 'work_mem'] },
  ],
])('the parameters %s', (query, expected) => {
  expect(parse(`postgres://db/x?${query}`)).toMatchObject(expected)
})

test("libpq's variables stand in for what the address does not say", () => {
  const env = { PGHOST: '/run/pg', PGPORT: '6000', PGUSER: 'me', PGPASSWORD: 'secret', PGDATABASE: 'd', PGSSLMODE: 'require' }
  const said = { user: 'me', password: 'secret', database: 'd', sslmode: 'require', hosts: [{ path: '/run/pg/.s.PGSQL.6000' }] }
  expect(parse('postgres:///', env)).toMatchObject(said)
  expect(parse('postgres://you:own@db:1/x?sslmode=disable', env)).toMatchObject({
    ...{ user: 'you', password: 'own', database: 'x', sslmode: 'disable', hosts: [{ name: 'db', port: 1 }] },
  })
})

test.each([
  ['mysql://me:s3cret@db/x', 'it must begin with postgres:// or postgresql://'],
  ['"postgres://me:s3cret@db/x"', 'it must begin with postgres:// or postgresql://'],
  ['host=db password=s3cret', 'it must begin with postgres:// or postgresql://'],
  ['postgres://', 'it must begin with postgres:// or postgresql://'],
  // Each of these has a password with one such character.
  ['postgres://me:s3/cret@db:5432/x', 'a character of its user or password is not percent-encoded'],
  ['postgres://me:s3@cret@db:5432/x', 'a character of its user or password is not percent-encoded'],
  ['postgres://me:s3#cret@db:5432/x', 'a character of its user or password is not percent-encoded'],
  ['postgres://me:s3?cret@db:5432/x', 'a character of its user or password is not percent-encoded'],
  ['postgres://me:12?s3=cret@db:5432/x', 'a character of its user or password is not percent-encoded'],
  ['postgres://me:12/s3cret@db:5432/x', 'a character of its user or password is not percent-encoded'],
  ['postgres://db/x?user=me&password=s3&cret', 'a character of its user or password is not percent-encoded'],
  ['postgres://db/x?user=me&password=s3#cret', 'a character of its user or password is not percent-encoded'],
  ['postgres://me:s3cret%zz@db/x', 'a % in it is not followed by two hexadecimal digits'],
  ['postgres://me:s3cret%@db/x', 'a % in it is not followed by two hexadecimal digits'],
  ['postgres://me:s3cret@db/%zz', 'a % in it is not followed by two hexadecimal digits'],
  ['postgres://me:s3cret%ff@db/x', 'what a % in it stands for is not text in UTF-8'],
  ['postgres://me:s3cret%00@db/x', 'what a % in it stands for is not text in UTF-8'],
  ['postgres://me:s3cret', 'its port is not a number from 0 to 65535'],
  ['postgres://me:s3cret@db:99999/x', 'its port is not a number from 0 to 65535'],
  ['postgres://me:s3cret@::1:5432/x', 'its port is not a number from 0 to 65535'],
  ['postgres://me:s3cret@d b/x', 'its host is neither a name nor an IP address nor a folder'],
  ['postgres://me:s3cret@[db]/x', 'its host is neither a name nor an IP address nor a folder'],
  ['postgres://me:s3cret@db/x?hostaddr=s3', 'its host is neither a name nor an IP address nor a folder'],
  ['postgres://me:s3cret@a,b/x?port=1,2,3', 'it does not have one port, or one hostaddr, for each host'],
  [
    'postgres://me:s3cret@db/x?sslmode=s3',
    'its sslmode is none of disable, allow, prefer, require, no-verify, verify-ca, verify-full',
  ],
  ['postgres://me:s3cret@db/x?sslmode=require&sslrootcert=system', 'sslrootcert=system needs sslmode=verify-full'],
  [
    'postgres://me:s3cret@db/x?target_session_attrs=s3',
    'its target_session_attrs is none of any, read-write, read-only, primary, standby, prefer-standby',
  ],
  ['postgres://me:s3cret@db/x?options=-c%20s3', 'its options are not -c NAME=VALUE'],
  ['postgres://me:s3cret@db/x?connect_timeout=s3', 'its connect_timeout is not a whole number of seconds'],
])('%s is refused without a word of it: %s', (said, why) => {
  const parsed = parsePostgresAddress(said)
  expect(parsed).toEqual({ problem: `is not a Postgres address: ${why}`, hint: expect.stringMatching(/^[A-Z].*\.$/) })
  expect(JSON.stringify(parsed)).not.toMatch(/s3|cret/)
})
