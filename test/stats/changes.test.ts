import { describe, expect, test } from 'vitest'
import { connectionOptions, urlTarget } from '../../src/store/target.ts'
import { readResults, type StatsWorld, startStatsWorld } from '../support/stats-world.ts'

const season = '2024-25'
const game = { season, gameDate: '2025-01-10', homeTeamId: 'A', awayTeamId: 'B', homeScore: 3, awayScore: 2 }
const line = (gameId: string, playerId: string, points: number) => ({ gameId, playerId, teamId: 'A', points })

/** Whether what stands there is what all lines say. */
async function expectRight(world: StatsWorld) {
  const before = await readResults(world.sql)
  await world.run({ full: true })
  expect(await readResults(world.sql)).toEqual(before)
}

const pointsOf = (world: StatsWorld) => world.rows('select player_id, points::int from season_stats order by 1')

test('a transaction that began before a run and committed after it is new to the next one, whatever was committed between', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [{ ...game, providerId: 'g1' }])
  await world.putNbaLines([line('g1', '1', 10), line('g1', '2', 10)])
  await world.run()
  const late = urlTarget(world.url, world.name).connect({ ...connectionOptions(), max: 1 })
  try {
    await late`begin`
    await late`update nba_player_game_stats set points = 20 where player_id = '1'`
    await world.sql`update nba_player_game_stats set points = 30 where player_id = '2'`
    await world.run()
    expect(await pointsOf(world)).toEqual([
      { player_id: '1', points: 10 },
      { player_id: '2', points: 30 },
    ])
    await late`commit`
  } finally {
    await late.end()
  }
  const results = await world.run()
  expect(results['update_power_ratings']).toMatchObject({ status: 'completed' })
  expect(await pointsOf(world)).toEqual([
    { player_id: '1', points: 20 },
    { player_id: '2', points: 30 },
  ])
  await expectRight(world)
  expect(await world.rows('select * from ingest_stats_changes')).toEqual([])
})

test.each([
  ['its last line is deleted', (world: StatsWorld) => world.sql`delete from nba_player_game_stats where game_id = 'g1'`],
  ['it is deleted, and its lines stay', (world: StatsWorld) => world.sql`delete from games where provider_id = 'g1'`],
  ['it is not over any more', (world: StatsWorld) => world.sql`update games set status = 'live' where provider_id = 'g1'`],
  ['it is of another season', (world: StatsWorld) => world.sql`update games set season = '2023-24' where provider_id = 'g1'`],
  ['it is on another day', (world: StatsWorld) => world.sql`update games set game_date = '2025-01-20' where provider_id = 'g1'`],
  ['all lines are gone at once', (world: StatsWorld) => world.sql`truncate nba_player_game_stats`],
])('a game of which %s', async (_, change) => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [
    { ...game, providerId: 'g1' },
    { ...game, providerId: 'g2', gameDate: '2025-02-10' },
  ])
  await world.putNbaLines([line('g1', '1', 10), line('g2', '2', 20)])
  await world.run()
  await change(world)
  const results = await world.run()
  expect(Object.values(results).reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(0)
  await expectRight(world)
})

test('that a game was looked at again, or the odds of one changed, is no change', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [{ ...game, providerId: 'g1' }])
  await world.putNflGames([{ game_id: 'f1', season: 2024, week: 1, home_team_id: 'A', away_team_id: 'B' }])
  await world.run()
  await world.sql`update games set last_checked_at = now(), venue = 'Hall'`
  await world.sql`update nfl_games set total_line = 44.5`
  expect(await world.rows('select * from ingest_stats_changes')).toEqual([])
})

