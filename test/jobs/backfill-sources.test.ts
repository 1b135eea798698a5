import { describe, expect, test } from 'vitest'
import { gameLogPath, seasonSchedulePath } from '../../src/providers/nba-stats.ts'
import { accessDenied, type HandMadeGame, type HandMadeLeague, idsOf, scheduleOf } from '../support/hand-made-nba.ts'
import { game, season, startNbaWorld } from '../support/nba-world.ts'
import { hang, reply } from '../support/provider-server.ts'
import { at } from '../support/test-clock.ts'

const noon = '2025-01-20T12:00:00Z'
const tomorrow = '2025-01-21T12:00:00Z'

describe('games that the daily job has loaded', () => {
  const games = [1, 2, 3, 4].map(n => game(n, `2025-01-1${n}`))
  const [one, two, three, four] = games as [HandMadeGame, HandMadeGame, HandMadeGame, HandMadeGame]

  /** The first three were loaded by daily. */
  async function startLoaded(league: HandMadeLeague, settings: Record<string, string> = {}) {
    const world = await startNbaWorld(league, settings)
    await world.setWatermark('2025-01-10')
    await world.mornings('2025-01-14')
    return world
  }

  test('are vouched for by one request for the game log, and settled', async () => {
    await using world = await startLoaded({ games, stats: { log: games } })
    const run = await world.backfill(noon)
    expect(run).toMatchObject({
      code: 0,
      games: { asked: 4, unchanged: 3, loaded: 1 },
      requests: 3,
      asked: { boxes: [four.id], stats: [gameLogPath('2024-25', 'regular', one.day, three.day)] },
      watermarkAfter: four.id,
    })
    expect(await world.settled()).toEqual([])
  })

  test('have what the schedule says of them loaded, though nobody asks for their box scores', async () => {
    const league: HandMadeLeague = { games, stats: { log: games } }
    await using world = await startLoaded(league)
    league.games = [one, { ...two, more: { arenaName: 'Other Hall' } }, three, four]
    const run = await world.backfill(noon)
    expect(run).toMatchObject({
      code: 0,
      games: { asked: 4, unchanged: 2, corrected: 1, loaded: 1 },
      asked: { boxes: [four.id] },
    })
    expect(await world.sql`select provider_id as id from games where venue = 'Other Hall'`).toEqual([{ id: two.id }])
    expect(await world.points()).toHaveProperty(two.id, 200)
  })

  test('are asked for where the log differs, and corrected', async () => {
    const league: HandMadeLeague = { games }
    await using world = await startLoaded(league)
    league.games = [one, { ...two, score: [103, 99] }, three, four]
    league.stats = { log: league.games }
    const run = await world.backfill(noon)
    expect(run).toMatchObject({
      games: { asked: 4, unchanged: 2, corrected: 1, loaded: 1 },
      asked: { boxes: [two.id, four.id], stats: [expect.stringContaining('leaguegamelog')] },
      watermarkAfter: four.id,
    })
    expect(await world.points()).toHaveProperty(two.id, 202)
  })

  test('are asked for where their lines have gone, or are in the dead letters', async () => {
    const league: HandMadeLeague = { games, stats: { log: games }, boxes: { [two.id]: () => reply(404) } }
    await using world = await startLoaded(league)
    await world.sql`delete from nba_player_game_stats where game_id = ${one.id}`
    league.boxes = {}
    const run = await world.backfill(noon)
    // Of a single game the log would save nothing.
    expect(run).toMatchObject({ code: 0, asked: { boxes: idsOf(games), stats: [] }, watermarkAfter: four.id })
    expect(await world.letters()).toMatchObject([{ item: two.id, status: 'resolved' }])
  })

  test('are asked for where the service has no log, which it is asked for once', async () => {
    await using world = await startLoaded({ games, stats: {} })
    const run = await world.backfill(noon, { chunkDays: 2, concurrency: 2 })
    expect(run).toMatchObject({ code: 0, asked: { boxes: idsOf(games), stats: [expect.stringContaining('leaguegamelog')] } })
  })

  test('are asked for where the service hangs; that costs the run one request of two tries, however many chunks it has', async () => {
    const more = [5, 6, 7, 8].map(n => game(n, `2025-01-1${n}`))
    const league: HandMadeLeague = { games: [...games, ...more], stats: { answer: hang } }
    await using world = await startLoaded(league, { SPORTS_INGEST_API_HEADERS_TIMEOUT: '1' })
    await world.mornings('2025-01-19')
    const run = await world.backfill(noon, { chunkDays: 2, concurrency: 4 })
    expect(run).toMatchObject({ code: 0, games: { asked: 8, unchanged: 8 } })
    // A busy machine may keep the cdn waiting for a second, too.
    expect([...new Set(run.asked.boxes)]).toEqual(idsOf([...games, ...more]))
    expect(run.asked.stats).toHaveLength(2)
    expect(new Set(run.asked.stats).size).toBe(1)
  })

  test('are counted by a dry run as by the run after it', async () => {
    await using world = await startLoaded({ games, stats: { log: games } })
    const dry = await world.backfill(noon, { dryRun: true })
    const { games: counted, rows, requests, asked } = await world.backfill(noon)
    expect(dry).toMatchObject({ games: counted, rows, requests, asked })
  })
})

