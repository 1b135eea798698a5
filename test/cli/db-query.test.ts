import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clean, runCli, startCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createScratch } from '../support/scratch.ts'
import { until } from '../support/until.ts'

const program = join(import.meta.dirname, '../../bin/run.js')
let store: TestDatabase
let env: Record<string, string>
beforeAll(async () => {
  store = await createTestDatabase()
  env = { DATABASE_URL: store.url }
  await store.sql.unsafe(`create table shown (id int primary key, name text); insert into shown values (1, 'one'), (2, null)`)
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
})

const query = (...args: string[]) => runCli(['db', 'query', ...args], env)
const countShown = async () => (await store.sql<{ n: number }[]>`select count(*) as n from shown`)[0]?.n
/** Statements of the command that run now. */
const running = async () =>
  (
    await store.sql`select pid from pg_stat_activity where state = 'active' and query like '%pg_sleep(300%' and pid <> pg_backend_pid()`
  ).length

describe('rows', () => {
  test('as a table: columns aligned, numbers to the right, NULL told from an empty text, the number of rows', async () => {
    const { code, stdout, stderr } = await query(
      `select id, name, '' as empty, 12.50::numeric as price, id = 1 as yes, timestamptz '2026-11-20 19:30-05' as at from shown order by id`,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.split('\n')).toEqual([
      'id  name  empty  price  yes    at',
      ' 1  one          12.50  true   2026-11-21 00:30:00Z',
      ' 2  NULL         12.50  false  2026-11-21 00:30:00Z',
      '(2 rows)',
      '',
    ])
    expect((await query('select * from shown where false')).stdout).toBe('id  name\n(0 rows)\n')
    expect((await query('show work_mem;')).stdout).toBe('work_mem\n4MB\n(1 row)\n')
  })

  test('off a terminal nothing is cut, and control characters are escaped', async () => {
    const { stdout } = await query(`select repeat('x', 500) as wide, E'a\\x1b[2Jb\\nc' as hostile`)
    expect(stdout).toContain('x'.repeat(500))
    expect(stdout).toContain('a\\x1b[2Jb\\nc')
  })

  test('as JSON: no digit is lost, instants are ISO 8601 in UTC, days are texts', async () => {
    const { code, stdout } = await query(
      '--json',
      `select 42::bigint as small, 9007199254740993 as big, 1.50::numeric(6,2) as price, timestamptz '2026-11-20 19:30:00.123456-05' as at,
        timestamp '2026-11-20 19:30' as local, date '2026-11-20' as day, null as nothing, true as yes, 'NaN'::float8 as nan, 0.1::float8 as tenth,
        '{"a": 12345678901234567890, "b": "x  y"}'::json as json, '[1, 2]'::jsonb as jsonb,
        array['a b', null, '"q"\\', 'NULL'] as texts, '{{1,2},{3,4}}'::bigint[] as numbers, '{}'::int[] as none, E'\\x1b' as escape`,
    )
    expect(code).toBe(0)
    expect(stdout).toContain('12345678901234567890')
    expect(JSON.parse(stdout)).toEqual([
      {
        small: 42,
        big: '9007199254740993',
        price: '1.50',
        at: '2026-11-21T00:30:00.123456Z',
        local: '2026-11-20T19:30:00',
        day: '2026-11-20',
        nothing: null,
        yes: true,
        nan: 'NaN',
        tenth: 0.1,
        json: { a: Number('12345678901234567890'), b: 'x  y' },
        jsonb: [1, 2],
        texts: ['a b', null, '"q"\\', 'NULL'],
        numbers: [
          [1, 2],
          [3, 4],
        ],
        none: [],
        escape: '\u001b',
      },
    ])
    expect((await query('--json', 'select 1 as a where false')).stdout).toBe('[]\n')
    const twice = await query('--json', 'select 1 as a, 2 as a')
    expect(twice.code).toBe(100)
    expect(JSON.parse(twice.stdout)).toMatchObject({ error: { message: 'Two columns are called a, which JSON cannot have.' } })
  })

  test('as CSV: the same bytes as COPY writes', async () => {
    const rows = `select id, name, '' as "e,mpty", E'a "quoted",\\nline' as text, '\\.' as stop, id = 1 as yes, now() - now() as span from shown order by id`
    const { stdout } = await query('--csv', rows)
    const copied = await store.sql.unsafe(`copy (${rows}) to stdout with (format csv, header)`).readable()
    expect(stdout).toBe(await text(copied))
    expect(stdout).toContain('1,one,"",')
  })

  test('come in batches that are more than one, with none lost or twice', async () => {
    const { stdout } = await query('--json', `select g, repeat('x', g % 1000) as x from generate_series(1, 30000) g`)
    expect((JSON.parse(stdout) as { g: number }[]).map(({ g }) => g)).toEqual(Array.from({ length: 30_000 }, (_, i) => i + 1))
  })

  test('of a statement in a file, or on standard input', async () => {
    using dir = createScratch()
    const file = join(dir.path, 'q.sql')
    writeFileSync(file, '-- who\nselect name from shown where id = 1;\n')
    expect((await query('--file', file, '--csv')).stdout).toBe('name\none\n')
    const child = spawn(process.execPath, [program, 'db', 'query', '-', '--csv'], {
      env: { ...clean, ...env },
      stdio: 'pipe',
    })
    child.stdin.end('select name from shown where id = 1')
    expect(await text(child.stdout)).toBe('name\none\n')
    expect(await query('--file', join(dir.path, 'none.sql'))).toMatchObject({
      code: 100,
      stderr: expect.stringMatching(/none\.sql cannot be read/),
    })
  })

  const script = '/usr/bin/script'
  test.skipIf(!existsSync(script))(
    'are cut to the width of a terminal, or put below each other (skipped where there is no script)',
    async () => {
      const show = async (statement: string) => {
        const command = `stty cols 60; exec '${process.execPath}' '${program}' db query "${statement}"`
        const how = { env: { PATH: process.env['PATH'], HOME: '/nonexistent', TERM: 'xterm', ...env }, timeout: 30_000 }
        const { stdout } = await promisify(execFile)(script, ['-qec', command, '/dev/null'], how).catch(
          error => error as { stdout: string },
        )
        return stdout.replaceAll('\r', '')
      }
      expect(await show(`select repeat('x', 200) as text, 1234567890123 as number, '東京' as wide, 1 as one`)).toBe(
        `text                                       number  wide  one\n${'x'.repeat(33)}…  1234567890123  東京    1\n(1 row)\n`,
      )
      const below = await show('select * from nba_player_game_stats right join (select 1 as one) o on true')
      expect(below).toMatch(/^row 1\n {2}provider {2,}NULL\n/)
      expect(below.split('\n').filter(line => line.length > 60)).toEqual([])
      expect(await show('select 1,\n  nme from shown')).toBe(
        '  nme from shown\n  ^\nThe statement failed: column "nme" does not exist (line 2,\n  character 3). Hint: Perhaps you meant to reference the\n  column "shown.name".\n',
      )
    },
  )
})

