import { sql } from 'drizzle-orm'
import { doublePrecision, pgView, text, timestamp } from 'drizzle-orm/pg-core'
import { nflFantasyPoints, nflLiveFantasyPoints } from './nfl/performances.ts'

/**
 * The numbers all sports have in common, over their own tables. Each sport adds one SELECT here;
 * a number a sport does not have is null. The NFL's live lines are shown until the files have lines of that game; who is unknown to
 * the league's files is `espn:` and ESPN's id.
 */
export const gameStats = pgView('game_stats', {
  sport: text('sport'),
  season: text('season'),
  gameId: text('game_id'),
  playerId: text('player_id'),
  teamId: text('team_id'),
  updatedAt: timestamp('updated_at', { withTimezone: true }),
  /** Of the NFL fantasy points (PPR); of its live lines as far as they tell. */
  points: doublePrecision('points'),
}).as(sql`
  select 'nba'::text as sport, g.season, s.game_id, s.player_id, s.team_id, s.updated_at, s.points::double precision as points
  from nba_player_game_stats s join games g on g.sport = 'nba' and g.provider_id = s.game_id
  union all
  select 'nfl', s.season::text, g.game_id, s.player_id, s.team, s.updated_at, ${sql.raw(nflFantasyPoints)}
  from nfl_player_game_stats s join nfl_games g on g.season = s.season and g.week = s.week and s.team in (g.home_team_id, g.away_team_id)
  union all
  select 'nfl', g.season::text, l.game_id, coalesce(i.player_id, 'espn:' || l.espn_athlete_id), l.team_id, l.updated_at, ${sql.raw(nflLiveFantasyPoints)}
  from nfl_live_lines l join nfl_games g on g.game_id = l.game_id
  left join nfl_player_ids i on i.system = 'espn' and i.id = l.espn_athlete_id
  where not exists (
    select from nfl_player_game_stats s
    where s.season = g.season and s.week = g.week and s.team in (g.home_team_id, g.away_team_id))`)
