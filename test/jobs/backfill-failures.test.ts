import { describe, expect, test } from 'vitest'
import {
  accessDenied,
  boxesGivenOnce,
  boxesOf,
  type HandMadeGame,
  type HandMadeLeague,
  idsOf,
  scheduleOf,
} from '../support/hand-made-nba.ts'
import { game, startNbaWorld, threeADay } from '../support/nba-world.ts'
import { type Reply, reply } from '../support/provider-server.ts'

const noon = '2025-01-20T12:00:00Z'

const all = threeADay(['2025-01-10', '2025-01-11', '2025-01-12', '2025-01-13'])
const [first, second, third, fourth] = all as [HandMadeGame[], HandMadeGame[], HandMadeGame[], HandMadeGame[]]
const games = all.flat()

const bad = game(5, '2025-01-11')

describe('a game that cannot be had', () => {
  test.each<[string, () => Reply]>([
    ['it is missing', () => reply(404)],
    ['it is refused', accessDenied],
    ['it is malformed', () => reply(200, {}, { game: 5 })],
  ])('because %s is set aside and counts as settled: one failure, and the watermark goes on', async (_, answer) => {
    const league: HandMadeLeague = { games, boxes: { [bad.id]: answer } }
    await using world = await startNbaWorld(league)
    const run = await world.backfill(noon)
    expect(run).toMatchObject({ code: 1, status: 'failed', games: { asked: 12, loaded: 11, dead: 1 }, failed: [] })
    expect(run).toMatchObject({ units: { planned: 1, done: 1 }, watermarkAfter: games.at(-1)?.id })
    expect(await world.settled()).toEqual([])
    expect(await world.letters()).toMatchObject([{ item: bad.id, dataset: 'box-scores', attempts: 1, status: 'open' }])

    const again = await world.backfill(noon)
    expect(again).toMatchObject({ code: 0, settled: 12, games: { asked: 0 }, asked: { boxes: [] } })

    league.boxes = {}
    const retry = await world.retryLetters(noon)
    expect(retry).toMatchObject({ code: 0, tried: 1, resolved: 1, asked: { boxes: [bad.id] } })
    expect(await world.points()).toHaveProperty(bad.id, 200)
    expect(await world.letters()).toMatchObject([{ status: 'resolved' }])
  })

  test('keeps its letter as it is when the provider asks the retry to wait', async () => {
    const league: HandMadeLeague = { games, boxes: { [bad.id]: () => reply(200, {}, { game: 5 }) } }
    await using world = await startNbaWorld(league)
    await world.backfill(noon)
    const letters = await world.letters()
    league.boxes = { [bad.id]: () => reply(429, { 'retry-after': '3600' }, 'quota') }
    expect(await world.retryLetters(noon)).toMatchObject({ code: 104 })
    expect(await world.letters()).toEqual(letters)
  })

  test('because the provider fails at it is set aside and settled, and asked for again by each backfill until it is there', async () => {
    const league: HandMadeLeague = { games, boxes: { [bad.id]: () => reply(500) } }
    await using world = await startNbaWorld(league)
    expect(await world.backfill(noon)).toMatchObject({
      code: 1,
      games: { loaded: 11, dead: 1 },
      watermarkAfter: games.at(-1)?.id,
    })
    const again = await world.backfill(noon)
    expect(again).toMatchObject({ code: 1, settled: 11, games: { asked: 1, dead: 1 }, watermarkAfter: games.at(-1)?.id })
    expect(await world.letters()).toMatchObject([{ item: bad.id, attempts: 2, status: 'open' }])
    league.boxes = {}
    const last = await world.backfill(noon)
    expect(last).toMatchObject({ code: 0, games: { asked: 1, dead: 0 }, asked: { boxes: [bad.id] }, stillOpen: 0 })
    expect(await world.points()).toHaveProperty(bad.id, 200)
    expect(await world.backfill(noon)).toMatchObject({ code: 0, settled: 12, games: { asked: 0 } })
  })

  test('because of its entry in the schedule is one, too', async () => {
    const league: HandMadeLeague = { games: games.map(one => (one.id === bad.id ? { ...one, more: { homeTeam: 5 } } : one)) }
    await using world = await startNbaWorld(league)
    expect(await world.backfill(noon)).toMatchObject({ code: 1, games: { dead: 1 }, watermarkAfter: games.at(-1)?.id })
    expect(await world.sql`select item, dataset, day from dead_letters`).toEqual([
      { item: bad.id, dataset: 'schedule', day: bad.day },
    ])
    league.games = games
    expect(await world.backfill(noon)).toMatchObject({ code: 0, games: { asked: 0 } })
    expect(await world.retryLetters(noon)).toMatchObject({ code: 0, resolved: 1 })
    expect(await world.points()).toHaveProperty(bad.id, 200)
  })

  test('because the database refuses its rows is set aside alone', async () => {
    await using world = await startNbaWorld({ games: games.map(one => (one.id === bad.id ? { ...one, score: [140, 99] } : one)) })
    await world.sql.unsafe('alter table nba_player_game_stats add constraint fewer check (points < 60)')
    const run = await world.backfill(noon)
    expect(run).toMatchObject({ code: 1, games: { loaded: 11, dead: 1 }, units: { done: 1 }, watermarkAfter: games.at(-1)?.id })
    expect(await world.letters()).toMatchObject([{ item: bad.id, stage: 'load' }])
  })
})

