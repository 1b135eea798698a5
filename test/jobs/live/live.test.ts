import type { Sql } from 'postgres'
import { expect, test } from 'vitest'
import { boxScoreOf } from '../../support/hand-made-nba.ts'
import { atStart, final, playing, startEvening, today } from '../../support/live-evening.ts'
import { game } from '../../support/nba-world.ts'
import { reply } from '../../support/provider-server.ts'

const scoreboard = 'todaysScoreboard_00'
const schedule = 'scheduleLeagueV2'

const gamesOf = async (sql: Sql, ...ids: string[]) =>
  (
    await sql<{ says: string }[]>`
      select concat_ws(' ', right(provider_id, 1), status, status_text, home_score, away_score) as says
      from games where right(provider_id, 1) in ${sql(ids)} order by provider_id`
  ).map(({ says }) => says)

test('an evening: only games that have changed are asked for, what is over is loaded once, and then it is quiet', async () => {
  await using world = await startEvening()
  const seen: unknown[] = []
  const story: (() => void)[] = [
    () => world.change(1, playing('Q1 10:00', 5, 3)),
    () => world.change(2, playing('Q1 8:00', 2, 2)),
    () => {},
    () => world.change(1, { ...final, score: [101, 99] }),
    () => world.change(2, { ...final, score: [101, 99] }),
  ]
  const { notes } = await world.follow({
    now: atStart(-60),
    until: note => {
      seen.push([note.mode, note.nextPollAt.toISOString().slice(11, 16), note.rows, world.asked()])
      story[seen.length - 2]?.()
      return note.mode === 'update' && seen.length > 2
    },
  })
  expect(seen.slice(0, 8)).toEqual([
    ['update', '00:00', 0, ['003', 'scheduleLeagueV2']],
    ['update', '00:15', 0, ['scheduleLeagueV2']],
    ['live', '00:20', 11, ['001', 'todaysScoreboard_00']],
    ['live', '00:25', 11, ['002', 'todaysScoreboard_00']],
    ['live', '00:30', 0, ['todaysScoreboard_00']],
    ['live', '00:35', 7, ['001', 'todaysScoreboard_00']],
    ['live', '00:40', 7, ['002', 'todaysScoreboard_00']],
    ['live', '00:45', 0, ['todaysScoreboard_00']],
  ])
  // Half an hour after the last change.
  expect(seen.slice(8)).toHaveLength(5)
  expect(notes.at(-1)?.why).toBe('no game is stored for the coming days')
})

test('another process goes on where one has stopped: what is stored is not asked for again, nor is the schedule', async () => {
  await using world = await startEvening()
  world.change(1, playing('Q1 10:00', 5, 3))
  await world.follow({ now: atStart(5), until: 1 })
  world.asked()
  const { notes } = await world.follow({ now: atStart(6), until: 1 })
  expect(world.asked()).toEqual([scoreboard])
  expect(notes[0]?.rows).toBe(0)
})

test('a game is over when its own file says it too', async () => {
  await using world = await startEvening()
  const [one] = world.league.games
  world.change(1, playing('Q4 :01.0', 101, 99))
  await world.follow({ now: atStart(130), until: 1 })
  const lagging = boxScoreOf({ ...game(1, today), ...playing('Q4 :01.0', 99, 99) })
  world.change(1, final)
  world.league.boxes = { [one?.id ?? '']: () => reply(200, {}, lagging) }
  await world.follow({ now: atStart(140), until: 1 })
  expect(await gamesOf(world.sql, '1')).toEqual(['1 live Q4 :01.0 99 99'])
  world.league.boxes = {}
  const { notes } = await world.follow({ now: atStart(145), until: 1 })
  expect(await gamesOf(world.sql, '1')).toEqual(['1 final Final 101 99'])
  expect(notes[0]?.cycle?.poll?.finals).toEqual([one?.id])
})

test('a game that is over is not taken back, and not asked for because of it', async () => {
  await using world = await startEvening()
  world.change(1, final)
  await world.follow({ now: atStart(150), until: 1 })
  world.change(1, playing('Q4 :01.0', 101, 99))
  world.asked()
  const { notes } = await world.follow({ now: atStart(155), until: 2 })
  expect(world.asked()).toEqual([scoreboard, scoreboard])
  expect(notes.map(({ rows }) => rows)).toEqual([0, 0])
  expect(await gamesOf(world.sql, '1')).toEqual(['1 final Final 101 99'])
})

