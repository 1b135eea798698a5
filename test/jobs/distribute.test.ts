import { describe, expect, test } from 'vitest'
import { eachDay } from '../../src/core/days.ts'
import type { HandMadeLeague } from '../support/hand-made-nba.ts'
import { nflFiles } from '../support/hand-made-nfl.ts'
import { result } from '../support/hand-made-racing.ts'
import { game, season, startNbaWorld, threeADay } from '../support/nba-world.ts'
import { startNflWorld } from '../support/nfl-world.ts'
import { reply } from '../support/provider-server.ts'
import { startRacingWorld } from '../support/racing-world.ts'
import { tableHashes } from '../support/table-hashes.ts'

const noon = '2025-01-20T12:00:00Z'

/** What a run says of itself, but for when and how long. */
const told = ({ startedAt: _1, durationMs: _2, asked: _3, requests: _4, ...receipt }: Record<string, unknown>): object =>
  // Each case has a server of its own.
  JSON.parse(JSON.stringify(receipt).replaceAll(/127\.0\.0\.1:\d+/g, 'host'))

/** Chunks of a run, in any order. */
type World = Awaited<ReturnType<typeof startNbaWorld | typeof startNflWorld | typeof startRacingWorld>>
const chunksOf = ({ sql }: World) =>
  sql`select unit, part, status, attempts, error_class, counts from ingest_chunks order by unit, part`

describe('a backfill whose units other processes load says and leaves what one does that loads them itself', () => {
  test('of a season with a schedule, a game that cannot be read among it', async () => {
    const games = threeADay(['2025-01-10', '2025-01-11', '2025-01-12']).flat()
    const bad = game(20, '2025-01-13')
    const league: HandMadeLeague = { games: [...games, bad], boxes: { [bad.id]: () => reply(200, {}, { game: 5 }) } }
    await using here = await startNbaWorld(league)
    await using elsewhere = await startNbaWorld(league)
    const [one, other] = [
      await here.backfill(noon, { chunkDays: 1 }),
      await elsewhere.backfill(noon, { chunkDays: 1, concurrency: 3, elsewhere: true }),
    ]
    expect(told(other)).toEqual(told(one))
    expect(one, one.said).toMatchObject({ units: { planned: 4, done: 4 } })
    expect(await tableHashes(elsewhere.sql)).toEqual(await tableHashes(here.sql))
    expect(await chunksOf(elsewhere)).toEqual(await chunksOf(here))
    expect(await elsewhere.watermark(season)).toBe(await here.watermark(season))
  })

  test('of files, one of them broken', async () => {
    const files = { ...nflFiles(2024), stats_player_week_2024: 'not,a,file\n' }
    await using here = await startNflWorld(files)
    await using elsewhere = await startNflWorld(files)
    const [one, other] = [await here.backfill(), await elsewhere.backfill({ concurrency: 4, elsewhere: true })]
    expect(told(other)).toEqual(told(one))
    expect(one.units).toMatchObject({ failed: 1 })
    expect(await tableHashes(elsewhere.sql)).toEqual(await tableHashes(here.sql))
    expect(await chunksOf(elsewhere)).toEqual(await chunksOf(here))
  })

  test('of days', async () => {
    const days = eachDay('2025-10-01', '2025-10-06')
    const results = Object.fromEntries(days.map(day => [day, [1, 2].map(n => result(day, n))]))
    await using here = await startRacingWorld({ results, cards: {} })
    await using elsewhere = await startRacingWorld({ results, cards: {} })
    const span = { from: '2025-10-01', to: '2025-10-06' }
    const [one, other] = [
      await here.backfill('2025-10-07T12:00:00Z', span),
      await elsewhere.backfill('2025-10-07T12:00:00Z', { ...span, concurrency: 3, elsewhere: true }),
    ]
    expect(told(other)).toEqual(told(one))
    expect(one.units).toMatchObject({ done: 6 })
    expect(await tableHashes(elsewhere.sql)).toEqual(await tableHashes(here.sql))
    expect(await elsewhere.settled()).toEqual(await here.settled())
  })
})
