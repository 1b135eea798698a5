import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { StoppedError } from '../../src/core/errors.ts'
import { discardDeadLetters } from '../../src/store/dead-letters.ts'
import { csv } from '../support/csv.ts'
import { gameIdsOf, gameLine, type NflFiles, nflFiles, perSeason, toCome, weekLinesOf } from '../support/hand-made-nfl.ts'
import { type NflWorld, startNflWorld } from '../support/nfl-world.ts'
import { breakOff, type Reply, reply } from '../support/provider-server.ts'
import { at } from '../support/test-clock.ts'

const weeks = 'stats_player_week_2024'
const { planned, missing } = perSeason
const none = { inserted: 0, updated: 0, deleted: 0 }
const good = csv(weekLinesOf(2024))
const octets = { 'content-type': 'application/octet-stream' }

/** A file with a line of its own at its end. */
const withLine = (file: string, text: string): string => `${file}${text}\n`

const discard = ({ store }: NflWorld, item: string) =>
  store.database.transaction(async tx => {
    const found = await tx<{ id: number }[]>`select id from dead_letters where item = ${item} and status = 'open'`
    await discardDeadLetters(tx, {
      ids: found.map(({ id }) => id),
      by: 'test',
      reason: 'it is known',
      at: at('2024-09-20T13:00:00Z'),
    })
  })

describe('a file that cannot be loaded becomes a dead letter, the others are loaded, and it is loaded once it is right', () => {
  const html = '<!doctype html><html><body>Too many visitors</body></html>'
  test.each<[string, string | Reply | undefined, RegExp]>([
    ['that is not published', undefined, /^nflverse has no player-stats of 2024 \(404\): it is not at any of 5 places/],
    [
      'with a column renamed',
      good.replace('passing_yards', 'pass_yards'),
      /^The file player-stats of 2024 lacks the column passing_yards, in http:\S+\/stats_player_week_2024\.\S+\.$/,
    ],
    [
      'with a column retyped',
      csv(Array.from({ length: 50 }, (_, i) => ({ ...weekLinesOf(2024)[0], player_id: `p${i}`, attempts: 'many' }))),
      /^The column attempts of player-stats of 2024 is not of type integer any more/,
    ],
    ['that is a page', reply(200, { 'content-type': 'text/html' }, html), /page/i],
    ['that is a page with the media type of a file', reply(200, octets, gzipSync(html)), /sent an HTML page instead of a file/],
    ['that is cut off', reply(200, octets, gzipSync(good).subarray(0, -30)), /./],
    ['that is empty', reply(200, octets, gzipSync('')), /sent an empty body/],
    [
      'with a quote that is never closed',
      withLine(good, '"1,2'),
      /^The quoted field that begins in line 10 of player-stats of 2024 does not end, in http:\S+\.$/,
    ],
    ['that the server will not give', reply(500), /500/],
  ])('%s', async (_, spoilt, message) => {
    const files = nflFiles(2024)
    if (spoilt === undefined) delete files[weeks]
    else files[weeks] = spoilt
    await using world = await startNflWorld(files)
    const run = await world.backfill()
    expect(run).toMatchObject({ code: 1, status: 'failed', failures: 1, units: { done: 7, failed: 1, missing, pending: 0 } })
    expect(await world.letters()).toEqual([
      { dataset: 'player-stats', item: '2024', status: 'open', message: expect.stringMatching(message) },
    ])
    expect(await world.count('nfl_player_game_stats')).toBe(0)
    expect(await world.count('nfl_team_game_stats')).toBe(8)
    // A dead letter is no hole.
    expect(await world.watermark()).toBe('2024_02_LAC_BAL')
    const again = await world.backfill()
    expect(again).toMatchObject({ code: 1, units: { unchanged: 7, failed: 1 } })
    expect(await world.sql`select attempts from dead_letters`).toEqual([{ attempts: 2 }])

    files[weeks] = good
    expect(await world.backfill()).toMatchObject({ code: 0, units: { done: 1, unchanged: 7 } })
    expect(await world.letters()).toEqual([])
    expect(await world.count('nfl_player_game_stats')).toBe(8)
  })

  test('whose rows were loaded before: they stay', async () => {
    const files = nflFiles(2024)
    await using world = await startNflWorld(files)
    await world.backfill()
    files[weeks] = good.replace('passing_yards', 'pass_yards')
    expect(await world.backfill()).toMatchObject({ code: 1, units: { failed: 1, unchanged: 7 }, rows: none })
    expect(await world.count('nfl_player_game_stats')).toBe(8)
  })
})

