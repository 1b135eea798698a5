import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { computeStats, type PlainLine } from '../support/independent-stats.ts'
import { readRecords, realFile } from '../support/real-nfl.ts'
import { noSharedData, sharedFolder } from '../support/shared-data.ts'
import { readResults, type StatsWorld, startStatsWorld } from '../support/stats-world.ts'

async function expectResults(world: StatsWorld, expected: Record<string, object[]>) {
  const done = await world.run()
  expect(Object.values(done).flatMap(({ error }) => error ?? [])).toEqual([])
  const found = await readResults(world.sql)
  const sorted = (rows: readonly object[]) => rows.map(row => canonical(row)).sort()
  for (const [table, rows] of Object.entries(found)) {
    expect(rows.length, table).toBeGreaterThan(0)
    const [is, ought] = [sorted(rows.map(one => (one as { row: object }).row)), sorted(expected[table] ?? [])]
    expect(is.length, table).toBe(ought.length)
    const differing = is.findIndex((row, i) => row !== ought[i])
    if (differing >= 0) expect(is[differing], table).toBe(ought[differing])
  }
}

/** With the keys of all objects in one order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )

interface ScheduledGame {
  gameId: string
  gameDateEst: string
  homeTeam: { teamId: number; score: number }
  awayTeam: { teamId: number; score: number }
}

test.skipIf(noSharedData)(
  'the NBA of January to March 2025: each function says what its definition says of the published lines',
  async () => {
    await using world = await startStatsWorld()
    const folder = join(sharedFolder as string, 'data', 'nba')
    const unpack = (file: string) => gunzipSync(readFileSync(join(folder, file))).toString()
    const schedule = JSON.parse(unpack('stats.nba.com/stats/scheduleleaguev2int/LeagueID=00&Season=2024-25.json.gz')) as {
      leagueSchedule: { gameDates: { games: ScheduledGame[] }[] }
    }
    const games = new Map(schedule.leagueSchedule.gameDates.flatMap(({ games: some }) => some.map(game => [game.gameId, game])))
    const records = ['01', '02', '03'].flatMap(month => [
      ...readRecords(unpack(`reference/player_game_lines_2025-${month}.csv.gz`)),
    ])
    const season = '2024-25'
    const names = {
      rebounds: 'reboundsTotal',
      assists: 'assists',
      steals: 'steals',
      blocks: 'blocks',
      turnovers: 'turnovers',
      field_goals_made: 'fieldGoalsMade',
      three_pointers_made: 'threePointersMade',
      free_throws_made: 'freeThrowsMade',
    }
    const columns = [
      ...['points', 'fieldGoalsAttempted', 'freeThrowsAttempted', 'reboundsOffensive', 'reboundsDefensive', 'foulsPersonal'],
      ...Object.values(names),
    ]
    const playedIn = new Set(records.map(field => field('game_id')))
    const isRegular = (id: string) => id.startsWith('002')
    await world.putGames(
      'nba',
      [...playedIn].map(id => {
        const { gameDateEst, homeTeam, awayTeam } = games.get(id) as ScheduledGame
        return {
          ...{
            providerId: id,
            season,
            seasonType: isRegular(id) ? 'regular' : 'other',
            gameDate: gameDateEst.slice(0, 10),
            period: 4,
          },
          ...{ homeTeamId: String(homeTeam.teamId), awayTeamId: String(awayTeam.teamId) },
          ...{ homeScore: homeTeam.score, awayScore: awayTeam.score },
        }
      }),
    )
    const hasPlayed = (field: (name: string) => string) => !['', '0:00'].includes(field('stats.minutes'))
    await world.putNbaLines(
      records.map(field => ({
        ...{ gameId: field('game_id'), playerId: field('player'), teamId: field('team'), played: hasPlayed(field) },
        ...Object.fromEntries(columns.map(name => [name, Number(field(`stats.${name}`))])),
      })),
    )
    const lines = records.flatMap((field): PlainLine[] => {
      const [event, team] = [field('game_id'), field('team')]
      if (!hasPlayed(field) || !isRegular(event)) return []
      const { gameDateEst, homeTeam, awayTeam } = games.get(event) as ScheduledGame
      const n = (name: string) => Number(field(`stats.${name}`))
      const [own, other] = String(homeTeam.teamId) === team ? [homeTeam, awayTeam] : [awayTeam, homeTeam]
      const score =
        n('points') +
        0.4 * n('fieldGoalsMade') -
        0.7 * n('fieldGoalsAttempted') -
        0.4 * (n('freeThrowsAttempted') - n('freeThrowsMade')) +
        0.7 * n('reboundsOffensive') +
        0.3 * n('reboundsDefensive') +
        n('steals') +
        0.7 * n('assists') +
        0.7 * n('blocks') -
        0.4 * n('foulsPersonal') -
        n('turnovers')
      const date = gameDateEst.slice(0, 10)
      return [
        {
          ...{ season, stage: 'regular', half: date < '2025-01-16' ? 1 : 2, event, date, player: field('player'), team },
          ...{ won: own.score > other.score, points: n('points') * 100, rating: Math.round(score * 100) },
          measures: Object.fromEntries(Object.entries(names).map(([name, column]) => [name, n(column)])),
        },
      ]
    })
    expect(lines.length).toBeGreaterThan(10_000)
    const definitions = {
      ...{ sport: 'nba', summed: Object.keys(names), minimum: { events: 1, share: 0.7, career: 82 } },
      power: { halfLifeDays: 60, average: 1000 },
    }
    await expectResults(
      world,
      computeStats(lines, definitions, event => {
        const { homeTeam, awayTeam } = games.get(event) as ScheduledGame
        return {
          ...{ home_team: String(homeTeam.teamId), home_score: homeTeam.score, periods: 4 },
          ...{ away_team: String(awayTeam.teamId), away_score: awayTeam.score },
        }
      }),
    )
  },
)

const nflNames = [
  ...['passing_yards', 'passing_tds', 'passing_interceptions', 'rushing_yards', 'rushing_tds'],
  ...['receptions', 'receiving_yards', 'receiving_tds'],
]

test.skipIf(noSharedData)(
  'all seasons of the NFL that are there: the same, and points are the fantasy points that are published',
  async () => {
    await using world = await startStatsWorld()
    const release = 'github.com/nflverse/nflverse-data/releases/download'
    const files = [
      ...[2016, 2017, 2018, 2020, 2021, 2022].map(season => `${release}/player_stats/player_stats_${season}.csv.gz`),
      ...[`${release}/player_stats/player_stats_2023.csv`, `${release}/player_stats/player_stats_2024.csv.gz`],
      `${release}/stats_player/stats_player_week_2025.csv.gz`,
    ]
    const whole = (text: string) => (text === '' ? null : Number(text))
    const games = [...readRecords(realFile('captures/games/2026-04-01_seasons2016-2025.csv.gz'))]
      .map(field => ({
        ...{ id: field('game_id'), season: Number(field('season')), week: Number(field('week')), date: field('gameday') },
        ...{ home: today(field('home_team')), away: today(field('away_team')), isRegular: field('game_type') === 'REG' },
        ...{ homeScore: whole(field('home_score')), awayScore: whole(field('away_score')) },
      }))
      .filter(({ season, homeScore }) => season !== 2019 && homeScore !== null)
    await world.putNflGames(
      games.map(one => ({
        game_id: one.id,
        season: one.season,
        week: one.week,
        home_team_id: one.home,
        away_team_id: one.away,
      })),
    )
    await world.putGames(
      'nfl',
      games.map(one => ({
        ...{
          providerId: one.id,
          season: String(one.season),
          seasonType: one.isRegular ? 'regular' : 'playoffs',
          gameDate: one.date,
        },
        ...{ homeTeamId: one.home, awayTeamId: one.away, homeScore: one.homeScore, awayScore: one.awayScore },
      })),
    )
    const ofWeek = new Map(games.flatMap(one => [one.home, one.away].map(club => [`${one.season} ${one.week} ${club}`, one])))
    const lines: PlainLine[] = []
    for (const file of files) {
      const rows = []
      for (const field of readRecords(realFile(file))) {
        const n = (...of: string[]) => Number(of.map(field).find(text => text !== '') ?? 0)
        const [season, week, player, team] = [
          Number(field('season')),
          Number(field('week')),
          field('player_id'),
          field('team') || field('recent_team'),
        ]
        if (player === '') continue
        const measures = Object.fromEntries(
          nflNames.map(name => [name, name === 'passing_interceptions' ? n(name, 'interceptions') : n(name)]),
        )
        const others = [
          ...['special_teams_tds', 'passing_2pt_conversions', 'rushing_2pt_conversions', 'receiving_2pt_conversions'],
          ...[
            'sack_fumbles_lost',
            'rushing_fumbles_lost',
            'receiving_fumbles_lost',
            'passing_epa',
            'rushing_epa',
            'receiving_epa',
          ],
        ]
        rows.push({
          ...{ season, week, player_id: player, team, ...measures },
          ...Object.fromEntries(others.map(name => [name, whole(field(name))])),
        })
        const game = ofWeek.get(`${season} ${week} ${team}`)
        if (!game) continue
        const [own, other] = game.home === team ? [game.homeScore, game.awayScore] : [game.awayScore, game.homeScore]
        lines.push({
          ...{
            season: String(season),
            stage: game.isRegular ? 'regular' : 'playoffs',
            event: game.id,
            date: game.date,
            player,
            team,
          },
          half: game.isRegular ? (week > (season >= 2021 ? 9 : 8) ? 2 : 1) : null,
          won: Number(own) > Number(other),
          points: Math.round(n('fantasy_points_ppr') * 100),
          rating: halfToEven((n('passing_epa') + n('rushing_epa') + n('receiving_epa')) * 100),
          measures,
        })
      }
      await world.putNflLines(rows)
    }
    expect(lines.length).toBeGreaterThan(55_000)
    const byId = new Map(games.map(one => [one.id, one]))
    const definitions = {
      ...{ sport: 'nfl', summed: nflNames, minimum: { events: 1, share: 0.7, career: 17 } },
      power: { halfLifeDays: 120, average: 0 },
    }
    await expectResults(
      world,
      computeStats(lines, definitions, event => {
        const { home, away, homeScore, awayScore } = byId.get(event) as (typeof games)[number]
        return { home_team: home, home_score: homeScore, away_team: away, away_score: awayScore }
      }),
    )
    const [wrong] = await world.rows(`
    select count(*)::int as n from game_stats g join performances p on p.sport = 'nfl' and p.event_id = g.game_id and p.player_id = g.player_id
    where g.points is distinct from p.points`)
    expect(wrong).toEqual({ n: 0 })
  },
)

/** Rounds as IEEE 754 has it, and the server does. */
function halfToEven(value: number): number {
  const below = Math.floor(value)
  return value - below === 0.5 ? below + (below % 2 === 0 ? 0 : 1) : Math.round(value)
}

/** Clubs are stored as they are called today. */
const today = (code: string) => ({ OAK: 'LV', SD: 'LAC', STL: 'LA' })[code] ?? code
