import { describe, expect, test } from 'vitest'
import { keepSettled } from '../../src/store/settled.ts'
import { accessDenied, type HandMadeLeague, idsOf } from '../support/hand-made-nba.ts'
import { game, season, startNbaWorld } from '../support/nba-world.ts'
import { reply } from '../support/provider-server.ts'
import { tableHashes } from '../support/table-hashes.ts'

const noon = '2025-01-20T12:00:00Z'
const games = [1, 2, 3, 4, 5, 6].map(n => game(n, `2025-01-1${n}`))
const [one, two, three, four, five, six] = idsOf(games) as [string, string, string, string, string, string]

describe('--since', () => {
  test('leaves games with lower ids alone, and the watermark waits for them', async () => {
    await using world = await startNbaWorld({ games })
    const run = await world.backfill(noon, { since: three })
    expect(run).toMatchObject({ code: 0, settled: 0, asked: { boxes: [three, four, five, six] }, watermarkAfter: null })
    expect(await world.settled()).toEqual([three, four, five, six])
    const rest = await world.backfill(noon)
    expect(rest).toMatchObject({ asked: { boxes: [one, two] }, watermarkAfter: six })
    expect(await world.settled()).toEqual([])
  })

  test('asks for nothing that is settled', async () => {
    await using world = await startNbaWorld({ games })
    await world.backfill(noon, { to: '2025-01-14' })
    expect(await world.backfill(noon, { since: two })).toMatchObject({ settled: 3, asked: { boxes: [five, six] } })
  })
})

describe('--from and --to', () => {
  test('load the games of their days, both included', async () => {
    await using world = await startNbaWorld({ games })
    const run = await world.backfill(noon, { from: '2025-01-12', to: '2025-01-14' })
    expect(run).toMatchObject({
      from: '2025-01-12',
      to: '2025-01-14',
      asked: { boxes: [two, three, four] },
      watermarkAfter: null,
    })
    expect(await world.settled()).toEqual([two, three, four])
  })

  test('load what is missing there though it is below the watermark, and nothing else', async () => {
    await using world = await startNbaWorld({ games })
    await world.setWatermark(two, season)
    await world.backfill(noon)
    await world.sql`delete from nba_player_game_stats where game_id in ${world.sql([four, six])}`
    expect(await world.backfill(noon)).toMatchObject({ games: { asked: 0 } })
    const run = await world.backfill(noon, { from: '2025-01-12', to: '2025-01-14' })
    expect(run).toMatchObject({ code: 0, settled: 1, asked: { boxes: [two, four] }, watermarkAfter: six })
    expect(await world.settled()).toEqual([])
    expect(await world.backfill(noon, { to: '2025-01-19' })).toMatchObject({ asked: { boxes: [one, six] } })
    expect(Object.keys(await world.points()).sort()).toEqual(idsOf(games))
  })

  test.each<[string, string, object]>([
    ['it was stored under', '2025-01-10', {}],
    ['it is listed under', '2025-01-13', {}],
    ['it was stored under, in chunks of days', '2025-01-10', { chunkDays: 1 }],
  ])('load what is missing of a game whose day was moved, by the day %s', async (_, day, how) => {
    await using world = await startNbaWorld({ games })
    await world.backfill(noon)
    await world.sql`update games set game_date = '2025-01-10' where provider_id = ${three}`
    await world.sql`delete from nba_player_game_stats where game_id = ${three}`
    const run = await world.backfill(noon, { from: day, to: day, ...how })
    expect(run).toMatchObject({ code: 0, games: { asked: 1 }, asked: { boxes: [three] }, watermarkAfter: six })
    expect(await world.points()).toHaveProperty(three, 200)
    expect(await world.backfill(noon, { from: day, to: day, ...how })).toMatchObject({ games: { asked: 0 } })
  })

  test('do not ask again for what is in the dead letters there', async () => {
    const league: HandMadeLeague = { games, boxes: { [two]: () => reply(404) } }
    await using world = await startNbaWorld(league)
    expect(await world.backfill(noon)).toMatchObject({ code: 1, watermarkAfter: six })
    expect(await world.backfill(noon, { from: '2025-01-11', to: '2025-01-16' })).toMatchObject({ code: 0, games: { asked: 0 } })
  })
})