describe('where it is not known what a function has seen, all is computed anew', () => {
  test.each([
    ['it ran long ago', "ran_at = now() - interval '8 days'"],
    ['its definition is another one now', "version = 'former'"],
    ['the database was restored elsewhere', "database = 'other'"],
  ])('because %s', async (_, set) => {
    await using world = await startStatsWorld()
    await world.putGames('nba', [{ ...game, providerId: 'g1' }])
    await world.putNbaLines([line('g1', '1', 10)])
    await world.run()
    await world.sql`delete from season_stats`
    await world.run()
    expect(await pointsOf(world)).toEqual([])
    await world.sql.unsafe(`update ingest_stats_state set ${set}`)
    await world.run()
    expect(await pointsOf(world)).toEqual([{ player_id: '1', points: 10 }])
  })
})

test('changes wait for functions that have not seen them, and not for longer than 8 days', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [{ ...game, providerId: 'g1' }])
  await world.putNbaLines([line('g1', '1', 10)])
  await world.run()
  const changes = () => world.rows('select season, player_id from ingest_stats_line_changes')
  expect(await changes()).toEqual([])
  await world.sql`update nba_player_game_stats set points = 20`
  await world.run({ functions: ['update_power_ratings'] })
  // The lines have seen them, and nine functions have not read those.
  expect(await world.rows('select * from ingest_stats_changes')).toEqual([])
  expect(await changes()).toEqual([{ season, player_id: '1' }])
  await world.run()
  expect(await changes()).toEqual([])
  await world.sql`update nba_player_game_stats set points = 30`
  await world.run({ functions: ['update_power_ratings'] })
  await world.sql`update ingest_stats_line_changes set created_at = now() - interval '9 days'`
  await world.run({ functions: ['update_power_ratings'] })
  expect(await changes()).toEqual([])
})

test('only players whose lines have changed are computed again, whatever was noted', async () => {
  await using world = await startStatsWorld()
  await world.putNflGames([{ game_id: 'f1', season: 2024, week: 1, home_team_id: 'A', away_team_id: 'B' }])
  await world.putGames('nfl', [{ ...game, season: '2024', providerId: 'f1' }])
  const of = { season: 2024, week: 1, team: 'A' }
  await world.putNflLines([
    { ...of, player_id: '1', receptions: 3 },
    { ...of, player_id: '2', receptions: 3 },
  ])
  await world.run()
  await world.sql`delete from season_stats`
  await world.putNflLines([{ ...of, player_id: '3', receptions: 5 }])
  await world.run()
  expect(await pointsOf(world)).toEqual([{ player_id: '3', points: 5 }])
})

test('who moves up in a ranking because another has fallen was not changed himself', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [
    { ...game, providerId: 'g1' },
    { ...game, providerId: 'g2', gameDate: '2025-01-12' },
  ])
  const players = Array.from({ length: 12 }, (_, i) => i + 1)
  await world.putNbaLines(players.map(n => line('g1', `p${n}`, 10 * n)))
  // Two of them are among the ten best in nothing.
  await world.putNbaLines(players.slice(2).map(n => line('g2', `p${n}`, 0)))
  await world.run()
  const lastOf = (category: string) =>
    world.rows(
      `select player_id, rank, value::int from hall_of_fame where category = '${category}' order by rank desc, player_id limit 1`,
    )
  expect(await lastOf('career_points')).toEqual([{ player_id: 'p3', rank: 10, value: 30 }])
  const events = await lastOf('career_events')
  await world.sql`update nba_player_game_stats set points = 1 where player_id = 'p12'`
  await world.run()
  expect(await lastOf('career_points')).toEqual([{ player_id: 'p2', rank: 10, value: 20 }])
  expect(await lastOf('career_events')).toEqual(events)
  await expectRight(world)
})

test('what a report tells of a game is computed again where no line has changed', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [{ ...game, providerId: 'g1' }])
  await world.putNbaLines([line('g1', '1', 10)])
  await world.run()
  await world.sql`update games set period = 5`
  const results = await world.run()
  expect(await world.rows("select facts->>'periods' as periods from match_report")).toEqual([{ periods: '5' }])
  const ran = Object.entries(results).filter(([, { rows }]) => rows > 0)
  expect(ran.map(([name]) => name)).toEqual(['update_aggregated_match_report_cache'])
})

