import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import type { Sql } from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clean, runCli, startCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createScratch } from '../support/scratch.ts'
import { until } from '../support/until.ts'

let store: TestDatabase
let env: Record<string, string>
beforeAll(async () => {
  store = await createTestDatabase()
  env = { DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2026-11-22T12:00:00Z' }
  await fill(store.sql)
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
})

/** A little of each kind of value, in an order that is not that of the key. */
async function fill(sql: Sql): Promise<void> {
  const [provenance, values] = [`'p', '\\x00', now(), clock_timestamp()`, (rows: string[]) => rows.join(', ')]
  const player = (id: string, name: string) => `('nba', '${id}', ${provenance}, ${name})`
  await sql.unsafe(`insert into players (sport, provider_id, provider, row_hash, created_at, updated_at, name) values
    ${values([player('b', `''`), player('B', `'a "b", c'`), player('a', `E'two\\nlines'`), player('ä', `'ü'`)])}`)
  const game = (sport: string, id: string, season: string, day: string) =>
    `('${sport}', '${id}', ${provenance}, '${season}', 'regular', '${day}', '${day} 19:30-05', 'final', now())`
  await sql.unsafe(`insert into games
    (sport, provider_id, provider, row_hash, created_at, updated_at, season, season_type, game_date, starts_at, status, last_checked_at) values
    ${values([game('nba', '2', '2025-26', '2025-11-20'), game('nba', '1', '2026-27', '2026-11-20'), game('nfl', '3', '2026', '2026-11-21')])}`)
  await sql.unsafe(`insert into races
    (provider_id, provider, row_hash, created_at, updated_at, season, race_date, status, course, name, is_walkover, prize, extra, last_checked_at)
    values ('r1', ${provenance}, '2026', '2026-11-20', 'final', 'Ascot', 'One', false, 1234567890.10, '{"a": [1, null]}', now()),
      ('r2', ${provenance}, '2026', '2026-11-21', 'final', 'Ascot', 'Two', true, null, null, now())`)
  await sql.unsafe(`insert into runners
    (race_id, horse_id, provider_id, provider, row_hash, created_at, updated_at, horse, declared, is_non_runner, is_reserve, time, bsp)
    values ('r1', 'h1', 'x', ${provenance}, 'Apple', true, false, false, interval '1 minute 30.5 s', 4.2),
      ('r2', 'h1', 'y', ${provenance}, 'Apple', true, false, false, null, null)`)
}

const runExport = (...args: string[]) => runCli(['export', ...args], env)
const lines = (text: string) => text.trimEnd().split('\n')

test('CSV on standard output is that of COPY, sorted by the bytes of the key, without internal columns; the number of rows on stderr', async () => {
  const { code, stdout, stderr } = await runExport('players')
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'players: 4 rows\n' })
  const copy = `copy (select sport, provider, provider_id, name, first_name, family_name from players order by provider_id collate "C")
    to stdout with (format csv, header)`
  expect(stdout).toBe(await text(await store.sql.unsafe(copy).readable()))
  expect(stdout).toMatch(/^sport,provider,provider_id,name,first_name,family_name\nnba,p,B,"a ""b"", c",,\nnba,p,a,"two\n/)
})

test('the same rows are the same bytes, on a server that sorts otherwise, too', async () => {
  await using other = await createTestDatabase({ icuLocale: 'en' })
  await fill(other.sql)
  using dir = createScratch()
  for (const [name, url] of Object.entries({ one: store.url, two: other.url }))
    await runCli(['export', 'players', 'games', 'races', 'runners', '--out', join(dir.path, name)], { ...env, DATABASE_URL: url })
  for (const file of ['players.csv', 'games.csv', 'races.csv', 'runners.csv'])
    expect(readFileSync(join(dir.path, 'two', file), 'utf8')).toBe(readFileSync(join(dir.path, 'one', file), 'utf8'))
})

test('NDJSON keeps the types', async () => {
  const { stdout } = await runExport('races', '--format', 'ndjson')
  const [first, second] = lines(stdout).map(line => JSON.parse(line))
  expect(first).toMatchObject({
    provider_id: 'r1',
    race_date: '2026-11-20',
    prize: '1234567890.10',
    is_walkover: false,
    extra: { a: [1, null] },
  })
  expect(second).toMatchObject({ provider_id: 'r2', is_walkover: true, prize: null, extra: null })
  const games = await runExport('games', '--format', 'ndjson', '--sport', 'nfl')
  expect(JSON.parse(games.stdout)).toMatchObject({ sport: 'nfl', starts_at: '2026-11-22T00:30:00Z', home_score: null })
  expect(JSON.parse(lines((await runExport('runners', '--format', 'ndjson')).stdout)[0] as string)).toMatchObject({
    time: '00:01:30.5',
    bsp: 4.2,
  })
})