describe('a watermark that a person has set', () => {
  test('forward has the games up to it left out', async () => {
    await using world = await startNbaWorld({ games })
    await world.setWatermark(four, season)
    const run = await world.backfill(noon)
    expect(run).toMatchObject({ settled: 4, asked: { boxes: [five, six] }, watermarkBefore: four, watermarkAfter: six })
  })

  test('forward over games that had been settled beyond it, keeps those that still are', async () => {
    await using world = await startNbaWorld({ games })
    await world.backfill(noon, { since: three, to: '2025-01-14' })
    await world.setWatermark(three, season)
    expect(await world.settled()).toEqual([four])
    const run = await world.backfill(noon)
    expect(run).toMatchObject({ asked: { boxes: [five, six] }, watermarkAfter: six })
  })

  test('back has the games after it loaded again, each by itself though a game log would vouch for them', async () => {
    await using world = await startNbaWorld({ games, stats: { log: games } })
    await world.backfill(noon)
    await world.setWatermark(two, season)
    const run = await world.backfill(noon)
    expect(run).toMatchObject({
      code: 0,
      settled: 2,
      games: { asked: 4, unchanged: 4 },
      rows: { inserted: 0, updated: 0, deleted: 0 },
      asked: { boxes: [three, four, five, six], stats: [] },
      watermarkBefore: two,
      watermarkAfter: six,
    })
    expect(await world.backfill(noon)).toMatchObject({ games: { asked: 0 } })
  })
})

describe('--restart', () => {
  const restart = { user: 'ann' }

  test('forgets what is settled and loads the season again; nothing is written that did not change', async () => {
    await using world = await startNbaWorld({ games, stats: { log: games } })
    await world.backfill(noon, { since: two })
    const before = await tableHashes(world.sql)
    const run = await world.backfill(noon, { restart, to: '2025-01-14' })
    expect(run).toMatchObject({
      code: 0,
      settled: 0,
      games: { asked: 4, loaded: 1, unchanged: 3 },
      asked: { boxes: [one, two, three, four], stats: [] },
      watermarkBefore: null,
      watermarkAfter: four,
    })
    expect(await world.settled()).toEqual([])
    expect(await world.backfill(noon)).toMatchObject({ asked: { boxes: [five, six] }, watermarkAfter: six })
    expect(await tableHashes(world.sql)).not.toEqual(before)
  })

  test('forgets nothing before there is a schedule to load the season by', async () => {
    const league: HandMadeLeague = { games, schedule: accessDenied }
    await using world = await startNbaWorld(league)
    await world.setWatermark(two, season)
    await keepSettled(world.sql, season, [four])
    expect(await world.backfill(noon, { restart })).toMatchObject({ code: 104 })
    expect([await world.watermark(season), await world.settled()]).toEqual([two, [four]])
    delete league.schedule
    const run = await world.backfill(noon, { restart })
    expect(run).toMatchObject({ code: 0, settled: 0, asked: { boxes: idsOf(games) }, watermarkBefore: two, watermarkAfter: six })
  })

  test('is recorded with who did it, and with what stood there', async () => {
    await using world = await startNbaWorld({ games })
    await world.backfill(noon)
    await world.backfill(noon, { restart })
    const history = await world.sql`
      select previous, value, changed_by as by, reason from ingest_watermark_history where stage = 'backfill' order by id`
    expect([...history]).toEqual([
      { previous: null, value: six, by: 'run', reason: null },
      { previous: six, value: null, by: 'ann', reason: 'backfill --restart' },
      { previous: null, value: six, by: 'run', reason: null },
    ])
  })
})

