import { describe, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { csv } from '../support/csv.ts'
import type { TestDatabase } from '../support/database.ts'
import {
  discardedLetters,
  fileLetters,
  gamesAfterThirdWeek,
  idsListedOn,
  idsOn,
  nbaOn,
  nflFilesMended,
  nflFilesWhenWritten,
  openLetters,
  putOffInDecember,
  putOffInJanuary,
  resolvedLetter,
} from '../support/former-database/leagues.ts'
import { createFormerDatabase } from '../support/former-database/load.ts'
import { type HandMadeLeague, scheduleOf, startHandMadeNba } from '../support/hand-made-nba.ts'
import { type NflFiles, persons, startHandMadeNfl, weekLine, weekLinesOf } from '../support/hand-made-nfl.ts'
import { reply } from '../support/provider-server.ts'

// The database that version 0.1.0 left (see support/former-database/generate.ts), migrated and worked by this version.

const backfillNba = ['schedule', 'backfill', '--sport', 'nba', '--season', '2024-25']
const dailyNba = ['schedule', 'daily', '--sport', 'nba']
const backfillNfl = ['schedule', 'backfill', '--sport', 'nfl', '--season', '2023..2024']
const dailyNfl = ['schedule', 'daily', '--sport', 'nfl']

const boxPath = /\/boxscore_(\d{10})\.json$/

/** Settings for a run at an instant; a request is made once. */
const at = (now: string) => ({ SPORTS_INGEST_NOW: now, SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '1' })

/** A test runs up to ten programs one after the other, which takes long where all processors are busy. */
const programs = { timeout: 180_000 }

/** Runs a command at an instant. */
type Run = (words: readonly string[], now: string) => ReturnType<typeof runCli>

async function migrate(store: TestDatabase): Promise<void> {
  const migrated = await runCli(['db', 'migrate'], { DATABASE_URL: store.url })
  expect(migrated, migrated.stderr).toMatchObject({ code: 0 })
}

/** The league as it is now, a former database of it that has been migrated, and the command line. */
async function startNba(league: HandMadeLeague, dump: 'worked' | 'first-daily-failed' = 'worked') {
  const api = await startHandMadeNba(league)
  const store = await createFormerDatabase(dump, { NBA: api.url })
  const names = await readNames(store)
  await migrate(store)
  const run: Run = (words, now) => runCli(words, { ...api.env, DATABASE_URL: store.url, ...at(now) })
  let told = 0
  return {
    url: api.url,
    league,
    store,
    names,
    run,
    /** Ids of the games whose box scores were asked for since the last call, in order. */
    asked: (): string[] => {
      const paths = api.requests.slice(told).map(({ path }) => path)
      told = api.requests.length
      return paths.flatMap(path => boxPath.exec(path)?.[1] ?? []).sort()
    },
    watermark: (stage: string, key: string) => readWatermark(store, stage, key),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await api[Symbol.asyncDispose]()
    },
  }
}

/** The files as they are now, a former database with them that has been migrated, and the command line. */
async function startNfl(files: NflFiles) {
  const api = await startHandMadeNfl(files)
  const store = await createFormerDatabase('worked', { NFL: api.url })
  const names = await readNames(store)
  await migrate(store)
  const run: Run = (words, now) => runCli(words, { ...api.env, DATABASE_URL: store.url, ...at(now) })
  return {
    api,
    files,
    store,
    names,
    run,
    watermark: (stage: string, key: string) => readWatermark(store, stage, key),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await api[Symbol.asyncDispose]()
    },
  }
}

interface Letter {
  id: number
  status: string
  attempts: number
}

const letters = async ({ sql }: TestDatabase, sport: string): Promise<Letter[]> => [
  ...(await sql<Letter[]>`select id, status, attempts from dead_letters where sport = ${sport} order by id`),
]

const withStatus = (all: readonly Letter[], status: string): Letter[] => all.filter(letter => letter.status === status)

const states = (all: readonly Letter[]): Omit<Letter, 'attempts'>[] => all.map(({ id, status }) => ({ id, status }))

/** Reads `dataset item` of each letter as version 0.1.0 wrote it: a migration may rename items, but ids stay. */
async function readNames({ sql }: TestDatabase): Promise<(all: readonly Letter[]) => string[]> {
  const rows = await sql<{ id: number; name: string }[]>`select id, dataset || ' ' || item as name from dead_letters`
  const names = new Map(rows.map(({ id, name }) => [id, name]))
  return all => all.map(({ id }) => names.get(id) ?? `letter ${id}, which is new`).sort()
}