describe('without --write nothing is written', () => {
  test.each([
    ['delete from shown', /read-only transaction\. Hint: db query only reads; to write, add --write\.$/],
    ['with gone as (delete from shown returning *) select * from gone', /read-only/],
    ['explain analyze delete from shown', /read-only/],
    ['create table more (id int)', /read-only/],
    ['select 1; drop table shown', /multiple commands.* Hint: Run them one by one, or use sports-ingest db psql\.$/],
    ['commit; drop table shown', /COMMIT does not run here/],
    ['/* /* */ ; */ ROLLBACK; drop table shown', /ROLLBACK does not run here/],
    ['set transaction read write', /read-write mode/],
    [`do $$ begin set transaction read write; delete from shown; end $$`, /read-write mode/],
    [`do $$ begin commit; delete from shown; end $$`, /invalid transaction termination/],
    [`do $$ begin perform set_config('transaction_read_only', 'off', true); delete from shown; end $$`, /read-write mode/],
    [`select setval(pg_get_serial_sequence('ingest_runs', 'id'), 77)`, /permission denied/],
    [`do $$ begin copy (select 1) to program 'true'; end $$`, /permission denied/],
    ['copy shown to stdout', /COPY does not run here/],
    ['alter system set work_mem = 1', /./],
    ['select 1 \0; drop table shown', /./],
    [' ; -- nothing', /The statement is empty/],
    ['select $1', /no parameters/],
  ])('%s', async (statement, says) => {
    // No argument of a program can have a NUL.
    using dir = createScratch()
    const file = join(dir.path, 'q.sql')
    writeFileSync(file, statement)
    const { code, stdout, stderr } = await query('--file', file)
    expect({ code, stdout }).toEqual({ code: 100, stdout: '' })
    expect(stderr.trimEnd()).toMatch(says)
    expect(stderr.trimEnd()).not.toContain('\n')
    expect(await countShown()).toBe(2)
  })

  test('what a session would keep ends with the command, and what a function did is rolled back', async () => {
    await store.sql.unsafe('create function say() returns void language sql as $$ select pg_notify($a$x$a$, $a$y$a$) $$')
    expect((await query('set session characteristics as transaction read write')).code).toBe(0)
    expect((await query('select lo_create(4711)')).code).toBe(100)
    expect((await query('select pg_terminate_backend(pid) from pg_stat_activity where false')).code).toBe(0)
    expect((await query('--csv', 'select current_user')).stdout).toBe('current_user\npg_read_all_data\n')
    expect(await countShown()).toBe(2)
  })
})