describe('the dead letter of a file that is no failure where it is missing is closed when it turns out to be missing', () => {
  const kicking = 'player_stats_kicking_2024'

  test.each(['retry', 'backfill'] as const)('by %s', async job => {
    const files: NflFiles = { ...nflFiles(2024), [kicking]: reply(500) }
    await using world = await startNflWorld(files, { settings: { SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.001' } })
    expect(await world.backfill()).toMatchObject({ code: 1, units: { failed: 1 } })
    expect(await world.letters()).toMatchObject([{ dataset: 'kicking-stats', item: '2024', status: 'open' }])
    delete files[kicking]
    expect(await world[job]()).toMatchObject({ code: 0, stillOpen: 0, units: { missing: job === 'retry' ? 1 : missing } })
    expect(await world.letters()).toEqual([])
  })

  test('also one of a season in which nothing has been played for a day', async () => {
    const files: NflFiles = { ...nflFiles(2024), injuries_2024: reply(500) }
    files['games'] = csv(gameIdsOf(2024).map(id => gameLine(id, toCome)))
    await using world = await startNflWorld(files, { settings: { SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.001' } })
    const options = { only: ['games', 'injuries'], now: '2024-09-01T12:00:00Z' }
    expect(await world.backfill(options)).toMatchObject({ code: 1 })
    delete files['injuries_2024']
    expect(await world.backfill({ ...options, dryRun: true })).toMatchObject({ code: 0 })
    expect(await world.letters()).toHaveLength(1)
    expect(await world.backfill(options)).toMatchObject({ code: 0, units: { missing: 1 } })
    expect(await world.letters()).toEqual([])
  })
})

describe('a row that cannot be read', () => {
  const short = '00-0000009,Nobody,2024'
  const spoilt = withLine(good, short)

  test('is kept in a dead letter as it was sent, the others are loaded, and it is no failure while the file does not change', async () => {
    const files = { ...nflFiles(2024), [weeks]: spoilt }
    await using world = await startNflWorld(files)
    expect(await world.backfill()).toMatchObject({ code: 1, badRows: 1, units: { done: 8, failed: 0 } })
    const [letter] = await world.letters()
    expect(letter).toMatchObject({ dataset: 'player-stats', item: '2024 line 10', status: 'open' })
    expect(letter?.message).toMatch(/^Line 10 of player-stats of 2024 has 3 fields, and the header \d+ columns\.$/)
    const [kept] = await world.sql<{ payload: Buffer }[]>`select payload from dead_letters`
    expect(Buffer.from(kept?.payload ?? '').toString()).toBe(short)
    expect(await world.count('nfl_player_game_stats')).toBe(8)
    expect(await world.backfill()).toMatchObject({ code: 0, units: { unchanged: 8 } })
    expect(await world.letters()).toHaveLength(1)
  })

  test('has its dead letter resolved when the file is right', async () => {
    const files = { ...nflFiles(2024), [weeks]: spoilt }
    await using world = await startNflWorld(files)
    await world.backfill()
    files[weeks] = good
    expect(await world.backfill()).toMatchObject({ code: 0, badRows: 0, rows: none })
    expect(await world.letters()).toEqual([])
  })

  test('of a game becomes a dead letter, too', async () => {
    const files = nflFiles(2024)
    files['games'] = withLine(files['games'] as string, '2024_03_KC_LAC,2024')
    await using world = await startNflWorld(files)
    expect(await world.backfill()).toMatchObject({ code: 1, badRows: 1 })
    expect(await world.letters()).toMatchObject([{ dataset: 'games', item: 'all 2024_03_KC_LAC' }])
  })
})

describe('what a person has discarded is no failure', () => {
  test('a file', async () => {
    const { [weeks]: _, ...files } = nflFiles(2024)
    await using world = await startNflWorld(files)
    await world.backfill()
    await discard(world, '2024')
    expect(await world.backfill()).toMatchObject({
      code: 0,
      failures: 0,
      units: { failed: 0, missing: missing + 1 },
      failed: [],
    })
    expect(await world.letters()).toMatchObject([{ status: 'discarded' }])
  })

  test('a row', async () => {
    const files: NflFiles = { ...nflFiles(2024), [weeks]: withLine(good, '1,2') }
    await using world = await startNflWorld(files)
    await world.backfill()
    await discard(world, '2024 line 10')
    files[weeks] = withLine(good.replace(',101,', ',7,'), '1,2')
    expect(await world.backfill()).toMatchObject({ code: 0, failures: 0, badRows: 0, rows: { updated: 1 } })
    expect(await world.letters()).toMatchObject([{ status: 'discarded' }])
  })
})

describe('what is in the dead letters', () => {
  test('is all that is asked for with --retry-failed', async () => {
    const { [weeks]: _, ...others } = nflFiles(2024)
    const files: NflFiles = { ...others }
    await using world = await startNflWorld(files)
    await world.backfill()
    files[weeks] = good
    const run = await world.backfill({ retryFailed: true })
    // The season's totals, which were never loaded, are asked for, too.
    expect(run).toMatchObject({ code: 0, units: { planned: 1 + missing, done: 1, missing } })
    expect(run.asked).toContain(weeks)
    expect(run.asked).not.toContain('games')
    expect(await world.letters()).toEqual([])
  })

  test('is asked for by the id of its letter, and read even where the file did not change', async () => {
    const files: NflFiles = { ...nflFiles(2024), [weeks]: withLine(good, '1,2'), snap_counts_2024: reply(500) }
    await using world = await startNflWorld(files)
    await world.backfill()
    const first = await world.retry()
    expect(first).toMatchObject({
      code: 2,
      tried: 2,
      resolved: 0,
      failed: [
        { unit: '2024', dataset: 'snap-counts' },
        { unit: '2024 line 10', dataset: 'player-stats' },
      ],
    })
    expect(await world.sql`select attempts from dead_letters where item = '2024 line 10'`).toEqual([{ attempts: 2 }])
    const letters = await world.sql<{ id: number; dataset: string }[]>`select id, dataset from dead_letters order by dataset`
    files[weeks] = good
    expect(await world.retry(letters.slice(0, 1).map(({ id }) => id))).toMatchObject({ code: 0, tried: 1, resolved: 1 })
    expect(await world.letters()).toMatchObject([{ dataset: 'snap-counts' }])
    files['snap_counts_2024'] = nflFiles(2024)['snap_counts_2024'] as string
    expect(await world.retry()).toMatchObject({ code: 0, tried: 1, resolved: 1, rows: { inserted: 8 } })
    expect(await world.letters()).toEqual([])
  })
})

describe('a provider', () => {
  test('that refuses everything ends the run: nothing is loaded', async () => {
    const names = Object.keys(nflFiles(2024))
    await using world = await startNflWorld(Object.fromEntries(names.map(name => [name, reply(403)])))
    const run = await world.backfill()
    expect(run).toMatchObject({ code: 104, said: expect.stringContaining('403') })
    expect(await world.count('games')).toBe(0)
    expect(await world.sql`select status from ingest_runs`).toEqual([{ status: 'stopped' }])
    expect(run.asked.length).toBeLessThan(5)
  })

  test('that goes down meanwhile is not asked any more after three files, and the next run asks for the rest', async () => {
    const seasons = [2023, 2024]
    const whole = nflFiles(...seasons)
    const files: NflFiles = { ...whole }
    const away = Object.keys(files).filter(name => /2023|2024/.test(name) && !name.startsWith('stats_player_week_2023'))
    for (const name of away) files[name] = breakOff()
    await using world = await startNflWorld(files)
    const run = await world.backfill({ seasons: ['2023', '2024'] })
    expect(run).toMatchObject({
      status: 'failed',
      units: { planned: 2 * planned - 2, done: 3, failed: 3, pending: 2 * planned - 8 },
    })
    expect(run.code).toBe(3 + 2 * planned - 8)
    Object.assign(files, whole)
    expect(await world.backfill({ seasons: ['2023', '2024'] })).toMatchObject({
      code: 0,
      units: { failed: 0, pending: 0, missing: 2 * missing },
    })
    expect(await world.letters()).toEqual([])
    expect(await world.count('nfl_player_game_stats')).toBe(16)
  })

  test('that asks for a long pause is not asked any more, and no file becomes a dead letter for it', async () => {
    const files: NflFiles = { ...nflFiles(2024), roster_2024: reply(429, { 'retry-after': '7200' }) }
    await using world = await startNflWorld(files)
    const run = await world.backfill()
    expect(run).toMatchObject({ status: 'failed', units: { done: 4, failed: 0, pending: planned - 4 } })
    expect(run.code).toBe(planned - 4)
    expect(await world.letters()).toEqual([])
    files['roster_2024'] = nflFiles(2024)['roster_2024'] as string
    expect(await world.backfill()).toMatchObject({ code: 0, units: { unchanged: 4, done: 4 } })
  })
})

test('a run with a file that is pending has failed, also where another file has arrived meanwhile', async () => {
  const [underWay, refused] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const wait: Reply = {
    send: response => {
      response.once('finish', () => refused.resolve())
      void underWay.promise.then(() => reply(429, { 'retry-after': '7200' }).send(response))
    },
  }
  const weekly = nflFiles(2024)['roster_weekly_2024'] as string
  const late: Reply = {
    send: response => {
      underWay.resolve()
      void refused.promise.then(() => reply(200, octets, weekly).send(response))
    },
  }
  await using world = await startNflWorld({ ...nflFiles(2024), roster_2024: wait, roster_weekly_2024: late })
  const run = await world.backfill({ only: ['rosters', 'weekly-rosters'], concurrency: 2 })
  expect(run).toMatchObject({ code: 1, status: 'failed', failures: 1, units: { done: 1, failed: 0, pending: 1 } })
})

test('a provider that asks for a long pause at once: nothing is loaded, and the run fails with the reason', async () => {
  const files: NflFiles = { ...nflFiles(2024), games: reply(429, { 'retry-after': '7200' }) }
  await using world = await startNflWorld(files)
  const run = await world.backfill()
  expect(run.said).toMatch(/429/)
  expect(run.code).toBeGreaterThan(0)
  expect(await world.count('ingest_files')).toBe(0)
  expect(await world.letters()).toEqual([])
})

test('a run that is stopped keeps the files it has loaded, and the next one goes on', async () => {
  const stop = new AbortController()
  const files: NflFiles = { ...nflFiles(2024) }
  const roster = reply(404)
  files['roster_2024'] = {
    send: response => {
      stop.abort(new StoppedError('SIGTERM'))
      roster.send(response)
    },
  }
  await using world = await startNflWorld(files)
  expect(await world.backfill({ signal: stop.signal })).toMatchObject({ code: 143 })
  expect(await world.sql`select dataset from ingest_files order by 1`).toEqual(
    ['games', 'player-stats', 'players', 'team-stats'].map(dataset => ({ dataset })),
  )
  expect(await world.sql`select status from ingest_runs`).toEqual([{ status: 'stopped' }])
  expect(await world.letters()).toEqual([])
  files['roster_2024'] = nflFiles(2024)['roster_2024'] as string
  expect(await world.backfill()).toMatchObject({ code: 0, units: { unchanged: 4, done: 4 } })
})

test('of very many rows that cannot be read the first have a letter each, the others one together, and all are counted', async () => {
  const files = nflFiles(2024)
  const [first] = weekLinesOf(2024)
  const lines = (bad: object) =>
    csv(Array.from({ length: 10_000 }, (_, n) => ({ ...first, player_id: `p${n}`, ...(n % 100 === 99 ? bad : {}) })))
  files[weeks] = lines({ week: 'x', player_display_name: 'y'.repeat(100_000) })
  await using world = await startNflWorld(files)
  const only = { only: ['player-stats'] }
  const rows = { asked: 10_000, dead: 100, loaded: 9_900 }
  expect(await world.backfill(only)).toMatchObject({ code: 99, failures: 100, items: [rows] })
  const letters = await world.letters()
  expect(letters).toHaveLength(84)
  expect(letters.find(({ item }) => item === '2024 more rows')).toEqual({
    ...{ dataset: 'player-stats', item: expect.any(String), status: 'open' },
    message:
      '17 more rows of player-stats of 2024 cannot be read; the first of these, in line 8401, has "x" for week, which is not of type integer.',
  })

  files[weeks] = lines({})
  expect(await world.backfill(only)).toMatchObject({ code: 0, failures: 0 })
  expect(await world.letters()).toEqual([])
})