test('while a game is played its score is kept without its file; once it is over, a file that is missing or malformed is a dead letter', async () => {
  await using world = await startEvening()
  const [one, two] = world.league.games.map(({ id }) => id) as [string, string]
  await world.follow({ now: atStart(-60), until: 1 })
  world.league.boxes = { [one]: () => reply(403), [two]: () => reply(200, {}, { game: { gameId: two } }) }
  world.change(1, playing('Q1 10:00', 5, 3))
  world.change(2, playing('Q1 9:00', 4, 4))
  const { logged } = await world.follow({ now: atStart(5), until: 3 })
  expect(await gamesOf(world.sql, '1', '2')).toEqual(['1 live Q1 10:00 5 3', '2 live Q1 9:00 4 4'])
  expect(await world.sql`select 1 from dead_letters where status = 'open'`).toEqual([])
  expect(logged.filter(({ level }) => level !== 'info')).toMatchObject([
    { event: 'live.finding', check: 'box-scores', game: two },
  ])
  for (const n of [1, 2]) world.change(n, final)
  const { notes } = await world.follow({ now: atStart(150), until: 1 })
  expect(await world.sql`select item, error_class as "errorClass" from dead_letters where status = 'open' order by item`).toEqual(
    [
      { item: one, errorClass: 'ProviderRejectedError' },
      { item: two, errorClass: 'PayloadError' },
    ],
  )
  expect(notes[0]?.cycle?.poll?.finals).toEqual([one, two])
})

test('a game that the schedule does not have: the schedule is asked for; then the game is reported once, and not made up', async () => {
  await using world = await startEvening()
  world.change(1, playing('Q1 10:00', 5, 3))
  await world.follow({ now: atStart(2), until: 1 })
  const [stranger, late] = [game(8, today, playing('Q1 9:00', 1, 0)), game(9, today, playing('Q1 9:00', 1, 0))]
  const hidden = world.league.games
  world.asked()
  world.league.scoreboard = () => reply(200, {}, { scoreboard: { games: [stranger, late].map(entryOf) } })
  const { logged } = await world.follow({
    now: atStart(5),
    until: (_, { length }) => {
      if (length === 1) hidden.push(late)
      return length === 16
    },
  })
  const asked = world.asked()
  expect(asked.filter(name => name === schedule)).toHaveLength(2)
  expect(logged.filter(({ event }) => event === 'live.finding').map(({ game: id }) => id)).toEqual([stranger.id])
  expect(await gamesOf(world.sql, '8', '9')).toEqual(['9 live Q1 9:00 1 0'])
})

const entryOf = ({ id, status, text, score }: ReturnType<typeof game>) => {
  const [home, away] = (score ?? []).map(points => ({ teamTricode: 'CLB', score: points }))
  return { gameId: id, gameStatus: status, gameStatusText: text, period: 1, homeTeam: home, awayTeam: away }
}

test('a postponed game is stored as such, and closes its window', async () => {
  await using world = await startEvening()
  await world.follow({ now: atStart(-16), until: 1 })
  for (const n of [1, 2]) world.change(n, { text: 'PPD' })
  const { notes } = await world.follow({ now: atStart(-14), until: 2 })
  expect(await gamesOf(world.sql, '1', '2')).toEqual(['1 postponed PPD', '2 postponed PPD'])
  expect(notes.map(({ mode }) => mode)).toEqual(['live', 'update'])
})

test.each(['PPD', 'Cancelled'])('of a game that was on when it became %s no lines are left', async text => {
  await using world = await startEvening()
  for (const n of [1, 2]) world.change(n, playing('Q2 1:00', 40, 30))
  await world.follow({ now: atStart(30), until: 1 })
  const [one, two] = world.league.games.filter(({ day }) => day === today).map(({ id }) => id)
  const withLines = async () => {
    const rows = await world.sql<{ id: string }[]>`
      select game_id as id from nba_player_game_stats union select game_id from nba_team_game_stats`
    return [one, two].filter(id => rows.some(row => row.id === id))
  }
  expect(await withLines()).toEqual([one, two])
  world.change(1, { status: 1, text })
  await world.follow({ now: atStart(60), until: 1 })
  expect(await withLines()).toEqual([two])
})

test('a game that nobody says is over holds the window open for twelve hours, and is reported once', async () => {
  await using world = await startEvening({ SPORTS_INGEST_LIVE_LIVE_INTERVAL: '30m' })
  world.change(1, playing('Q4 :00.0', 101, 99))
  world.change(2, final)
  const { logged, notes } = await world.follow({
    now: atStart(150),
    until: ({ nextPollAt }) => nextPollAt.toISOString() > atStart(24 * 60),
  })
  const [open, closed] = [notes.filter(({ mode }) => mode === 'live'), notes.filter(({ mode }) => mode === 'update')]
  expect(open.at(-1)?.nextPollAt.toISOString()).toBe(atStart(12 * 60))
  expect(closed.length).toBeGreaterThan(10)
  expect(logged.filter(({ event }) => event === 'live.finding')).toMatchObject([
    { check: 'stuck', game: world.league.games[0]?.id },
  ])
})

test('of files that change all evening the newest is kept', async () => {
  await using world = await startEvening()
  await world.follow({
    now: atStart(),
    until: (_, { length }) => {
      world.change(1, playing(`Q1 ${11 - length}:00`, length, 0))
      return length === 5
    },
  })
  const kept =
    await world.sql`select right(url, 24) as url, count(*)::int as kept from payloads where url not like '%schedule%' group by url order by 1`
  expect(kept).toEqual([
    { url: 'boxscore_0022400001.json', kept: 1 },
    { url: 'boxscore_0022400003.json', kept: 1 },
    { url: 'todaysScoreboard_00.json', kept: 1 },
  ])
})