test('Parquet keeps the types: instants and days, decimals of all their digits, null and the empty text', async () => {
  using dir = createScratch()
  const read = async (name: string) => {
    const file = await asyncBufferFromFile(join(dir.path, `${name}.parquet`))
    const { schema, row_groups } = await parquetMetadataAsync(file)
    return { schema: schema.slice(1), groups: row_groups.length, rows: await parquetReadObjects({ file }) }
  }
  const { code } = await runExport('players', 'games', 'races', 'runners', 'teams', '--format', 'parquet', '--out', dir.path)
  expect(code).toBe(0)
  const { schema, rows } = await read('races')
  expect(schema.find(({ name }) => name === 'prize')).toMatchObject({
    type: 'INT64',
    converted_type: 'DECIMAL',
    precision: 12,
    scale: 2,
  })
  expect(rows).toMatchObject([
    {
      provider_id: 'r1',
      race_date: new Date('2026-11-20'),
      prize: expect.closeTo(1234567890.1, 2),
      is_walkover: false,
      extra: '{"a": [1, null]}',
    },
    { provider_id: 'r2', is_walkover: true, prize: null, extra: null },
  ])
  const games = await read('games')
  expect(games.rows[2]).toMatchObject({
    starts_at: new Date('2026-11-22T00:30:00Z'),
    game_date: new Date('2026-11-21'),
    home_score: null,
  })
  expect(games.schema.find(({ name }) => name === 'starts_at')?.logical_type).toEqual({
    type: 'TIMESTAMP',
    isAdjustedToUTC: true,
    unit: 'MICROS',
  })
  expect((await read('runners')).rows[0]).toMatchObject({ time: '00:01:30.5', bsp: 4.2, declared: true })
  expect((await read('players')).rows.map(({ name }) => name)).toEqual(['a "b", c', 'two\nlines', '', 'ü'])
  expect(await read('teams')).toMatchObject({ rows: [], groups: 0, schema: { length: 6 } })
})

test('Parquet is written group by group, and the same to standard output', async () => {
  await using many = await createTestDatabase()
  await many.sql.unsafe(`insert into players (sport, provider_id, provider, row_hash, created_at, updated_at, name)
    select 'nba', lpad(g::text, 6, '0'), 'p', '\\x00', now(), now(), g::text from generate_series(0, 99999) g`)
  using dir = createScratch()
  const out = join(dir.path, 'players.parquet')
  const own = { ...env, DATABASE_URL: many.url }
  expect((await runCli(['export', 'players', '--out', out], own)).code).toBe(0)
  const file = await asyncBufferFromFile(out)
  expect((await parquetMetadataAsync(file)).row_groups.length).toBeGreaterThan(1)
  expect((await parquetReadObjects({ file, columns: ['name'] })).every(({ name }, i) => name === String(i))).toBe(true)
  const program = join(import.meta.dirname, '../../bin/run.js')
  const { stdout } = spawn(process.execPath, [program, 'export', 'players', '--format', 'parquet'], {
    env: { ...clean, ...own },
  })
  expect((await buffer(stdout)).equals(readFileSync(out))).toBe(true)
})

test('sport, season and days choose rows; what a table does not have is refused', async () => {
  const ids = async (...args: string[]) => {
    const { code, stdout, stderr } = await runExport(...args, '--format', 'ndjson')
    return code === 0
      ? stdout
          .trim()
          .split('\n')
          .filter(Boolean)
          .map(line => JSON.parse(line).provider_id)
      : stderr.trim()
  }
  expect(await ids('games', '--sport', 'nba')).toEqual(['1', '2'])
  expect(await ids('games', '--season', '2026-27')).toEqual(['1'])
  expect(await ids('games', '--season', '2025-26..2026-27', '--from', '2026-01-01')).toEqual(['1'])
  expect(await ids('games', '--from', '2026-11-21', '--to', '2026-11-21')).toEqual(['3'])
  expect(await ids('runners', '--from', '2026-11-21')).toEqual(['y'])
  expect(await ids('runners', '--season', '2025')).toEqual([])
  expect(await ids('players', '--season', '2026')).toBe('players has no seasons. Hint: Leave out --season.')
  expect(await ids('nfl-rosters', '--to', '2026-01-01')).toBe('nfl_rosters has no days. Hint: Leave out --from and --to.')
  expect(await ids('races', '--sport', 'nba')).toBe('races has no rows of nba.')
  expect(await ids('nba_player_game_stats', '--season', '2025')).toMatch(/did you mean 2025-26\?/)
  expect(await ids('game')).toBe('There is no dataset called game. Hint: did you mean games?')
})

