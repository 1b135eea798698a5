import { expect, test } from 'vitest'
import { startStatsWorld } from '../support/stats-world.ts'

const season = '2024-25'
const gameOn = (id: string, gameDate: string, more: object = {}) => ({
  ...{ providerId: id, season, gameDate, homeTeamId: 'A', awayTeamId: 'B', homeScore: 2, awayScore: 1, ...more },
})
const line = (gameId: string, playerId: string, points: number, more: object = {}) => ({
  ...{ gameId, playerId, teamId: 'A', points, ...more },
})

test('who is level has the same rank, the next one is left out, and nobody wins with nothing', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [gameOn('g1', '2025-01-10')])
  await world.putNbaLines([
    ...[30, 20, 20, 10].map((points, i) => line('g1', `${i + 1}`, points)),
    ...Array.from({ length: 8 }, (_, i) => line('g1', `${i + 5}`, 5)),
    line('g1', '20', 0),
  ])
  await world.run()
  expect(
    await world.rows("select player_id, rank from hall_of_fame where category = 'career_points' order by rank, player_id::int"),
  ).toEqual([
    { player_id: '1', rank: 1 },
    { player_id: '2', rank: 2 },
    { player_id: '3', rank: 2 },
    { player_id: '4', rank: 4 },
    ...Array.from({ length: 8 }, (_, i) => ({ player_id: `${i + 5}`, rank: 5 })),
  ])
  expect(await world.rows("select * from hall_of_fame where category = 'career_assists'")).toEqual([])
  // Twelve are level with the tenth place or better; one who falls behind makes room for nobody worse than they are.
  await world.sql`update nba_player_game_stats set points = 1 where player_id in ('1', '2', '3', '4')`
  await world.run()
  expect(await world.rows("select count(*)::int as n, max(rank) from hall_of_fame where category = 'career_points'")).toEqual([
    { n: 12, max: 9 },
  ])
})

test('averages of a season count from 70 % of the games of whoever has most', async () => {
  await using world = await startStatsWorld()
  const ids = Array.from({ length: 10 }, (_, i) => `g${i}`)
  await world.putGames(
    'nba',
    ids.map((id, i) => gameOn(id, `2025-01-${10 + i}`)),
  )
  await world.putNbaLines([
    ...ids.map(id => line(id, 'all', 10)),
    ...ids.slice(0, 7).map(id => line(id, 'seven', 20)),
    ...ids.slice(0, 6).map(id => line(id, 'six', 30)),
  ])
  await world.run()
  expect(
    await world.rows(
      "select honour, player_id, value::int, events from honour_roll where honour in ('points_per_event', 'most_points') order by 1, 2",
    ),
  ).toEqual([
    { honour: 'most_points', player_id: 'six', value: 180, events: 6 },
    { honour: 'points_per_event', player_id: 'seven', value: 20, events: 7 },
  ])
})

test('halves: the NBA by the day, in its late seasons by another; the NFL by the week; racing by the month', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [
    ...['2024-10-25', '2025-01-15', '2025-01-16', '2025-04-10'].map((date, i) => gameOn(`n${i}`, date)),
    ...['2021-03-04', '2021-03-05'].map((date, i) => gameOn(`l${i}`, date, { season: '2020-21' })),
    gameOn('p', '2025-05-01', { seasonType: 'playoffs' }),
  ])
  await world.putNbaLines(['n0', 'n1', 'n2', 'n3', 'l0', 'l1', 'p'].map(id => line(id, '1', 1)))
  const weeks = [
    [2020, 8],
    [2020, 9],
    [2021, 9],
    [2021, 10],
  ] as const
  await world.putNflGames(
    weeks.map(([year, week]) => ({ game_id: `f${year}_${week}`, season: year, week, home_team_id: 'A', away_team_id: 'B' })),
  )
  await world.putGames(
    'nfl',
    weeks.map(([year, week]) => gameOn(`f${year}_${week}`, `${year}-11-01`, { season: String(year) })),
  )
  await world.putNflLines(weeks.map(([year, week]) => ({ season: year, week, player_id: '1', team: 'A' })))
  await world.putRaces(['2024-06-30', '2024-07-01'].map((raceDate, i) => ({ providerId: `r${i}`, season: '2024', raceDate })))
  await world.putRunners(['r0', 'r1'].flatMap(raceId => [1, 2].map(position => ({ raceId, horseId: `h${position}`, position }))))
  expect(await world.rows("select event_id, half from performances where player_id in ('1', 'h1') order by 1")).toEqual([
    ...[
      ['f2020_8', 1],
      ['f2020_9', 2],
      ['f2021_10', 2],
      ['f2021_9', 1],
      ['l0', 1],
      ['l1', 2],
      ['n0', 1],
      ['n1', 1],
      ['n2', 2],
      ['n3', 2],
      ['p', null],
      ['r0', 1],
      ['r1', 2],
    ].map(([event_id, half]) => ({ event_id, half })),
  ])
  await world.run()
  expect(
    await world.rows("select half, events from half_season_stats where sport = 'nba' and season = '2024-25' order by 1"),
  ).toEqual([
    { half: 1, events: 2 },
    { half: 2, events: 2 },
  ])
})

test('horses: rivals beaten, dead heats, who was not placed, who did not run, and a race without rivals', async () => {
  await using world = await startStatsWorld()
  await world.putRaces([
    { providerId: 'r1', season: '2024', raceDate: '2024-05-01', course: 'Downs' },
    { providerId: 'r2', season: '2024', raceDate: '2024-05-02' },
  ])
  await world.putRunners([
    { raceId: 'r1', horseId: 'a', position: 1, prize: 1000.5, trainerId: 't' },
    { raceId: 'r1', horseId: 'b', position: 2, isDeadHeat: true },
    { raceId: 'r1', horseId: 'c', position: 2, isDeadHeat: true },
    { raceId: 'r1', horseId: 'd', position: 4 },
    { raceId: 'r1', horseId: 'e', position: null, finished: false, outcome: 'fell' },
    { raceId: 'r1', horseId: 'x', position: null, finished: null, ran: false },
    { raceId: 'r2', horseId: 'a', position: 1, prize: 500 },
  ])
  expect(await world.rows('select player_id, rating, won, points from performances order by 1')).toEqual([
    { player_id: 'a', rating: 100, won: true, points: 1000.5 },
    { player_id: 'b', rating: 75, won: false, points: 0 },
    { player_id: 'c', rating: 75, won: false, points: 0 },
    { player_id: 'd', rating: 25, won: false, points: 0 },
    { player_id: 'e', rating: 0, won: false, points: 0 },
  ])
  await world.run()
  expect(await world.rows("select points, totals from season_stats where player_id = 'a'")).toEqual([
    { points: '1000.50', totals: { wins: 1, places: 1, finishes: 1 } },
  ])
  // A withdrawal changes the rating of all others.
  await world.sql`delete from runners where horse_id = 'e'`
  await world.run()
  expect(await world.rows("select rating from season_stats where player_id in ('b', 'd') order by player_id")).toEqual([
    { rating: '66.67' },
    { rating: '0.00' },
  ])
})
