import { describe, expect, test } from 'vitest'
import { boxScoreOf, type HandMadeGame, type HandMadeLeague } from '../support/hand-made-nba.ts'
import { game, type NbaWorld, startNbaWorld } from '../support/nba-world.ts'
import { reply } from '../support/provider-server.ts'

const noon = '2025-01-20T12:00:00Z'

describe('a game that could not be had', () => {
  const games = [1, 2, 3, 4].map(n => game(n, `2025-01-1${n}`))
  const [, lacking] = games as [HandMadeGame, HandMadeGame]
  const league = (status: number): HandMadeLeague => ({ games, boxes: { [lacking.id]: () => reply(status) } })

  test.each([404, 500])('(%i) and was set aside by a backfill is not asked for by daily', async status => {
    await using world = await startNbaWorld(league(status))
    expect(await world.backfill(noon)).toMatchObject({ code: 1 })
    await world.setWatermark('2025-01-18')
    const [morning] = await world.mornings('2025-01-20')
    expect(morning).toMatchObject({ code: 0, asked: { boxes: [] } })
    expect(await world.letters()).toMatchObject([{ item: lacking.id, attempts: 1 }])
  })

  test('and was set aside by daily is asked for by daily again', async () => {
    await using world = await startNbaWorld(league(404))
    await world.setWatermark('2025-01-11')
    expect(await world.mornings('2025-01-15')).toMatchObject([{ code: 1 }])
    await world.setWatermark('2025-01-18')
    const [morning] = await world.mornings('2025-01-20')
    expect(morning).toMatchObject({ code: 1, asked: { boxes: [lacking.id] } })
    expect(await world.letters()).toMatchObject([{ item: lacking.id, attempts: 2 }])
  })
})

describe('a game that was on when it was stored, and has left the schedule since', () => {
  const live = game(1, '2025-01-18', { status: 2, text: 'Q4 1:00', score: [90, 88] })
  const other = game(2, '2025-01-17')

  test.each<[string, (world: NbaWorld) => Promise<unknown>]>([
    ['daily', world => world.mornings('2025-01-20')],
    ['a backfill', world => world.backfill(noon)],
  ])('is asked for by its own file, by %s', async (_, load) => {
    const league: HandMadeLeague = { games: [live, other] }
    await using world = await startNbaWorld(league)
    await world.setWatermark('2025-01-17')
    await world.daily('2025-01-19T05:10:00Z', { date: '2025-01-18', catchUp: false })
    expect(await world.statuses()).toEqual({ [live.id]: 'live' })
    league.games = [other]
    league.boxes = { [live.id]: () => reply(200, {}, boxScoreOf({ ...live, status: 3, text: 'Final', score: [101, 97] })) }
    await load(world)
    expect(await world.statuses()).toMatchObject({ [live.id]: 'final' })
    expect(await world.points()).toMatchObject({ [live.id]: 198 })
  })
})