describe('a dry run', () => {
  const league = (): HandMadeLeague => ({
    games: [
      ...games,
      game(7, '2025-01-16', { status: 1, text: 'PPD' }),
      game(8, '2025-01-17', { sides: [1610612743, 1610612745] }),
      game(9, '2025-01-18'),
    ],
    boxes: { '0022400009': () => reply(404) },
  })
  const everything = async (world: Awaited<ReturnType<typeof startNbaWorld>>) => ({
    tables: await tableHashes(world.sql),
    settled: await world.settled(),
    kept: await world.sql`
      select (select count(*) from ingest_runs) as runs, (select count(*) from ingest_chunks) as chunks,
        (select count(*) from payloads) as payloads, (select count(*) from ingest_watermark_history) as moves`,
  })

  test.each<[string, object]>([
    ['in one chunk', {}],
    ['in chunks of a day', { chunkDays: 1 }],
    ['in chunks of two days, two at a time', { chunkDays: 2, concurrency: 2 }],
  ])('%s counts what the run after it does, and writes nothing', async (_, how) => {
    await using world = await startNbaWorld(league())
    await world.backfill(noon, { to: '2025-01-12' })
    const before = await everything(world)
    const dry = await world.backfill(noon, { ...how, dryRun: true })
    expect(await everything(world)).toEqual(before)
    const run = await world.backfill(noon, how)
    expect(run).toMatchObject({ code: 1, games: { asked: 7, loaded: 5, postponed: 1, dead: 1 } })
    expect(dry).toMatchObject({ run: null, dryRun: true, watermarkBefore: two, watermarkAfter: two })
    const { code, items, rows, tables, units, from, to, asked } = run
    expect(dry).toMatchObject({ code, items, rows, tables, units, from, to, asked })
  })

  test('of a restart forgets nothing', async () => {
    await using world = await startNbaWorld({ games })
    await world.backfill(noon)
    const before = await everything(world)
    const dry = await world.backfill(noon, { restart: { user: 'ann' }, dryRun: true })
    expect(dry).toMatchObject({ code: 0, settled: 0, games: { asked: 6, unchanged: 6 } })
    expect(await everything(world)).toEqual(before)
  })
})

describe('the forecast', () => {
  test.each<[string, object]>([
    ['as it is by default', {}],
    ['by days', { chunkDays: 2 }],
    ['since a game', { since: four }],
    ['of some days, with a hole', { from: '2025-01-10', to: '2025-01-14' }],
    ['of a restart', { restart: { user: 'ann' } }],
  ])('of a backfill %s is what the run then does, and writes nothing', async (_, how) => {
    const off = game(7, '2025-01-16', { status: 1, text: 'PPD' })
    await using world = await startNbaWorld({ games: [...games, off] })
    await world.backfill(noon, { to: '2025-01-12' })
    await world.sql`delete from nba_player_game_stats where game_id = ${one}`
    const before = await tableHashes(world.sql)
    const { code, asked, ...forecast } = await world.forecast(noon, how)
    expect({ code, ...asked }).toEqual({ code: 0, boxes: [], stats: [] })
    expect(await tableHashes(world.sql)).toEqual(before)
    const run = await world.backfill(noon, how)
    expect(forecast).toMatchObject({
      season: '2024-25',
      // What a restart forgets it has not.
      watermark: 'restart' in how ? null : run.watermarkBefore,
      settled: run.settled,
      games: run.games?.asked,
      requests: run.asked.boxes.length,
    })
    const chunks = await world.sql`
      select window_from as "from", window_to as "to", (counts -> 'items' -> 0 ->> 'asked')::int as games from ingest_chunks
      where run_id = ${run.run ?? 0} order by 1`
    expect(forecast.chunks?.map(({ from, to, games: count }) => ({ from, to, games: count }))).toEqual([...chunks])
    expect(forecast.chunks?.reduce((sum, chunk) => sum + chunk.requests, 0)).toBe(forecast.requests)
  })

  test('says how long it takes at the rate that is allowed', async () => {
    await using world = await startNbaWorld({ games }, { SPORTS_INGEST_API_RATE_LIMIT: '2' })
    expect(await world.forecast(noon)).toMatchObject({
      ratePerSecond: 2,
      requests: 6,
      durationMs: 3000,
      finishAt: new Date('2025-01-20T12:00:03Z'),
    })
  })
})
