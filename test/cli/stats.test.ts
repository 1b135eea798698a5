import { expect, test } from 'vitest'
import { players, teams } from '../../src/pipeline/tables.ts'
import { statsFunctionNames } from '../../src/stats/run-stats.ts'
import { startCache } from '../support/cache.ts'
import { runCli } from '../support/cli.ts'
import { startStatsWorld } from '../support/stats-world.ts'

test('stats are computed, listed and shown; unknown names are refused with a suggestion', async () => {
  await using cache = await startCache(204)
  await using world = await startStatsWorld()
  const env = { DATABASE_URL: world.url, ...cache.settings }
  const cli = (...args: string[]) => runCli(['stats', ...args], env)
  const season = '2024-25'
  await world.put(players, [
    { sport: 'nba', providerId: '1', name: 'Ann Vale' },
    { sport: 'nba', providerId: '2', name: 'Bo Ström' },
  ])
  await world.put(teams, [
    { sport: 'nba', providerId: 'A', name: 'Alders', abbreviation: 'ALD' },
    { sport: 'nba', providerId: 'B', name: 'Bees', abbreviation: 'BEE' },
  ])
  await world.putGames('nba', [
    { providerId: '0022400001', season, gameDate: '2025-01-10', homeTeamId: 'A', awayTeamId: 'B', homeScore: 30, awayScore: 20 },
    { providerId: '0022400002', season, gameDate: '2025-01-20', homeTeamId: 'B', awayTeamId: 'A', homeScore: 10, awayScore: 40 },
  ])
  await world.putNbaLines([
    { gameId: '0022400001', playerId: '1', teamId: 'A', points: 30, assists: 3 },
    { gameId: '0022400001', playerId: '2', teamId: 'B', points: 20, assists: 9 },
    { gameId: '0022400002', playerId: '1', teamId: 'A', points: 40, assists: 1 },
    { gameId: '0022400002', playerId: '2', teamId: 'B', points: 10 },
  ])
  expect(await cli('leaders')).toMatchObject({ code: 100, stderr: expect.stringContaining('There are no stats yet.') })

  const first = await cli('run', '--json')
  const { functions, failures } = JSON.parse(first.stdout)
  expect({ code: first.code, failures, names: Object.keys(functions) }).toEqual({
    code: 0,
    failures: 0,
    names: statsFunctionNames,
  })
  expect(functions.update_power_ratings).toEqual({ status: 'completed', rows: 2, durationMs: expect.any(Number) })
  expect(cache.told.flatMap(({ tags }) => tags).sort()).toEqual(
    [
      ...['all_time_stats', 'half_season_stats', 'honour_roll', 'match_report', 'personal_bests', 'player_power_rating'],
      ...['player_profile_stats', 'recent_performance', 'season_race_data', 'season_stats'],
      ...['hall_of_fame'],
    ].sort(),
  )
  expect((await cli('run', 'power_ratings')).stdout).toMatch(/^update_power_ratings +completed +0 /m)
  expect(cache.told).toHaveLength(1)
  expect(await cli('run', 'update_power_rating')).toMatchObject({
    code: 100,
    stderr: expect.stringContaining('did you mean update_power_ratings?'),
  })

  const list = await cli('list')
  expect(list.stdout).toMatch(/season_stats +2 +20\d\d/)
  expect(Math.max(...list.stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80)

  const leaders = await cli('leaders')
  expect(leaders.stdout.split('\n').map(line => line.split(/ {2,}/))).toEqual([
    ['nba 2024-25, regular season, by points'],
    ['', 'player', 'team', 'events', 'points', 'per event', 'rating'],
    ['1', 'Ann Vale', 'ALD', '2', '70', '35', '36.4'],
    ['2', 'Bo Ström', 'BEE', '2', '30', '15', '18.15'],
    [''],
  ])
  const long = await cli('leaders', '--by', 'three_pointers_made')
  expect(long.stdout).toContain('by three_pointers_made\n')
  expect(long.stdout).toMatch(/events +total +points +per event +rating\n/)
  const assists = JSON.parse(
    (await cli('leaders', '--sport', 'nba', '--season', season, '--by', 'assists', '--limit', '1', '--json')).stdout,
  )
  expect(assists).toMatchObject({
    sport: 'nba',
    season,
    by: 'assists',
    leaders: [{ rank: 1, player: '2', name: 'Bo Ström', value: 9 }],
  })
  for (const [args, hint] of [
    [['leaders', '--sport', 'nbaa'], 'did you mean nba?'],
    [['leaders', '--by', 'asists'], 'did you mean assists?'],
    [['leaders', '--season', '2023-24'], 'did you mean 2024-25?'],
    [['show', 'player', 'Ann Vael'], 'did you mean Ann Vale?'],
  ] as const)
    expect(await cli(...args)).toMatchObject({ code: 100, stderr: expect.stringContaining(hint) })

  const shown = await cli('show', 'player', '1')
  expect(shown.stdout).toContain('Ann Vale (nba 1)')
  expect(shown.stdout).toMatch(/2024-25 +regular +ALD +2 /)
  expect(shown.stdout).toMatch(/points +40 +0022400002 +2025-01-20 +1/)
  expect(Math.max(...shown.stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80)
  const byName = JSON.parse((await cli('show', 'player', 'ann vale', '--json')).stdout)
  expect(byName).toMatchObject({ sport: 'nba', player: '1', profile: { points: 70, events: 2 }, seasons: [{ season, wins: 2 }] })
})