test('a full run mends stored lines that were changed by hand, also such as are there twice', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [{ ...game, providerId: 'g1' }])
  await world.putNbaLines([line('g1', '1', 10), line('g1', '2', 20)])
  await world.run()
  const before = await readResults(world.sql)
  await world.sql`insert into ingest_stats_lines select * from ingest_stats_lines where player_id = '1'`
  await world.sql`update ingest_stats_lines set points = 0 where player_id = '2'`
  await world.sql`insert into ingest_stats_sums select * from ingest_stats_sums where player_id = '2'`
  await world.run({ full: true })
  expect(await readResults(world.sql)).toEqual(before)
  expect(await world.rows('select player_id, points from ingest_stats_lines order by 1')).toEqual([
    { player_id: '1', points: 1_000 },
    { player_id: '2', points: 2_000 },
  ])
})

test('one function that computes all anew makes no other do that', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [{ ...game, providerId: 'g1' }])
  await world.putNbaLines([line('g1', '1', 10), line('g1', '2', 20)])
  await world.run()
  await world.sql`update nba_player_game_stats set points = 30 where player_id = '1'`
  await world.run({ functions: ['update_power_ratings'], full: true })
  await world.sql`delete from season_stats where player_id = '2'`
  await world.run()
  expect(await pointsOf(world)).toEqual([{ player_id: '1', points: 30 }])
})

test('the first lines of a sport are news to all functions, whichever stored them', async () => {
  await using world = await startStatsWorld()
  await world.run()
  await world.putGames('nba', [{ ...game, providerId: 'g1' }])
  await world.putNbaLines([line('g1', '1', 10)])
  await world.run({ functions: ['update_power_ratings'], full: true })
  await world.run()
  expect(await pointsOf(world)).toEqual([{ player_id: '1', points: 10 }])
})

test('the number of a generation does not come again where the state is lost', async () => {
  await using world = await startStatsWorld()
  const generation = async () =>
    (await world.rows("select generation from ingest_stats_state where function = 'lines' and sport = 'nba'"))[0]
  await world.run()
  const first = await generation()
  await world.sql`delete from ingest_stats_state`
  await world.run()
  expect(Number((await generation())?.['generation'])).toBeGreaterThan(Number(first?.['generation']))
})

test('one that fails stops no other and is told of; two runs at once are as one', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [{ ...game, providerId: 'g1' }])
  await world.putNbaLines([line('g1', '1', 10)])
  await world.sql`alter table match_report add constraint none check (false) not valid`
  const [one, other] = await Promise.all([world.run(), world.run()])
  for (const results of [one, other])
    expect(Object.entries(results).flatMap(([name, { status }]) => (status === 'failed' ? [name] : []))).toEqual([
      'update_aggregated_match_report_cache',
    ])
  expect(one['update_aggregated_match_report_cache']?.error).toContain('violates check constraint')
  expect((one['update_power_ratings']?.rows ?? 0) + (other['update_power_ratings']?.rows ?? 0)).toBe(1)
  await world.sql`alter table match_report drop constraint none`
  expect((await world.run())['update_aggregated_match_report_cache']).toMatchObject({ status: 'completed', rows: 1 })
  await expectRight(world)
})

test('lines that another version of the program has stored meanwhile are not read', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [{ ...game, providerId: 'g1' }])
  await world.putNbaLines([line('g1', '1', 10)])
  await world.sql.unsafe(`
    create function meanwhile() returns trigger language plpgsql as $$ begin new.version := 'other'; return new; end $$;
    create trigger meanwhile before insert or update on ingest_stats_state for each row when (new.function = 'lines') execute function meanwhile()`)
  const results = await world.run()
  for (const { status, error } of Object.values(results))
    expect({ status, error }).toEqual({
      status: 'failed',
      error: 'The lines of nba that were stored for this run are gone, or are those of another version.',
    })
  await world.sql`drop trigger meanwhile on ingest_stats_state`
  await world.run()
  expect(await pointsOf(world)).toEqual([{ player_id: '1', points: 10 }])
})

