import type { ISql } from 'postgres'
import { overdue, type QualityRule } from '../pipeline/quality.ts'

interface GameRules {
  zone: string
  /** Days after which a game of which there is no result was forgotten. */
  graceDays: number
  /** Gives games again. */
  refetch: readonly string[]
  mayTie: boolean
}

/** Rules of sports whose events are games between two clubs. */
export const gameRules = ({ zone, graceDays, refetch, mayTie }: GameRules): QualityRule[] => [
  overdue(graceDays, refetch),
  {
    name: 'results',
    severity: 'error',
    means: `A game that is over has two scores${mayTie ? '' : ', and a winner'}; one that is to come has none.`,
    mend: { refetch },
    find: (sql, { sport }) => sql`
      select g.provider_id as id, g.game_date as day, g.season, format('is %s and has a score of %s:%s', g.status,
        coalesce(g.away_score::text, 'nothing'), coalesce(g.home_score::text, 'nothing')) as what
      from games g
      where g.sport = ${sport.id} and case when g.status = 'final'
        then g.home_score is null or g.away_score is null or least(g.home_score, g.away_score) < 0
          or ${mayTie ? sql`false` : sql`g.home_score = g.away_score`}
        when g.status = 'scheduled' then coalesce(g.home_score, 0) + coalesce(g.away_score, 0) <> 0
        else least(g.home_score, g.away_score) < 0 end`,
  },
  {
    name: 'clubs',
    severity: 'error',
    means: 'The two clubs of a game are different ones, and are in the table teams.',
    mend: { refetch },
    find: (sql, { sport }) => sql`
      select g.provider_id as id, g.game_date as day, g.season, case when g.home_team_id = g.away_team_id
        then format('has the club %s on both sides', g.home_team_id)
        else format('has a club that is not in teams: %s or %s', g.away_team_id, g.home_team_id) end as what
      from games g
      left join teams h on h.sport = g.sport and h.provider_id = g.home_team_id
      left join teams a on a.sport = g.sport and a.provider_id = g.away_team_id
      where g.sport = ${sport.id} and (g.home_team_id = g.away_team_id
        or (g.home_team_id is not null and h.provider_id is null) or (g.away_team_id is not null and a.provider_id is null))`,
  },
  {
    name: 'dates',
    severity: 'error',
    means: `The date of a game is the day of its start in ${zone}, and within its season.`,
    mend: { refetch },
    find: (sql, { sport }) => sql`
      select g.provider_id as id, g.game_date as day, g.season, case
        when (g.starts_at at time zone ${zone})::date <> g.game_date
          then format('is of %s and begins at %s', g.game_date, to_char(g.starts_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'))
        else format('is of %s, which is not in the season %s', g.game_date, g.season) end as what
      from games g
      where g.sport = ${sport.id} and ((g.starts_at at time zone ${zone})::date <> g.game_date or ${outOfSeason(sql)})`,
  },
  {
    name: 'same-game',
    severity: 'error',
    means: 'No two games of a day have the same clubs.',
    mend: {
      byHand: 'Compare the two games with those of the league; a run that loads their day calls off what is no longer listed.',
    },
    find: (sql, { sport }) => sql`
      select g.provider_id as id, g.game_date as day, g.season, format('has the clubs and the day of %s', o.provider_id) as what
      from games g join games o on o.sport = g.sport and o.game_date = g.game_date and o.provider_id > g.provider_id
        and least(o.home_team_id, o.away_team_id) = least(g.home_team_id, g.away_team_id)
        and greatest(o.home_team_id, o.away_team_id) = greatest(g.home_team_id, g.away_team_id)
      where g.sport = ${sport.id} and g.status in ('final', 'live', 'scheduled') and o.status in ('final', 'live', 'scheduled')
        and g.home_team_id is not null and g.away_team_id is not null`,
  },
  {
    name: 'abbreviations',
    severity: 'warning',
    means: 'No two clubs of a season have the same abbreviation.',
    mend: {
      byHand: 'One club has two ids, or the provider has given two clubs one abbreviation: join by id, not by abbreviation.',
    },
    find: (sql, { sport }) => sql`
      with playing as (
        select distinct g.season, side.club from games g cross join lateral (values (g.home_team_id), (g.away_team_id)) side(club)
        where g.sport = ${sport.id} and side.club is not null
      )
      select t.abbreviation as id, null::date as day, max(p.season) as season,
        format('is the abbreviation of %s', string_agg(distinct t.provider_id || ' ' || t.name, ' and ')) as what
      from playing p join teams t on t.sport = ${sport.id} and t.provider_id = p.club
      where t.abbreviation is not null group by p.season, t.abbreviation having count(*) > 1`,
  },
]

/** From the summer before a season to the autumn after it: in 2020 the NBA played until October. */
const outOfSeason = (sql: ISql) => sql`
  g.season ~ '^\\d{4}' and g.game_date not between make_date(left(g.season, 4)::int, 7, 1) and make_date(left(g.season, 4)::int + 1, 10, 31)`