test('every dataset of --list can be exported, with each filter it names', async () => {
  using dir = createScratch()
  const list = JSON.parse((await runExport('--list', '--json')).stdout) as {
    dataset: string
    hasSeasons: boolean
    hasDays: boolean
  }[]
  const names = (is: (table: (typeof list)[number]) => boolean) => list.filter(is).map(({ dataset }) => dataset)
  expect(names(() => true)).toContain('nfl_player_game_stats')
  const sets = [names(() => true), names(({ hasSeasons }) => hasSeasons), names(({ hasDays }) => hasDays)]
  for (const [i, more] of [[], ['--season', '2026'], ['--from', '2026-01-01', '--to', '2026-12-01']].entries()) {
    const { code, stdout, stderr } = await runExport(
      ...(sets[i] as string[]),
      ...more,
      '--out',
      join(dir.path, String(i)),
      '--json',
    )
    expect(code, stderr).toBe(0)
    expect(JSON.parse(stdout).datasets.map(({ dataset }: { dataset: string }) => dataset)).toEqual(sets[i])
    expect(readdirSync(join(dir.path, String(i))).sort()).toEqual((sets[i] as string[]).map(name => `${name}.csv`).sort())
  }
})

test('a file gets its name once it is complete, and replaces the one that a link means; a device is written to as it is', async () => {
  using dir = createScratch()
  const [real, link] = [join(dir.path, 'real.csv'), join(dir.path, 'link.ndjson')]
  writeFileSync(real, 'before')
  symlinkSync(real, link)
  expect(await runExport('players', '--out', link)).toMatchObject({ code: 0, stdout: '', stderr: `players: 4 rows in ${link}\n` })
  expect(lines(readFileSync(real, 'utf8'))).toHaveLength(4)
  expect(readdirSync(dir.path).sort()).toEqual(['link.ndjson', 'real.csv'])
  expect((await runExport('players', '--out', '/dev/null')).code).toBe(0)
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true)
  expect(await runExport('players', '--out', join(dir.path, 'none', 'x.csv'))).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/cannot be written: ENOENT/),
  })
  expect(await runExport('players', 'games')).toMatchObject({ code: 100, stderr: expect.stringMatching(/--out/) })
  expect(await runExport('players', 'games', '--out', real)).toMatchObject({
    code: 100,
    stderr: expect.stringMatching(/not a directory/),
  })
})

test.skipIf(!existsSync('/dev/full'))('a full disk is one line and 1 (skipped where there is no /dev/full)', async () => {
  expect(await runExport('players', '--out', '/dev/full')).toMatchObject({
    code: 1,
    stderr: '/dev/full cannot be written: ENOSPC: no space left on device.\n',
  })
})

test('SIGINT in the middle leaves the files that were there, and no others', async () => {
  await using many = await createTestDatabase()
  await many.sql.unsafe(`insert into players (sport, provider_id, provider, row_hash, created_at, updated_at, name)
    select 'nba', g::text, 'p', '\\x00', now(), now(), repeat('x', 200) from generate_series(1, 300000) g`)
  using dir = createScratch()
  writeFileSync(join(dir.path, 'players.csv'), 'before')
  const cli = startCli(['export', 'teams', 'players', '--out', dir.path], { ...env, DATABASE_URL: many.url })
  const half = () => readdirSync(dir.path).find(name => name.includes('players.csv.'))
  await until('a part is written', () => statSync(join(dir.path, half() ?? 'none'), { throwIfNoEntry: false })?.isFile() ?? false)
  cli.child.kill('SIGINT')
  expect(await cli.done).toMatchObject({ code: 130, stdout: '' })
  expect(readdirSync(dir.path)).toEqual(['players.csv'])
  expect(readFileSync(join(dir.path, 'players.csv'), 'utf8')).toBe('before')
})

test('several datasets are as they were at one moment', async () => {
  await using own = await createTestDatabase()
  await fill(own.sql)
  using dir = createScratch()
  mkdirSync(join(dir.path, 'out'))
  let exported: ReturnType<typeof startCli> | undefined
  await own.sql.begin(async tx => {
    await tx`lock table players in access exclusive mode`
    exported = startCli(['export', 'games', 'players', '--out', join(dir.path, 'out')], { ...env, DATABASE_URL: own.url })
    await until('it waits for the lock', async () => {
      const waiting = await own.sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      return waiting.length === 1
    })
    await tx`delete from players`
  })
  expect(await exported?.done).toMatchObject({ code: 0, stderr: expect.stringContaining('players: 4 rows') })
})
