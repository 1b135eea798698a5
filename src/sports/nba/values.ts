import { type ValueCheck, within } from '../../pipeline/coverage.ts'
import { eventsOf } from '../../pipeline/event-table.ts'

/** A club's score, against that of its line and the points of its players. A game without lines is a hole, and none of these. */
export const scoresOfLines: ValueCheck = (sql, sport, span) => sql`
  with sides as (
    select e.id, e.day, e.season, side.team, side.score from ${eventsOf(sql, sport)} e
    join games g on g.sport = 'nba' and g.provider_id = e.id
    cross join lateral (values (g.home_team_id, g.home_score), (g.away_team_id, g.away_score)) side(team, score)
    where e.status = 'final' and ${within(sql, span)}
  ), compared as (
    select s.*, t.score as line, (select sum(p.points)::int from nba_player_game_stats p where p.game_id = s.id and p.team_id = s.team) as players
    from sides s left join nba_team_game_stats t on t.game_id = s.id and t.team_id = s.team
    where exists (select from nba_team_game_stats l where l.game_id = s.id)
  )
  select id, day, season, format('has a score of %s for team %s, whose line has %s, and its players %s points', coalesce(score::text, 'nothing'),
    coalesce(team, 'unknown'), coalesce(line::text, 'nothing'), coalesce(players::text, 'no')) as what
  from compared where score is distinct from line or line is distinct from players order by day, id collate "C", team`