const readWatermark = async ({ sql }: TestDatabase, stage: string, key: string) =>
  (await sql<{ value: string }[]>`select value from ingest_watermarks where stage = ${stage} and key = ${key}`)[0]?.value

/** Every row of every table of a sport, with its times: unchanged only where nothing was written. */
async function rowsOf({ sql }: TestDatabase, sport: string): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' and starts_with(table_name, ${`${sport}_`}) order by 1`
  expect(tables.length).toBeGreaterThan(1)
  const rows: Record<string, string> = {}
  for (const { name } of tables) {
    const [found] = await sql<{ rows: string }[]>`
      select count(*) || ' ' || md5(coalesce(string_agg(t::text, '' order by t::text), '')) as rows from ${sql(name)} t`
    rows[name] = found?.rows ?? ''
  }
  return rows
}

const watermarks = async ({ sql }: TestDatabase) => [
  ...(await sql`select stage, key, value, updated_at from ingest_watermarks order by stage, key`),
]

describe('a database of version 0.1.0', programs, () => {
  test('keeps its watermarks, letters and runs through the migration, and the commands show them', async () => {
    await using store = await createFormerDatabase('worked', {})
    const before = { watermarks: await watermarks(store), nba: await letters(store, 'nba'), nfl: await letters(store, 'nfl') }
    expect(before.watermarks).toHaveLength(5)
    await migrate(store)
    expect({ watermarks: await watermarks(store), nba: await letters(store, 'nba'), nfl: await letters(store, 'nfl') }).toEqual(
      before,
    )

    const run = (words: string) => runCli(words.split(' '), { DATABASE_URL: store.url, ...at('2025-01-18T12:00:00Z') })
    expect(await run('db status')).toMatchObject({ code: 0 })
    const { stdout: list } = await run('watermark list')
    for (const { key, value } of before.watermarks) expect(list).toMatch(new RegExp(`${key} +${value}`))
    const { stdout: open } = await run('dead-letters list')
    for (const { id } of withStatus([...before.nba, ...before.nfl], 'open')) expect(open).toMatch(new RegExp(`^${id} `, 'm'))
    const { stdout: all } = await run('dead-letters list --status all')
    for (const { id } of [...before.nba, ...before.nfl]) expect(all).toMatch(new RegExp(`^${id} `, 'm'))
    for (const { id } of [before.nba.at(0), before.nfl.at(0)] as Letter[])
      expect(await run(`dead-letters show ${id}`)).toMatchObject({ code: 0 })

    // One of each kind: imports, daily runs, a retry, a live session with its update, a backfill with a failed chunk.
    const runs = await store.sql<{ id: number; job: string; sport: string }[]>`select id, job, sport from ingest_runs order by id`
    expect(runs).toHaveLength(9)
    const listed = (await run('runs list')).stdout
    for (const { id, job, sport } of runs) {
      expect(listed).toMatch(new RegExp(`^${id} +${job} +${sport}`, 'm'))
      expect(await run(`runs show ${id}`), `run ${id}`).toMatchObject({ code: 0, stdout: expect.stringContaining(job) })
    }
    expect(JSON.parse((await run('runs list --json')).stdout)).toMatchObject(runs.toReversed())
  })

  test('is proven by watermark verify without a provider, and a hole in it is found', async () => {
    await using store = await createFormerDatabase('worked', {})
    await migrate(store)
    const verify = () => runCli(['watermark', 'verify'], { DATABASE_URL: store.url, ...at('2025-01-18T12:00:00Z') })
    const proven = await verify()
    expect(proven, proven.stdout).toMatchObject({ code: 0 })
    expect(proven.stdout).not.toContain('no schedule is kept')
    // Settled beyond the watermark of the backfill; a day of the daily runs; a game and a file of the NFL.
    await store.sql`delete from games where provider_id in (${idsOn('2024-11-20')[0] ?? ''}, ${idsOn('2025-01-16')[0] ?? ''})`
    await store.sql`delete from nfl_player_game_stats where season = 2023 and week = 2`
    const { code, stdout } = await verify()
    expect(code, stdout).toBeGreaterThanOrEqual(3)
    for (const key of ['nba:2024-25', 'daily:nba', 'nfl:2023']) expect(stdout).toMatch(new RegExp(`${key}.* hole`))
  })
})