test('--write commits, and prints the tag with the number of rows; a constraint is an error of the statement', async () => {
  expect(await query('--write', `insert into shown values (3, 'three'), (4, 'four')`)).toMatchObject({
    code: 0,
    stdout: 'INSERT 0 2\n',
  })
  expect(await query('--write', `update shown set name = 'x' where id > 2 returning id`)).toMatchObject({
    code: 0,
    stdout: 'id\n 3\n 4\n(2 rows)\n',
  })
  expect(JSON.parse((await query('--write', '--json', 'delete from shown where id > 2')).stdout)).toEqual({
    command: 'DELETE',
    count: 2,
  })
  const failed = await query('--write', `insert into shown values (5, 'five'), (1, 'again')`)
  expect(failed).toMatchObject({
    code: 100,
    stderr: expect.stringMatching(/duplicate key .*: Key \(id\)=\(1\) already exists\.\n$/),
  })
  expect(await countShown()).toBe(2)
})

describe('a statement that takes long', () => {
  test('is not ended by database.query_timeout; SIGINT cancels it at once', async () => {
    const limited = { ...env, SPORTS_INGEST_DATABASE_QUERY_TIMEOUT: '1' }
    const slept = runCli(['db', 'query', 'select pg_sleep(1.5)'], limited)
    const cli = startCli(['db', 'query', 'select pg_sleep(300)'], env)
    await until('it runs', async () => (await running()) === 1)
    cli.child.kill('SIGINT')
    expect(await cli.done).toMatchObject({ code: 130, stdout: '', stderr: 'Stopped by SIGINT.\n' })
    await until('it is cancelled', async () => (await running()) === 0)
    expect((await slept).code).toBe(0)
  })

  test('is cancelled when the reader has gone, which is no failure', async () => {
    const rows = 'select g, pg_sleep(case when g > 100000 then 300 else 0 end) from generate_series(1, 200000) g'
    const child = spawn(process.execPath, [program, 'db', 'query', '--csv', rows], {
      env: { ...clean, ...env },
      stdio: 'pipe',
    })
    const said = text(child.stderr)
    await once(child.stdout, 'data')
    child.stdout.destroy()
    expect([await once(child, 'exit'), await said]).toEqual([[0, null], ''])
    await until('it is cancelled', async () => (await running()) === 0)
  })

  test('meets the end of its connection: one line, 102, and it is not run again', async () => {
    const cli = startCli(['db', 'query', '--write', `insert into shown select 9, pg_sleep(300)::text`], env)
    await until('it runs', async () => (await running()) === 1)
    await store.sql`select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(300%' and pid <> pg_backend_pid()`
    expect(await cli.done).toMatchObject({ code: 102, stdout: '' })
    expect(await countShown()).toBe(2)
  })
})