describe('games of a former season whose entries in its schedule were malformed', () => {
  const [former, other] = [2, 3].map(n => ({ ...game(n, `2024-01-1${n}`), id: `002230000${n}` })) as [HandMadeGame, HandMadeGame]
  const spoilt = [former, other].map(one => ({ ...one, more: { homeTeam: 5 } }))
  const league = (): HandMadeLeague => ({
    games: [...games, former, other],
    schedule: () => reply(200, {}, scheduleOf(games)),
    stats: { schedules: { '2023-24': spoilt } },
  })

  test('are had by their letters when that is mended, with one request for its schedule', async () => {
    const nba = league()
    await using world = await startNbaWorld(nba)
    expect(await world.backfill(noon, { season: '2023-24' })).toMatchObject({ code: 2, games: { dead: 2 } })
    nba.stats = { schedules: { '2023-24': [former, other] } }
    const retry = await world.retryLetters(noon)
    expect(retry).toMatchObject({ code: 0, resolved: 2, asked: { boxes: [former.id, other.id] } })
    expect(retry.asked.stats).toHaveLength(1)
    expect(await world.points()).toMatchObject({ [former.id]: 200, [other.id]: 200 })
  })

  test('stay in their letters where nobody gives it, and other letters are tried', async () => {
    const nba: HandMadeLeague = { ...league(), boxes: { [bad.id]: () => reply(404) } }
    await using world = await startNbaWorld(nba)
    await world.backfill(noon, { season: '2023-24' })
    await world.backfill(noon)
    await world.sql`delete from payloads where url like '%scheduleleaguev2int%'`
    nba.boxes = {}
    nba.stats = { answer: accessDenied }
    expect(await world.retryLetters(noon)).toMatchObject({ code: 2, tried: 3, resolved: 1 })
    expect(await world.points()).toHaveProperty(bad.id, 200)
    const said = {
      status: 'open',
      attempts: 2,
      message: expect.stringContaining('nba-stats, the only provider of the schedule of 2023-24'),
    }
    expect((await world.letters()).filter(({ status }) => status === 'open')).toMatchObject([said, said])
  })
})

describe('a chunk that cannot be written, though each of its games could', () => {
  // Each stands for a fault that shows only where these two are written together.
  const onBoth = (then: string) => `
    create function spoil() returns trigger language plpgsql as $$ begin
      if (select count(distinct game_id) from nba_player_game_stats where game_id in ('0022400004', '0022400005')) = 2 then
        ${then};
      end if;
      return null;
    end $$;
    create trigger spoil after insert on nba_player_game_stats for each statement execute function spoil()`

  test.each([
    [
      'because lines of one are lost',
      "delete from nba_player_game_stats where game_id = '0022400004'",
      'BugError',
      /rows of \w+ were sent/,
    ],
    ['because the database refuses them', "raise 'not both' using errcode = 'check_violation'", 'RowError', /not both/],
  ])('%s, is a failure of its own: the next ones go on, and the watermark waits for it', async (_, then, name, message) => {
    await using world = await startNbaWorld({ games })
    await world.sql.unsafe(onBoth(then))
    const run = await world.backfill(noon, { chunkDays: 1 })
    expect(run).toMatchObject({
      code: 1,
      units: { planned: 4, done: 3, failed: 1, pending: 0 },
      games: { asked: 9, loaded: 9 },
      failed: [{ unit: '2025-01-11', message: expect.stringMatching(message) }],
      watermarkAfter: '0022400003',
    })
    expect(await world.settled()).toEqual(idsOf([...third, ...fourth]))
    expect(await world.letters()).toEqual([])
    const [chunk] = await world.sql`select status, attempts, error_class from ingest_chunks where window_from = '2025-01-11'`
    expect(chunk).toEqual({ status: 'failed', attempts: 1, error_class: name })

    await world.sql.unsafe('drop trigger spoil on nba_player_game_stats')
    const next = await world.backfill(noon, { chunkDays: 1 })
    expect(next).toMatchObject({ code: 0, settled: 9, asked: { boxes: idsOf(second) }, watermarkAfter: '0022400012' })
    expect(await world.settled()).toEqual([])
  })
})

describe('--retry-failed', () => {
  test('asks for what is left of the chunks that failed, and for nothing of those that were not begun', async () => {
    const down = () => reply(500)
    const league: HandMadeLeague = { games, boxes: { ...boxesGivenOnce(first, down), ...boxesOf([...second, ...third], down) } }
    await using world = await startNbaWorld(league)
    await world.backfill(noon, { chunkDays: 1 })
    league.boxes = {}
    const retry = await world.backfill(noon, { retryFailed: true })
    expect(retry).toMatchObject({ code: 0, from: '2025-01-11', to: '2025-01-12', asked: { boxes: idsOf([...second, ...third]) } })
    expect(retry).toMatchObject({ watermarkBefore: '0022400003', watermarkAfter: '0022400009' })
    expect(await world.backfill(noon, { retryFailed: true })).toMatchObject({ code: 0, games: { asked: 0 }, requests: 1 })
    expect(await world.backfill(noon)).toMatchObject({ code: 0, asked: { boxes: idsOf(fourth) } })
  })

  test('asks for nothing where none has failed', async () => {
    await using world = await startNbaWorld({ games })
    expect(await world.backfill(noon, { retryFailed: true })).toMatchObject({ code: 0, games: { asked: 0 }, requests: 1 })
  })
})