describe('the schedule of a season that is over', () => {
  const former = [
    { ...game(1, '2024-01-10'), id: '0022300001' },
    { ...game(2, '2024-01-11'), id: '0022300002' },
  ]
  const now = [game(1, '2025-01-10')]
  const old = { season: '2023-24' }
  const path = seasonSchedulePath('2023-24')

  test('comes from nba-stats, where the cdn serves another', async () => {
    await using world = await startNbaWorld({
      games: [...now, ...former],
      schedule: schedules(),
      stats: { schedules: { '2023-24': former } },
    })
    const run = await world.backfill(noon, old)
    expect(run).toMatchObject({ code: 0, season: '2023-24', requests: 4, asked: { boxes: idsOf(former), stats: [path] } })
    expect(await world.watermark({ stage: 'backfill', key: 'nba:2023-24' })).toBe('0022300002')
    expect(await world.watermark(season)).toBeUndefined()
    expect(await world.sql`select distinct season, provider from games`).toEqual([{ season: '2023-24', provider: 'nba-cdn' }])
  })

  test('is the one that was kept, where nba-stats does not give it any more', async () => {
    const league: HandMadeLeague = {
      games: [...now, ...former],
      schedule: schedules(),
      stats: { schedules: { '2023-24': former } },
    }
    await using world = await startNbaWorld(league)
    expect(await world.forecast(noon, old)).toMatchObject({ scheduleKeptAt: null })
    const first = await world.backfill(noon, { ...old, to: '2024-01-10' })
    expect(first).toMatchObject({ code: 0, findings: [] })
    league.stats = { answer: accessDenied }
    const scheduleKeptAt = at(noon)
    expect(await world.forecast(tomorrow, old)).toMatchObject({ scheduleKeptAt, games: 1 })
    const run = await world.backfill(tomorrow, old)
    expect(run).toMatchObject({ code: 0, settled: 1, asked: { boxes: ['0022300002'] } })
    expect(run.findings).toMatchObject([
      { item: '2023-24', check: 'kept-schedule', message: expect.stringContaining('2025-01-20T12:00:00Z') },
    ])
    const [kept] = await world.sql`select counts -> 'findings' as findings from ingest_runs order by id desc`
    expect(kept?.['findings']).toEqual(run.findings)
  })

  test('is the one that the cdn sent while the season was on', async () => {
    const league: HandMadeLeague = { games: former, season: '2023-24' }
    await using world = await startNbaWorld(league)
    await world.backfill('2024-01-11T12:00:00Z', old)
    league.schedule = schedules()
    expect(await world.backfill(noon, old)).toMatchObject({
      code: 0,
      settled: 1,
      asked: { boxes: ['0022300002'], stats: [path] },
    })
  })

  test.each([
    ['refuses us', accessDenied, 104],
    ['has none', () => reply(404), 104],
    ['fails', () => reply(500), 104],
    ['sends something else', () => reply(200, {}, {}), 1],
    ['wants us to wait', () => reply(429, { 'retry-after': '3600' }), 104],
  ])('cannot be had where nba-stats %s and none was kept: nothing is loaded', async (_, answer, code) => {
    await using world = await startNbaWorld({ games: now, stats: { answer } })
    const run = await world.backfill(noon, old)
    expect(run).toMatchObject({
      code,
      said: expect.stringContaining('nba-stats, the only provider of the schedule of 2023-24, did not send it'),
    })
    expect(await world.statuses()).toEqual({})
    expect(await world.sql`select status from ingest_runs`).toEqual([{ status: 'stopped' }])
  })

  /** The cdn knows the season that is on, and has the box scores of all. */
  function schedules() {
    return () => reply(200, {}, scheduleOf(now))
  }
})

describe('two seasons', () => {
  const renamed = (name: string) => ({
    homeTeam: { teamId: 1610612739, teamName: name, teamCity: 'City', teamTricode: 'CTY', score: 101 },
  })
  const former = { ...game(1, '2024-01-10', { more: renamed('Old Name') }), id: '0022300001' }
  const now = game(1, '2025-01-10', { more: renamed('New Name') })
  const league = (): HandMadeLeague => ({
    games: [now, former],
    schedule: () => reply(200, {}, scheduleOf([now])),
    stats: { schedules: { '2023-24': [former] } },
  })

  test.each([
    ['the older one first', ['2023-24', '2024-25']],
    ['the newer one first', ['2024-25', '2023-24']],
  ])('leave a club with its newest name, %s', async (_, order) => {
    await using world = await startNbaWorld(league())
    for (const name of order)
      expect(await world.backfill(noon, { season: name })).toMatchObject({ code: 0, games: { loaded: 1 } })
    expect(await world.sql`select name from teams where provider_id = '1610612739'`).toEqual([{ name: 'New Name' }])
    for (const name of order)
      expect(await world.backfill(noon, { season: name, restart: { user: 'ann' } })).toMatchObject({
        games: { unchanged: 1 },
        rows: { inserted: 0, updated: 0, deleted: 0 },
      })
  })

  test('have a watermark, what is settled and what is vouched for each to itself', async () => {
    await using world = await startNbaWorld(league())
    await world.backfill(noon, { season: '2023-24' })
    expect(await world.backfill(noon)).toMatchObject({ watermarkBefore: null, watermarkAfter: now.id, settled: 0 })
    await world.backfill(noon, { season: '2023-24', restart: { user: 'ann' } })
    expect(await world.backfill(noon)).toMatchObject({ watermarkBefore: now.id, settled: 1, games: { asked: 0 } })
  })
})
