import { type ValueCheck, within } from '../../pipeline/coverage.ts'
import { eventsOf } from '../../pipeline/event-table.ts'

/** The score of a game, against that of games.csv. */
export const scoresOfGames: ValueCheck = (sql, sport, span) => sql`
  select e.id, e.day, e.season, format('has a score of %s:%s, and %s:%s in nfl_games', coalesce(g.away_score::text, '-'),
    coalesce(g.home_score::text, '-'), coalesce(n.away_score::text, '-'), coalesce(n.home_score::text, '-')) as what
  from ${eventsOf(sql, sport)} e
  join games g on g.sport = 'nfl' and g.provider_id = e.id
  join nfl_games n on n.game_id = e.id
  where e.status = 'final' and ${within(sql, span)}
    and (n.away_score, n.home_score) is distinct from (g.away_score, g.home_score)
  order by e.day, e.id collate "C"`