describe('its daily runs of the NBA', programs, () => {
  test('go on after the watermark, ask again for what the former ones would have, and leave given up letters alone', async () => {
    await using nba = await startNba(nbaOn('2025-01-18'))
    const before = await letters(nba.store, 'nba')
    const done = await nba.run(dailyNba, '2025-01-18T12:00:00Z')
    // The entry that cannot be read, and the box score that is refused.
    expect(done.code, done.stdout + done.stderr).toBe(2)
    // The new day, the two days before it, which may have been corrected, and no more.
    const unreadable = [openLetters.entry, discardedLetters.entry]
    const looked = [...idsOn('2025-01-15'), ...idsOn('2025-01-16'), ...idsOn('2025-01-17')]
    expect(nba.asked()).toEqual(looked.filter(id => !unreadable.includes(id) && id !== putOffInJanuary))
    expect(await nba.watermark('schedule', 'daily:nba')).toBe('2025-01-17')
    expect(await nba.watermark('backfill', 'nba:2024-25')).toBe('0022400063')
    const after = await letters(nba.store, 'nba')
    expect(withStatus(after, 'discarded')).toEqual(withStatus(before, 'discarded'))
    expect(states(after)).toEqual(states(before))
    const triedAgain = after.filter(({ attempts }, i) => attempts > (before[i]?.attempts ?? 0))
    expect(nba.names(triedAgain)).toEqual([`box-scores ${openLetters.box}`, `schedule ${openLetters.entry}`])

    // Games that were postponed are found by their status when they have been played.
    Object.assign(nba.league, nbaOn('2025-01-20'))
    await nba.run(dailyNba, '2025-01-20T12:00:00Z')
    expect(nba.asked()).toEqual(expect.arrayContaining([putOffInDecember, putOffInJanuary]))
    const finals = await nba.store.sql`
      select 1 from games where provider_id in (${putOffInDecember}, ${putOffInJanuary}) and status = 'final'`
    expect(finals).toHaveLength(2)
    expect(await nba.watermark('schedule', 'daily:nba')).toBe('2025-01-19')
  })

  test('resolve the letters of games that can be had by now, discarded ones too', async () => {
    await using nba = await startNba(nbaOn('2025-01-18', { mended: true }))
    expect(await nba.run(dailyNba, '2025-01-18T12:00:00Z')).toMatchObject({ code: 0 })
    // No daily run asks for a game whose three attempts are over, or that a backfill has set aside.
    const left = withStatus(await letters(nba.store, 'nba'), 'open')
    expect(nba.names(left)).toEqual([`box-scores ${openLetters.ofBackfill}`, `box-scores ${openLetters.exhausted}`])
  })

  test('that had all failed begin with the day that the first one wanted to load', async () => {
    await using nba = await startNba(nbaOn('2025-01-18', { mended: true }), 'first-daily-failed')
    const done = await nba.run(dailyNba, '2025-01-18T12:00:00Z')
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
    const missed = ['2025-01-14', '2025-01-15', '2025-01-16', '2025-01-17']
    expect(nba.asked()).toEqual(idsListedOn(nba.league, ...missed))
    expect(await nba.watermark('schedule', 'daily:nba')).toBe('2025-01-17')
    // The run whose process was killed does not stay at work for ever.
    const runs = await nba.store.sql<{ status: string }[]>`select status from ingest_runs order by id`
    expect(runs.map(({ status }) => status)).toEqual(['stopped', 'lost', 'done'])
  })
})

describe('its half-done backfill of the NBA', programs, () => {
  const settled = [...idsOn('2024-10-22'), ...idsOn('2024-11-20'), ...idsOn('2024-12-10').slice(0, 2)]

  test('goes on: nothing that is settled is asked for again, beyond the watermark neither', async () => {
    await using nba = await startNba(nbaOn('2025-01-18', { mended: true }))
    const done = await nba.run(backfillNba, '2025-01-18T12:00:00Z')
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
    const asked = nba.asked()
    expect(asked.filter(id => settled.includes(id))).toEqual([])
    const january = ['2025-01-14', '2025-01-15', '2025-01-16', '2025-01-17'].flatMap(idsOn)
    // The two that were postponed are still to be played.
    expect(asked).toEqual([...idsOn('2024-11-05'), ...january].filter(id => id !== putOffInJanuary))
    expect(await nba.watermark('backfill', 'nba:2024-25')).toBe('0022400302')
    expect(await nba.watermark('schedule', 'daily:nba')).toBe('2025-01-16')

    Object.assign(nba.league, nbaOn('2025-01-20', { mended: true }))
    expect(await nba.run(backfillNba, '2025-01-20T12:00:00Z')).toMatchObject({ code: 0 })
    expect(nba.asked()).toEqual([putOffInDecember, putOffInJanuary])
    expect(await nba.watermark('backfill', 'nba:2024-25')).toBe('0022400582')
    // Its letter stays open until somebody asks for it.
    const left = withStatus(await letters(nba.store, 'nba'), 'open')
    expect(nba.names(left)).toEqual([`box-scores ${openLetters.ofBackfill}`])
    expect(await nba.run([...backfillNba, '--retry-failed'], '2025-01-20T13:00:00Z')).toMatchObject({ code: 0 })
    expect(nba.asked()).toEqual([])
  })

  test('--retry-failed asks for the chunk that failed, and no more', async () => {
    await using nba = await startNba(nbaOn('2025-01-18', { mended: true }))
    const done = await nba.run([...backfillNba, '--retry-failed'], '2025-01-18T12:00:00Z')
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
    expect(nba.asked()).toEqual(idsOn('2024-11-05'))
    expect(await nba.watermark('backfill', 'nba:2024-25')).toBe('0022400302')
  })

  test('goes by the schedule that was kept, when the season is over and no provider has it', async () => {
    const schedule = () => reply(200, {}, scheduleOf([{ id: '0022500001', day: '2025-10-22' }], '2025-26'))
    await using nba = await startNba({ ...nbaOn('2025-01-18', { mended: true }), schedule })
    await nba.run([...backfillNba, '--retry-failed'], '2025-10-24T12:00:00Z')
    expect(nba.asked()).toEqual(idsOn('2024-11-05'))
    expect(await nba.watermark('backfill', 'nba:2024-25')).toBe('0022400302')
  })
})

