import type { Performances } from '../../pipeline/performances.ts'

/** Which club has played in which game of a week: lines do not name their game. */
const clubsOfWeeks = `(
  select game_id, season, week, home_team_id as team from nfl_games
  union select game_id, season, week, away_team_id from nfl_games)`

/** The same with the game. `offset 0` has it joined as a whole, and not looked up for each line. */
const gamesOfWeeks = `(
  select n.*, n.season::text as label, g.season_type, g.game_date, g.status,
    case n.team when g.home_team_id then g.home_score > g.away_score when g.away_team_id then g.away_score > g.home_score end as won,
    case when g.season_type <> 'regular' then null when n.week > case when n.season >= 2021 then 9 else 8 end then 2 else 1 end as half
  from ${clubsOfWeeks} n join games g on g.sport = 'nfl' and g.provider_id = n.game_id
  offset 0)`

const sumOf =
  (line: string) =>
  (...names: string[]) =>
    names.map(name => `coalesce(${line}.${name}, 0)`).join(' + ')
const [sum, sumLive] = [sumOf('s'), sumOf('l')]

/**
 * Fantasy points of leagues with a point for each reception, in hundredths, as nflverse computes `fantasy_points_ppr`: a point for 25 yards
 * passed and for 10 run or caught, 4 for a touchdown passed and 6 for others, 2 for a conversion, -2 for an interception or a fumble lost.
 */
const fantasyPoints = `(4 * (${sum('passing_yards')}) + 400 * (${sum('passing_tds')}) - 200 * (${sum('passing_interceptions')})
  + 10 * (${sum('rushing_yards', 'receiving_yards')}) + 600 * (${sum('rushing_tds', 'receiving_tds', 'special_teams_tds')})
  + 200 * (${sum('passing_2pt_conversions', 'rushing_2pt_conversions', 'receiving_2pt_conversions')})
  - 200 * (${sum('sack_fumbles_lost', 'rushing_fumbles_lost', 'receiving_fumbles_lost')}) + 100 * (${sum('receptions')}))`

/** In points. */
export const nflFantasyPoints = `${fantasyPoints} / 100.0::double precision`

/** The same of ESPN's lines of a game that is played, which tell no conversions. */
export const nflLiveFantasyPoints = `(4 * (${sumLive('passing_yards')}) + 400 * (${sumLive('passing_touchdowns')})
  - 200 * (${sumLive('passing_interceptions')}) + 10 * (${sumLive('rushing_yards', 'receiving_yards')})
  + 600 * (${sumLive('rushing_touchdowns', 'receiving_touchdowns', 'kick_return_touchdowns', 'punt_return_touchdowns')})
  - 200 * (${sumLive('fumbles_lost')}) + 100 * (${sumLive('receptions')})) / 100.0::double precision`

export const nflPerformances: Performances = {
  from: `nfl_player_game_stats s
    left join ${gamesOfWeeks} g on g.season = s.season and g.week = s.week and g.team = s.team`,
  // What is not credited to a player.
  where: "left(s.player_id, 5) <> 'team:'",
  season: 'g.label',
  stage: 'g.season_type',
  // Of 18 weeks since 2021, before of 17.
  half: 'g.half',
  eventId: 'g.game_id',
  date: 'g.game_date',
  playerId: 's.player_id',
  teamId: 's.team',
  isComplete: "g.status = 'final'",
  won: 'g.won',
  points: fantasyPoints,
  // Expected points added: what his plays have changed of the points that his club could expect.
  rating: 'round((coalesce(s.passing_epa, 0) + coalesce(s.rushing_epa, 0) + coalesce(s.receiving_epa, 0)) * 100)::int',
  measures: [
    ...['passing_yards', 'passing_tds', 'passing_interceptions', 'rushing_yards', 'rushing_tds'],
    ...['receptions', 'receiving_yards', 'receiving_tds'],
  ].map(name => ({ name, sql: `s.${name}` })),
  words: { points: 'fantasy points (PPR)', rating: 'EPA' },
  ofSeasons: list => `s.season = any(${list}::int[])`,
  // The lines of a club in a week; of those that it may have of another game there only the game's own.
  ofEvents: list =>
    `(s.season, s.week, s.team) in (select n.season, n.week, n.team from ${clubsOfWeeks} n where n.game_id = any(${list}))
      and g.game_id = any(${list})`,
  names: "select provider_id as id, name from players where sport = 'nfl'",
  teamNames: "select provider_id as id, coalesce(abbreviation, name) as name from teams where sport = 'nfl'",
  report: {
    from: "games g where g.sport = 'nfl'",
    id: 'g.provider_id',
    facts: `jsonb_build_object('home_team', g.home_team_id, 'home_score', g.home_score, 'away_team', g.away_team_id,
      'away_score', g.away_score)`,
  },
  minimum: { events: 1, share: 0.7, career: 17 },
  power: { halfLifeDays: 120, average: 0 },
}
