import { expect, test } from 'vitest'
import { statsFunctionNames } from '../../src/stats/run-stats.ts'
import { startStatsWorld } from '../support/stats-world.ts'

const season = '2024-25'

test('each function says what it has done, and once more writes nothing', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [
    { providerId: '0022400001', season, gameDate: '2025-01-10', homeTeamId: 'A', awayTeamId: 'B', homeScore: 30, awayScore: 20 },
    { providerId: '0022400002', season, gameDate: '2025-01-20', homeTeamId: 'B', awayTeamId: 'A', homeScore: 10, awayScore: 40 },
    { providerId: '0022400003', season, gameDate: '2025-02-20', status: 'live', homeTeamId: 'B', awayTeamId: 'A' },
  ])
  await world.putNbaLines([
    { gameId: '0022400001', playerId: '1', teamId: 'A', points: 30, assists: 3 },
    { gameId: '0022400001', playerId: '2', teamId: 'B', points: 20 },
    { gameId: '0022400001', playerId: '3', teamId: 'B', played: false },
    { gameId: '0022400002', playerId: '1', teamId: 'A', points: 40, assists: 1 },
    { gameId: '0022400002', playerId: '2', teamId: 'B', points: 10 },
    { gameId: '0022400003', playerId: '2', teamId: 'B', points: 99 },
  ])
  const first = await world.run()
  expect(Object.keys(first)).toEqual(statsFunctionNames)
  expect(Object.values(first).flatMap(({ error }) => error ?? [])).toEqual([])
  expect(
    await world.rows('select player_id, events, wins, points, points_per_event, totals from season_stats order by 1'),
  ).toMatchObject([
    { player_id: '1', events: 2, wins: 2, points: '70.00', points_per_event: '35.00', totals: { assists: 4 } },
    { player_id: '2', events: 2, wins: 0, points: '30.00', points_per_event: '15.00' },
  ])
  expect(await world.rows('select half, player_id, points from half_season_stats order by 1, 2')).toEqual([
    { half: 1, player_id: '1', points: '30.00' },
    { half: 1, player_id: '2', points: '20.00' },
    { half: 2, player_id: '1', points: '40.00' },
    { half: 2, player_id: '2', points: '10.00' },
  ])
  for (const again of [await world.run(), await world.run({ full: true })])
    expect(Object.values(again).map(({ status, rows, error }) => ({ status, rows, error }))).toEqual(
      statsFunctionNames.map(() => ({ status: 'completed', rows: 0 })),
    )
  expect(await world.rows('select * from ingest_stats_changes')).toEqual([])
})
