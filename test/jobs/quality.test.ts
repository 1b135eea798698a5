import { tmpdir } from 'node:os'
import type { TransactionSql } from 'postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type App, openApp } from '../../src/app.ts'
import { createClock } from '../../src/core/clock.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import { silentLog } from '../../src/core/log.ts'
import { runBackfill } from '../../src/jobs/backfill.ts'
import { runDaily } from '../../src/jobs/daily.ts'
import { checkQuality, listAgain, type SportQuality } from '../../src/jobs/quality.ts'
import { refetch } from '../../src/jobs/refetch.ts'
import type { Sport } from '../../src/pipeline/sport.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { nba } from '../../src/sports/nba/index.ts'
import { nfl } from '../../src/sports/nfl/index.ts'
import { racing } from '../../src/sports/racing/index.ts'
import type { Database } from '../../src/store/database.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { backfillOptions, dailyOptions } from '../support/regatta/jobs.ts'
import { at, createTestClock } from '../support/test-clock.ts'

/** A Tuesday, when the NFL's week is over; the race is of the day before. */
const now = '2026-02-10T12:00:00Z'

let server: Sandbox
let store: TestDatabase
let app: App

/** All three sports as the simulated providers have them, in one database: some days of games and races, and a season of the NFL. */
beforeAll(async () => {
  server = await startSandbox({ clock: { ...createClock(), now: () => at(now) } })
  store = await createTestDatabase()
  const ids = ['nba-cdn', 'nba-stats', 'nflverse', 'nfldata', 'the-racing-api']
  const env = {
    ...Object.fromEntries(
      ids.map(id => [`SPORTS_INGEST_PROVIDER_${id.toUpperCase().replaceAll('-', '_')}_URL`, server.baseUrlOf(id)]),
    ),
    ...{ DATABASE_URL: store.url, RACING_API_USERNAME: 'user', RACING_API_PASSWORD: 'pass', SPORTS_INGEST_API_RATE_LIMIT: '500' },
    ...{ SPORTS_INGEST_RACING_RATE_LIMIT: '500', SPORTS_INGEST_RACING_FREE_RATE_LIMIT: '500' },
  }
  const { config } = await loadConfig({ env, cwd: tmpdir() })
  app = await openApp({ config, clock: createTestClock(now), log: silentLog, signal: new AbortController().signal })
  await runDaily(app, nba, { ...dailyOptions, daysBack: 3 }, () => {})
  await runDaily(app, racing, { ...dailyOptions, daysBack: 2 }, () => {})
  await runBackfill(app, nfl, ['2025'], backfillOptions)
}, 120_000)

afterAll(async () => {
  await app.close()
  await store[Symbol.asyncDispose]()
  await server.close()
})

/** Rules that are broken, each with what is said first: `scores 3: 0022500001 has …`. */
const broken = ({ rules }: SportQuality): string[] =>
  rules.flatMap(({ name, count, items: [first] }) => (first ? [`${name} ${count}: ${first.id} ${first.what}`] : []))

class Undo extends Error {}

/** What is found after some statements, which are undone: the check reads within their transaction. */
async function foundAfter(sport: Sport, statements: string): Promise<string[]> {
  let found: string[] = []
  const undone = store.sql.begin(async tx => {
    await tx.unsafe(statements)
    const database = {
      run: (work: (sql: TransactionSql) => unknown) => work(tx),
      transaction: (work: (sql: TransactionSql) => unknown) => work(tx),
    } as unknown as Database
    found = broken(await checkQuality({ ...app, database }, sport))
    throw new Undo()
  })
  await undone.catch(error => {
    if (!(error instanceof Undo)) throw error
  })
  return found
}

const some = (sport: string) => `(select min(provider_id) from games where sport = '${sport}' and status = 'final')`
const scorer = `game_id = ${some('nba')} and player_id = (
  select min(player_id) from nba_player_game_stats where game_id = ${some('nba')} and points > 4 and field_goals_made > 1)`
const aRace = `(select min(provider_id) from races where status = 'final')`
/** The NFL's game of the first week with the smallest id, and its home club's quarterback. */
const aWeek = `season = 2025 and week = 1 and team = (select home_team_id from nfl_games where game_id = ${some('nfl')})`
const passer = `${aWeek} and player_id = (select player_id from nfl_player_game_stats where ${aWeek} order by attempts desc nulls last limit 1)`

