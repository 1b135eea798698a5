import { expect, test } from 'vitest'
import { boxScoreOf, scoreboardOf } from '../support/hand-made-nba.ts'
import { atStart, startEvening } from '../support/live-evening.ts'
import { game, startNbaWorld } from '../support/nba-world.ts'
import { reply } from '../support/provider-server.ts'

const odd = 'Ot\0ters \ud800'
const stored = 'Ot\uFFFDters \uFFFD'

test('NUL and half a surrogate pair in a payload keep no row out, and no reason from being kept', async () => {
  const [plain, malformed, refused] = [
    game(1, '2025-01-10', { text: `Final ${odd}` }),
    game(2, '2025-01-10'),
    game(3, '2025-01-10'),
  ]
  const box = JSON.parse(JSON.stringify(boxScoreOf(plain)))
  box.game.homeTeam.players[0].name = odd
  box.game.homeTeam.players[0][odd] = 1
  const league = {
    games: [plain, { ...malformed, more: { gameStatusText: 1, [odd]: odd } }, refused],
    boxes: {
      [plain.id]: () => reply(200, {}, JSON.stringify(box)),
      [refused.id]: () => reply(200, {}, JSON.stringify({ game: { ...box.game, gameId: odd } })),
    },
  }
  await using world = await startNbaWorld(league)
  expect(await world.daily('2025-01-11T12:00:00Z')).toMatchObject({ code: 2, games: { asked: 3, loaded: 1 } })
  const [row] =
    await world.sql`select status_text, (select min(name) from players where name like 'Ot%') as name from games where provider_id = ${plain.id}`
  expect(row).toEqual({ status_text: `Final ${stored}`, name: stored })
  expect((await world.letters()).map(({ message }) => message)).toContainEqual(expect.stringContaining(`is that of ${stored}.`))
})

test('nor do they end a live worker: its run is finished, and the next one goes on', async () => {
  await using world = await startEvening()
  const [first] = world.league.games
  world.league.scoreboard = () => {
    const board = JSON.parse(JSON.stringify(scoreboardOf(first ? [first] : []))) as { scoreboard: { games: object[] } }
    board.scoreboard.games.push({ gameId: odd, gameStatus: odd })
    return reply(200, {}, JSON.stringify(board))
  }
  for (const minute of [5, 10]) {
    const { notes } = await world.follow({ now: atStart(minute), until: 1 })
    expect(notes).toHaveLength(1)
  }
  const runs = await world.sql<{ status: string; counts: { findings: { item: string }[] } }[]>`
    select status, counts from ingest_runs where job = 'live' order by id`
  expect(runs.map(({ status }) => status)).toEqual(['stopped', 'stopped'])
  expect(runs[0]?.counts.findings.map(({ item }) => item)).toContain(stored)
})