test('runs at the same time do not wait for each other where nothing was noted since the last one', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [{ ...game, providerId: 'g1' }])
  await world.putNbaLines([line('g1', '1', 10)])
  await world.run()
  const done = await world.sql.begin(async tx => {
    await tx`lock table ingest_stats_lines in share mode`
    return await world.run()
  })
  expect(done['update_power_ratings']).toMatchObject({ status: 'completed', rows: 0 })
})

test('a line that has not changed is not written again, and one that has changed is alone', async () => {
  await using world = await startStatsWorld()
  await world.putGames('nba', [{ ...game, providerId: 'g1' }])
  await world.putNbaLines([line('g1', '1', 10), line('g1', '2', 10)])
  await world.run()
  const written = () => world.rows('select player_id, xmin::text from ingest_stats_lines order by 1')
  const [first, second] = await written()
  await world.sql`update nba_player_game_stats set points = 20 where player_id = '2'`
  await world.run()
  const [same, other] = await written()
  expect(same).toEqual(first)
  expect(other).not.toEqual(second)
  await world.run({ full: true })
  expect(await written()).toEqual([same, other])
})

test('caches are told of the tables whose rows have changed, and of no others, in the transaction of the rows', async () => {
  await using world = await startStatsWorld()
  const tagsNow = async () => {
    const told = await world.sql<{ tags: string[] }[]>`delete from ingest_outbox where channel = 'cache' returning tags`
    return told.flatMap(({ tags }) => tags).sort()
  }
  await world.putGames('nba', [{ ...game, providerId: 'g1', seasonType: 'playoffs' }])
  await world.putNbaLines([line('g1', '1', 10)])
  await world.run({}, { notifies: { isPosted: true, channel: undefined } })
  expect(await tagsNow()).toEqual([
    ...['all_time_stats', 'match_report', 'personal_bests', 'player_power_rating', 'player_profile_stats'],
    ...['recent_performance', 'season_stats'],
  ])
  await world.run({ full: true }, { notifies: { isPosted: true, channel: undefined } })
  expect(await tagsNow()).toEqual([])
  await world.sql`update games set season_type = 'regular'`
  await world.run(
    { functions: ['update_half_and_full_season_stats', 'update_power_ratings'] },
    { notifies: { isPosted: true, channel: undefined } },
  )
  expect(await tagsNow()).toEqual(['half_season_stats', 'season_stats'])
})

test('a run that is stopped says so, and keeps what it had committed', async () => {
  await using world = await startStatsWorld()
  const signal = AbortSignal.abort(new Error('stopped'))
  await expect(world.run({}, { signal })).rejects.toThrow('stopped')
  expect(await world.rows('select 1 from ingest_stats_state')).toEqual([])
})

test('new lines of the NFL are noted by the season of their file; lines that somebody else inserts as all seasons', async () => {
  await using world = await startStatsWorld()
  await world.putNflGames([{ game_id: 'f1', season: 2024, week: 1, home_team_id: 'A', away_team_id: 'B' }])
  await world.putGames('nfl', [{ ...game, season: '2024', providerId: 'f1' }])
  await world.run()
  await world.putNflLines([{ season: 2024, week: 1, player_id: '1', team: 'A', receptions: 3 }])
  expect(await world.rows('select distinct season, event_id from ingest_stats_changes')).toEqual([
    { season: '2024', event_id: null },
  ])
  await world.run()
  expect(await pointsOf(world)).toEqual([{ player_id: '1', points: 3 }])
  await world.sql`
    insert into nfl_player_game_stats (provider, provider_id, row_hash, created_at, updated_at, player_id, season, week, season_type, team, receptions)
    select provider, 'x', row_hash, created_at, updated_at, '2', season, week, season_type, team, 5 from nfl_player_game_stats`
  await world.run()
  expect(await pointsOf(world)).toEqual([
    { player_id: '1', points: 3 },
    { player_id: '2', points: 5 },
  ])
  await expectRight(world)
})