/** What is broken, and each finding that follows from it. */
const cases: [sport: Sport, what: string, statements: string, found: RegExp[]][] = [
  [
    nba,
    'a game that is not stored',
    `delete from nba_player_game_stats where game_id = ${some('nba')}; delete from nba_team_game_stats where game_id = ${some('nba')}; delete from games where sport = 'nba' and provider_id = ${some('nba')}`,
    [/^complete 1: \d{10} is not stored$/],
  ],
  [
    nba,
    'a game without lines',
    `delete from nba_player_game_stats where game_id = ${some('nba')}; delete from nba_team_game_stats where game_id = ${some('nba')}`,
    [/^complete 2: \d{10} is over and lacks its lines in nba_/],
  ],
  [
    nba,
    'a game of last week that nobody has asked for again',
    `update games set status = 'scheduled', home_score = null, away_score = null where provider_id = ${some('nba')}; delete from nba_player_game_stats where game_id = (select provider_id from games where sport = 'nba' and status = 'scheduled' order by game_date limit 1); delete from nba_team_game_stats where game_id = (select provider_id from games where sport = 'nba' and status = 'scheduled' order by game_date limit 1)`,
    [/^overdue 1: \d{10} is still stored as scheduled$/],
  ],
  [
    nba,
    'a score that is not the sum of the points',
    `update games set home_score = home_score + 1 where sport = 'nba' and provider_id = ${some('nba')} and home_score + 1 <> away_score`,
    [/^scores 1: \d{10} has a score of \d+ for team/],
  ],
  [
    nba,
    'a tie',
    `update games set home_score = away_score where sport = 'nba' and provider_id = ${some('nba')}`,
    [/^results 1: \d{10} is final and has a score of/, /^scores 1:/],
  ],
  [
    nba,
    'points that no shots make',
    `update nba_player_game_stats set points = points + 1 where ${scorer}`,
    [/^scores 1:/, /^points 1: \d{10} has \d+ points of player \d+, whose shots make \d+$/],
  ],
  [
    nba,
    'a line that is not there',
    `delete from nba_player_game_stats where ${scorer}`,
    [/^scores 1:/, /^club-sums \d+: \d{10} says \d+ of .* whose players have \d+$/, /^minutes 1:/],
  ],
  [
    nba,
    'assists of a club that nobody has',
    `update nba_team_game_stats set assists = assists + 1 where ctid = (select ctid from nba_team_game_stats where game_id = ${some('nba')} limit 1)`,
    [/^club-sums 1: \d{10} says \d+ of assists for team/],
  ],
  [
    nba,
    'minutes that the game did not have',
    `update nba_player_game_stats set minutes = minutes + interval '3 min' where ${scorer}`,
    [/^minutes 1: \d{10} has 243\.0 minutes/],
  ],
  [
    nba,
    'a negative count',
    `update nba_player_game_stats set turnovers = -1 where ${scorer}`,
    [/^impossible 1: \d{10} has for player \d+ a negative count$/],
  ],
  [
    nba,
    'points of who did not play',
    `update nba_player_game_stats set played = false where ${scorer}`,
    [/^impossible 1: .* counts, though the player did not play$/],
  ],
  [
    nba,
    'a line of a club that does not play',
    `update nba_player_game_stats set team_id = '1' where ${scorer}`,
    [/^scores 1:/, /^club-sums/, /^minutes 2:/, /^sides 1: \d{10} has a line of player \d+ for team 1,/],
  ],
  [
    nba,
    'lines of no game',
    `update nba_player_game_stats set game_id = '0022599999' where ${scorer}`,
    [/^scores 1:/, /^club-sums/, /^minutes 1:/, /^orphans 1: 0022599999 is not stored, and has 1 lines$/],
  ],
  [
    nba,
    'a line of nobody',
    `delete from players where sport = 'nba' and provider_id = (select player_id from nba_player_game_stats where ${scorer})`,
    [/^orphans \d+: \d{10} has a line of player \d+, who is not in players$/],
  ],
  [
    nba,
    'a game that is there twice',
    `insert into games (sport, provider_id, provider, row_hash, created_at, updated_at, season, season_type, game_date, starts_at, status, home_team_id, away_team_id, last_checked_at) select sport, '0022599999', provider, row_hash, created_at, updated_at, season, season_type, game_date, starts_at, 'scheduled', away_team_id, home_team_id, last_checked_at from games where provider_id = ${some('nba')}`,
    [/^overdue 1:/, /^same-game 1: \d{10} has the clubs and the day of 0022599999$/],
  ],
  [
    nba,
    'a date that is not that of its start',
    `update games set game_date = game_date - 1 where provider_id = ${some('nba')}`,
    [/^dates 1: \d{10} is of \S+ and begins at \S+$/],
  ],
  [
    nba,
    'a club that is not stored',
    `delete from teams where sport = 'nba' and provider_id = (select home_team_id from games where provider_id = ${some('nba')})`,
    [/^clubs \d+: \d{10} has a club that is not in teams/],
  ],
  [
    nba,
    'two clubs with one abbreviation',
    `update teams set abbreviation = 'XXX' where sport = 'nba' and provider_id in (select unnest(array[home_team_id, away_team_id]) from games where provider_id = ${some('nba')})`,
    [/^abbreviations 1: XXX is the abbreviation of .* and /],
  ],
  [
    nba,
    'a player with two ids',
    `update players set name = 'Same Name' where sport = 'nba' and provider_id in (select player_id from nba_player_game_stats s where game_id = ${some('nba')} and team_id = (select home_team_id from games where provider_id = ${some('nba')}) order by player_id limit 2)`,
    [/^same-player \d+: \d{10} has two lines of Same Name: players \d+ and \d+$/],
  ],
  [
    nfl,
    'another score in the second table',
    `update nfl_games set home_score = home_score + 1, total = total + 1, result = result + 1 where game_id = ${some('nfl')}`,
    [/^two-tables 1: \S+ has a score of \d+:\d+ in games and of \d+:\d+ in nfl_games$/],
  ],
  [
    nfl,
    'a game in one of the two tables',
    `delete from nfl_games where game_id = (select max(game_id) from nfl_games where season < 2025)`,
    [/^two-tables 1: \S+ is in games and not in nfl_games$/],
  ],
  [
    nfl,
    'a result that is not that of the scores',
    `update nfl_games set result = result + 1 where game_id = ${some('nfl')}`,
    [/^own-result 1:/],
  ],
  [
    nfl,
    'lines of a game that is not stored',
    `delete from nfl_games where game_id = (select game_id from nfl_games where season = 2025 and week = 1 order by game_id limit 1); delete from games where sport = 'nfl' and provider_id not in (select game_id from nfl_games)`,
    [/^orphans \d+: /],
  ],
  [
    nfl,
    'a line of nobody',
    `delete from players where sport = 'nfl' and provider_id = (select player_id from nfl_player_game_stats where ${aWeek} and player_id like '00-%' order by 1 limit 1)`,
    [/^unknown-player 1: 00-\d+ has \d+ lines, and is not in players$/],
  ],
  [
    nfl,
    'the quarterback’s line is missing',
    `delete from nfl_player_game_stats where ${aWeek.replace('season = 2025 and week = 1', 'season = 2025 and week = 2')} and attempts > 10`,
    [/^complete 1: 2025 \(player-stats\) has \d+ of the \d+ rows of its file$/, /^club-sums \d+:/, /^thrown-and-caught 1:/],
  ],
  [
    nfl,
    'a season that is not the sum of its weeks',
    `insert into nfl_player_season_stats (provider, provider_id, row_hash, created_at, updated_at, player_id, season, season_type, recent_team, carries) select provider, player_id, row_hash, created_at, updated_at, player_id, season, season_type, team, 999 from nfl_player_game_stats where ${passer} on conflict (season, season_type, player_id) do update set carries = 999`,
    [/^season-sums 1: 00-\d+ has 999 carries in 2025, and \d+ in its weeks$/],
  ],
  [
    nfl,
    'more completed than thrown',
    `update nfl_player_game_stats set attempts = completions - 1 where ${passer}`,
    [/^impossible 1: \S+ has for player 00-\d+ \d+ completions of \d+ attempts$/],
  ],
  [
    nfl,
    'a code of a club that has moved',
    `update nfl_injuries set team_id = 'LAC' where team_id = 'LA' and ctid = (select ctid from nfl_injuries where team_id = 'LA' limit 1)`,
    [/^club-codes 1: LA is a club’s code in 1 rows of nfl_injuries, and they have it for LAC and not for LA$/],
  ],
  [
    nfl,
    'snaps above all',
    `update nfl_snap_counts set offense_pct = 1.2 where ctid = (select ctid from nfl_snap_counts limit 1)`,
    [/^impossible 1:/],
  ],
  [
    nfl,
    'a person with two ids',
    `update nfl_players set birth_date = '1999-01-01', display_name = 'Same Name' where gsis_id in (select distinct player_id from nfl_player_game_stats where ${aWeek} and player_id like '00-%' order by 1 limit 2)`,
    [/^same-player 1: 00-\d+ and 00-\d+ are Same Name, born on 1999-01-01, in one season$/],
  ],
  [
    racing,
    'a runner that is not there',
    `delete from runners where race_id = ${aRace} and position = 1`,
    [
      /^complete 1: \S+ is over and lacks its lines in runners$/,
      /^runners 1: \S+ has \d+ runners stored, and \d+ are listed$/,
      /^winner 1: \S+ is over and has no winner$/,
      /^places \d+:/,
    ],
  ],
  [
    racing,
    'two winners',
    `update runners set position = 1 where race_id = ${aRace} and position = 2`,
    [/^winner 1: \S+ has 2 winners, and no dead heat: .* and /],
  ],
  [
    racing,
    'a place in the middle that nobody has',
    `update runners set position = position + 1 where race_id = ${aRace} and position = (select max(position) from runners where race_id = ${aRace})`,
    [/^places 1: \S+ has .* in place \d+, behind \d+ others$/],
  ],
  [
    racing,
    'a distance that is not further',
    `update runners set total_beaten_lengths = 0.1 where race_id = ${aRace} and total_beaten_lengths = (select max(total_beaten_lengths) from runners where race_id = ${aRace})`,
    [/^distances 1:/],
  ],
  [
    racing,
    'a price below the stake',
    `update runners set sp_decimal = 0.5 where race_id = ${aRace} and position = 1`,
    [/^prices 1:/],
  ],
  [
    racing,
    'a weight that no horse carries',
    `update runners set weight_lbs = 12 where race_id = ${aRace} and position = 1`,
    [/^impossible 1: \S+ has .* with a weight of 12$/],
  ],
  [
    racing,
    'runners of no race',
    `update runners set race_id = 'rac_0' where race_id = ${aRace} and position = 1`,
    [/^complete/, /^runners/, /^winner/, /^places/, /^orphans \d+: rac_0 is not stored, and has 1 runners$/],
  ],
  [
    racing,
    'a horse that is not stored',
    `delete from horses where provider_id = (select horse_id from runners where race_id = ${aRace} and position = 1)`,
    [/^entities 1: \S+ has a runner, .*, whose horse \S+ is not in horses$/],
  ],
  [
    racing,
    'a race that is there twice',
    `update races set off_at = (select off_at from races where provider_id = ${aRace}), course_id = (select course_id from races where provider_id = ${aRace}) where provider_id = (select max(provider_id) from races r where race_date = (select race_date from races where provider_id = ${aRace}))`,
    [/^same-race 1: \S+ begins at .* when race \S+ does$/],
  ],
  [
    racing,
    'a horse with two ids',
    `update horses set name = 'Same', country = 'GB', sire_id = 's', sire = 'S', dam_id = 'd', dam = 'D' where provider_id in (select horse_id from runners where race_id = ${aRace} order by 1 limit 2)`,
    [/^same-horse 1: \S+ and \S+ are Same \(GB\), by S out of D$/],
  ],
]

