import { expect, test } from 'vitest'
import { boxScoreOf, type HandMadeGame, scheduleOf, scoreboardOf } from '../support/hand-made-nba.ts'
import { atStart, playing, startEvening } from '../support/live-evening.ts'
import { game, startNbaWorld } from '../support/nba-world.ts'
import { reply } from '../support/provider-server.ts'

const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
const deepObjects = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`

interface BoxGame {
  homeTeam: { players: { statistics: object }[]; statistics: object }
}

/** JSON in which each "DEEP" is nested as deep as that. */
const nested = (value: object, by: string) =>
  reply(200, { 'content-type': 'application/json' }, JSON.stringify(value).replaceAll('"DEEP"', by))

test.each([
  ['arrays in a known field', { arenaName: 'DEEP' }, deep],
  ['objects in an unknown one', { more: 'DEEP' }, deepObjects],
])('100,000 levels of %s are the dead letter of their game alone', async (_, more, by) => {
  const games = [game(1, '2024-12-10'), game(2, '2024-12-10', { more })]
  await using world = await startNbaWorld({ games, schedule: () => nested(scheduleOf(games), by) })
  expect(await world.daily('2024-12-11T12:00:00Z')).toMatchObject({ code: 1 })
  expect(Object.keys(await world.points())).toEqual(['0022400001'])
  expect(await world.letters()).toMatchObject([
    { item: '0022400002', message: "The schedule's entry of game 0022400002 has more than 200 levels." },
  ])
  expect((await world.backfill('2024-12-11T13:00:00Z')).said).not.toMatch(/stack|Unexpected/)
})

test.each([deep, deepObjects])(
  'in an entry or the id of a scoreboard they are a finding, and the other game is followed',
  async by => {
    await using world = await startEvening()
    world.change(1, playing('Q1 10:00', 5, 3))
    world.league.scoreboard = () => {
      const { scoreboard } = scoreboardOf(world.league.games.slice(0, 2)) as { scoreboard: { games: object[] } }
      const [one, two] = scoreboard.games
      return nested(
        {
          scoreboard: {
            games: [{ ...two, gameStatus: 2, gameStatusText: 'Q1 10:00', gameLeaders: 'DEEP' }, { gameId: 'DEEP' }, one],
          },
        },
        by,
      )
    }
    const { notes } = await world.follow({ now: atStart(5), until: 2 })
    expect(notes.map(({ incident }) => incident)).toEqual([undefined, undefined])
    expect(await world.sql`select provider_id from games where status = 'live'`).toEqual([{ provider_id: '0022400001' }])
  },
)

test.each([
  ['malformed', { gameId: 'x' }],
  ['unknown', undefined],
])('a scoreboard of 70,000 %s entries is told in a few lines, and its games are followed', async (_, entry) => {
  await using world = await startEvening()
  world.change(1, playing('Q1 10:00', 5, 3))
  world.league.scoreboard = () => {
    const { scoreboard } = scoreboardOf(world.league.games.slice(0, 2)) as { scoreboard: { games: object[] } }
    const others = Array.from(
      { length: 70_000 },
      (_, n) => entry ?? { ...scoreboard.games[1], gameId: `00224${String(n + 10_000)}` },
    )
    return reply(200, {}, { scoreboard: { games: [...scoreboard.games, ...others] } })
  }
  const { notes, logged } = await world.follow({ now: atStart(5), until: 2 })
  expect(notes.map(({ incident }) => incident)).toEqual([undefined, undefined])
  expect(await world.sql`select provider_id from games where status = 'live'`).toEqual([{ provider_id: '0022400001' }])
  const said = logged.filter(({ message }) => message !== undefined).map(({ message }) => message)
  expect(said).toContain('The scoreboard has 70002 entries; only the first 200 are read.')
  expect(said.length).toBeLessThan(250)
})

test('in fields of a box score that nobody knows they hold up nothing', async () => {
  const games = [game(1, '2024-12-10')]
  const [one] = games as [HandMadeGame]
  const { game: box } = boxScoreOf(one) as { game: BoxGame }
  const { homeTeam } = box
  for (const part of [box, homeTeam, homeTeam.players[0], homeTeam.players[0]?.statistics, homeTeam.statistics])
    Object.assign(part ?? {}, { more: 'DEEP' })
  await using world = await startNbaWorld({ games, boxes: { [one.id]: () => nested({ game: box }, deepObjects) } })
  expect(await world.daily('2024-12-11T12:00:00Z')).toMatchObject({ code: 0 })
  expect(await world.points()).toEqual({ [one.id]: 200 })
})