describe('its dead letters', programs, () => {
  test('of the NBA: each stays open while it fails, and is resolved by its id once the provider has the game', async () => {
    await using nba = await startNba(nbaOn('2025-01-18'))
    const before = await letters(nba.store, 'nba')
    const open = withStatus(before, 'open')
    const games = open.map(letter => nba.names([letter])[0]?.split(' ')[1] ?? '')
    expect(games).toEqual(Object.values(openLetters))
    const now = '2025-01-18T12:00:00Z'
    expect(await nba.run(['dead-letters', 'retry', '--all', '--sport', 'nba'], now)).toMatchObject({ code: open.length })
    const failed = open.map(letter => ({ ...letter, attempts: letter.attempts + 1 }))
    expect(withStatus(await letters(nba.store, 'nba'), 'open')).toEqual(failed)
    Object.assign(nba.league, nbaOn('2025-01-18', { mended: true }))
    nba.asked()
    for (const [i, { id }] of open.entries()) {
      expect(await nba.run(['dead-letters', 'retry', String(id)], now), `letter ${id}`).toMatchObject({ code: 0 })
      expect(nba.asked()).toEqual([games[i]])
      expect((await letters(nba.store, 'nba')).find(letter => letter.id === id)).toMatchObject({ status: 'resolved' })
    }
    const after = await letters(nba.store, 'nba')
    expect(after).toHaveLength(before.length)
    expect(withStatus(after, 'discarded')).toEqual(withStatus(before, 'discarded'))
    for (const id of [...games, resolvedLetter])
      expect(await nba.store.sql`select 1 from nba_player_game_stats where game_id = ${id}`, id).toHaveLength(4)
    const discarded = withStatus(after, 'discarded').map(({ id }) => String(id))
    expect(await nba.run(['dead-letters', 'retry', discarded[0] ?? ''], now)).toMatchObject({ code: 100 })
    expect(await watermarks(nba.store)).toHaveLength(5)
  })

  test('of the NFL: each stays open while it fails, and is resolved by its id once the provider has the file', async () => {
    await using nfl = await startNfl(nflFilesWhenWritten())
    const before = await letters(nfl.store, 'nfl')
    const open = withStatus(before, 'open')
    expect(nfl.names(open)).toEqual(fileLetters.open)
    expect(nfl.names(withStatus(before, 'discarded'))).toEqual(fileLetters.discarded)
    const now = '2024-09-21T12:00:00Z'
    expect(await nfl.run(['dead-letters', 'retry', '--all', '--sport', 'nfl'], now)).toMatchObject({ code: open.length })
    expect(states(await letters(nfl.store, 'nfl'))).toEqual(states(before))
    Object.assign(nfl.files, nflFilesMended())
    for (const { id } of open) {
      expect(await nfl.run(['dead-letters', 'retry', String(id)], now), `letter ${id}`).toMatchObject({ code: 0 })
      expect((await letters(nfl.store, 'nfl')).find(letter => letter.id === id)).toMatchObject({ status: 'resolved' })
    }
    const after = await letters(nfl.store, 'nfl')
    expect(after).toHaveLength(before.length)
    expect(withStatus(after, 'discarded')).toEqual(withStatus(before, 'discarded'))
    const [rows] = await nfl.store.sql`
      select (select count(*)::int from nfl_players) as players, (select count(*)::int from nfl_injuries where season = 2023) as injuries`
    expect(rows).toEqual({ players: persons.length, injuries: 1 })
  })

  test('--all tries those of both sports at once', async () => {
    await using nba = await startNba(nbaOn('2025-01-18', { mended: true }))
    await using files = await startHandMadeNfl(nflFilesMended())
    const env = { SPORTS_INGEST_PROVIDER_NFLVERSE_URL: files.url, SPORTS_INGEST_PROVIDER_NFLDATA_URL: files.url }
    const words = ['dead-letters', 'retry', '--all']
    const retried = await runCli(words, {
      ...env,
      SPORTS_INGEST_PROVIDER_NBA_CDN_URL: nba.url,
      SPORTS_INGEST_PROVIDER_NBA_STATS_URL: nba.url,
      DATABASE_URL: nba.store.url,
      ...at('2025-01-18T12:00:00Z'),
    })
    expect(retried, retried.stdout + retried.stderr).toMatchObject({ code: 0 })
    const all = [...(await letters(nba.store, 'nba')), ...(await letters(nba.store, 'nfl'))]
    expect(withStatus(all, 'open')).toEqual([])
    expect(withStatus(all, 'discarded')).toHaveLength(4)
  })
})