describe('each rule', () => {
  test('holds for all that the simulated providers send', async () => {
    for (const sport of [nba, nfl, racing]) expect([sport.id, broken(await checkQuality(app, sport))]).toEqual([sport.id, []])
  })

  test.for(cases.map(([sport, what, ...rest]) => [`${sport.id}: ${what}`, sport, ...rest] as const))(
    '%s',
    async ([, sport, statements, expected]) => {
      const found = await foundAfter(sport, statements)
      expect(found).toEqual(expected.map(text => expect.stringMatching(text)))
    },
  )
})

test('what was changed by hand or deleted is loaded again, and nothing else is written', async () => {
  const statements = `
    update nba_player_game_stats set points = points + 7 where ${scorer};
    delete from nba_team_game_stats where game_id = (select max(provider_id) from games where sport = 'nba' and status = 'final');
    update games set home_score = home_score + 1 where sport = 'nfl' and provider_id = ${some('nfl')};
    update nfl_player_game_stats set attempts = completions - 1 where ${passer};
    delete from players where sport = 'nfl' and provider_id = (select player_id from nfl_player_game_stats where ${passer});
    delete from runners where race_id = ${aRace} and position = 1;
    update races set off_at = off_at - interval '1 day' where provider_id = ${aRace}`
  await store.sql.unsafe(statements)
  for (const [sport, rows] of [
    [nba, { inserted: 2, updated: 1, deleted: 0 }],
    [nfl, { inserted: 1, updated: 2, deleted: 0 }],
    [racing, { inserted: 1, updated: 1, deleted: 0 }],
  ] as const) {
    const before = await checkQuality(app, sport)
    expect(broken(before)).not.toEqual([])
    const receipt = await refetch(app, sport, listAgain(sport, before.rules), () => {})
    expect(receipt).toMatchObject({ job: 'quality-fix', failures: 0, rows })
    expect([sport.id, broken(await checkQuality(app, sport))]).toEqual([sport.id, []])
  }
}, 60_000)
