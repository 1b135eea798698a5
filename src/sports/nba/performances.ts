import type { Performances } from '../../pipeline/performances.ts'

/**
 * John Hollinger's Game Score (Pro Basketball Forecast, 2003), in hundredths: PTS + 0.4 FG - 0.7 FGA - 0.4 (FTA - FT) + 0.7 ORB + 0.3 DRB
 * + STL + 0.7 AST + 0.7 BLK - 0.4 PF - TOV.
 */
const gameScore = `(100 * s.points + 40 * s.field_goals_made - 70 * s.field_goals_attempted
  - 40 * (s.free_throws_attempted - s.free_throws_made) + 70 * s.rebounds_offensive + 30 * s.rebounds_defensive
  + 100 * s.steals + 70 * s.assists + 70 * s.blocks - 40 * s.fouls_personal - 100 * s.turnovers)`

/** The second half begins on January 16; of the three seasons that began late, where half of their games were played. */
const isSecondHalf = `case g.season
  when '1998-99' then g.game_date >= date '1999-03-21'
  when '2011-12' then g.game_date >= date '2012-02-24'
  when '2020-21' then g.game_date >= date '2021-03-05'
  else extract(month from g.game_date) * 100 + extract(day from g.game_date) between 116 and 930 end`

export const nbaPerformances: Performances = {
  from: "nba_player_game_stats s join games g on g.sport = 'nba' and g.provider_id = s.game_id",
  where: 's.played',
  season: 'g.season',
  stage: 'g.season_type',
  half: `case when g.season_type = 'regular' then case when ${isSecondHalf} then 2 else 1 end end`,
  eventId: 's.game_id',
  date: 'g.game_date',
  playerId: 's.player_id',
  teamId: 's.team_id',
  isComplete: "g.status = 'final'",
  won: 'case s.team_id when g.home_team_id then g.home_score > g.away_score when g.away_team_id then g.away_score > g.home_score end',
  points: '100 * s.points',
  rating: gameScore,
  measures: [
    { name: 'rebounds', sql: 's.rebounds_total' },
    ...['assists', 'steals', 'blocks', 'turnovers'].map(name => ({ name, sql: `s.${name}` })),
    ...['field_goals_made', 'three_pointers_made', 'free_throws_made'].map(name => ({ name, sql: `s.${name}` })),
  ],
  words: { points: 'points', rating: 'game score' },
  ofSeasons: list => `g.season = any(${list})`,
  ofEvents: list => `s.game_id = any(${list})`,
  names: "select provider_id as id, name from players where sport = 'nba'",
  teamNames: "select provider_id as id, coalesce(abbreviation, name) as name from teams where sport = 'nba'",
  report: {
    from: "games g where g.sport = 'nba'",
    id: 'g.provider_id',
    facts: `jsonb_build_object('home_team', g.home_team_id, 'home_score', g.home_score, 'away_team', g.away_team_id,
      'away_score', g.away_score, 'periods', g.period)`,
  },
  // As the league has it for its leaders in points, rebounds and assists a game: 58 of 82 games.
  minimum: { events: 1, share: 0.7, career: 82 },
  power: { halfLifeDays: 60, average: 1000 },
}