describe('its files of the NFL', programs, () => {
  test('that have not changed are not read again: every answer is a 304, and no row is written', async () => {
    await using nfl = await startNfl(nflFilesWhenWritten())
    const before = { rows: await rowsOf(nfl.store, 'nfl'), letters: await letters(nfl.store, 'nfl') }
    const done = await nfl.run(backfillNfl, '2024-09-21T12:00:00Z')
    // The injuries of 2023 and the players, which still cannot be had.
    expect(done.code, done.stdout + done.stderr).toBe(2)
    const asked = nfl.api.asked()
    expect(nfl.api.sent()).toEqual([])
    const loaded = Object.keys(nfl.files).filter(name => name !== 'players')
    expect(loaded).toHaveLength(11)
    expect(loaded.filter(name => !asked.includes(name))).toEqual([])
    expect((await nfl.run(dailyNfl, '2024-09-21T12:00:00Z')).code).toBe(1)
    expect(nfl.api.sent()).toEqual([])
    expect(await rowsOf(nfl.store, 'nfl')).toEqual(before.rows)
    expect(states(await letters(nfl.store, 'nfl'))).toEqual(states(before.letters))
    expect(await nfl.watermark('schedule', 'daily:nfl')).toBe('2024-09-20')
  })

  test('that have changed are read, and no others; the watermarks move on', async () => {
    await using nfl = await startNfl(nflFilesWhenWritten())
    const thirdWeek = persons.filter(({ club }) => club === 'KC' || club === 'LAC').map(person => weekLine(person, 2024, 3))
    const changed = { games: gamesAfterThirdWeek(), stats_player_week_2024: csv([...weekLinesOf(2024), ...thirdWeek]) }
    Object.assign(nfl.files, changed)
    const done = await nfl.run(dailyNfl, '2024-09-24T12:00:00Z')
    // The players, which still cannot be had, and the row of the games file that still cannot be read.
    expect(done.code, done.stdout + done.stderr).toBe(2)
    expect(nfl.api.sent().sort()).toEqual(Object.keys(changed))
    expect(await nfl.watermark('schedule', 'daily:nfl')).toBe('2024-09-23')
    expect(await nfl.watermark('backfill', 'nfl:2024')).toBe('2024_03_KC_LAC')
    expect(await nfl.watermark('backfill', 'nfl:2023')).toBe('2023_02_LAC_BAL')
    const after = await letters(nfl.store, 'nfl')
    expect(nfl.names(withStatus(after, 'open'))).toEqual(fileLetters.open)
    expect(nfl.names(withStatus(after, 'discarded'))).toEqual(fileLetters.discarded)
  })

  test('--retry-failed asks for what is missing or set aside, and no more', async () => {
    await using nfl = await startNfl(nflFilesMended())
    const done = await nfl.run([...backfillNfl, '--retry-failed'], '2024-09-21T12:00:00Z')
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 })
    const whole = [2023, 2024].flatMap(season => [`stats_player_week_${season}`, `roster_${season}`])
    const asked = nfl.api.asked()
    expect(asked.filter(name => whole.includes(name))).toEqual([])
    expect(asked).toEqual(expect.arrayContaining(['injuries_2023', 'players']))
  })
})
