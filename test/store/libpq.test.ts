import { expect, test } from 'vitest'
import { libpqVariables, withName, withoutPassword } from '../../src/store/libpq.ts'

test.each([
  [
    'postgres://me:p%40s%2Fs@db.example.org/sports',
    { PGUSER: 'me', PGPASSWORD: 'p@s/s', PGHOST: 'db.example.org', PGDATABASE: 'sports' },
  ],
  ['postgresql://[::1]:5433', { PGHOST: '::1', PGPORT: '5433' }],
  [
    'postgres://me@one:5432,two/sports?target_session_attrs=primary',
    { PGUSER: 'me', PGHOST: 'one,two', PGPORT: '5432,', PGDATABASE: 'sports', PGTARGETSESSIONATTRS: 'primary' },
  ],
  [
    'postgres://me@localhost/sports?host=%2Frun%2Fpostgresql&port=5433',
    { PGUSER: 'me', PGHOST: '/run/postgresql', PGPORT: '5433', PGDATABASE: 'sports' },
  ],
  [
    'postgres://h/d?sslmode=no-verify&pgbouncer=true&schema=x&options=-csearch_path%3Dx',
    { PGHOST: 'h', PGDATABASE: 'd', PGSSLMODE: 'require', PGOPTIONS: '-csearch_path=x' },
  ],
  ['postgres://h?ssl=true&schema=My%20App', { PGHOST: 'h', PGSSLMODE: 'require', PGOPTIONS: '-csearch_path="My\\ App"' }],
  ['postgres:///d?user=me&password=a%26b', { PGDATABASE: 'd', PGUSER: 'me', PGPASSWORD: 'a&b' }],
])('%s as variables of libpq', (address, variables) => {
  expect(libpqVariables(address)).toEqual(variables)
})

test('another database on the same server', () => {
  expect(libpqVariables('postgres://h/d', 'sandbox')).toEqual({ PGHOST: 'h', PGDATABASE: 'sandbox' })
  expect(withName('postgres://me:p@h:1/d?sslmode=require', 'sandbox')).toBe('postgres://me:p@h:1/sandbox?sslmode=require')
  expect(withName('postgres://h', 'sandbox')).toBe('postgres://h/sandbox')
})

test.each([
  ['postgres://me:secret@h/d?sslmode=require', 'postgres://me@h/d?sslmode=require'],
  ['postgres://me@h/d', 'postgres://me@h/d'],
  ['postgres://h/d?password=secret&sslmode=require', 'postgres://h/d?sslmode=require'],
  ['postgres://h/d?sslmode=require&password=secret', 'postgres://h/d?sslmode=require'],
  ['postgres://h/d?a=1&password=secret&sslpassword=secret&b=2', 'postgres://h/d?a=1&b=2'],
])('%s without its password', (address, shown) => {
  expect(withoutPassword(address)).toBe(shown)
})
