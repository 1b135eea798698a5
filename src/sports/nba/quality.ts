import type { ISql } from 'postgres'
import { everything } from '../../pipeline/coverage.ts'
import type { QualityRule } from '../../pipeline/quality.ts'
import { joined } from '../../store/write-staged.ts'
import { gameRules } from '../game-rules.ts'
import { boxScores } from './box-score.ts'
import { scoresOfLines } from './values.ts'

const refetch = [boxScores.name]

/** What of a club's line is the sum of its players': rebounds are not, some of which are credited to the club. */
const summed = (
  'assists blocks field_goals_attempted field_goals_made fouls_personal free_throws_attempted free_throws_made ' +
  'rebounds_defensive rebounds_offensive steals three_pointers_attempted three_pointers_made'
).split(' ')

/** What is made of what was tried. */
const shots = ['field_goals', 'three_pointers', 'free_throws']

const counts = [...summed, 'turnovers', 'points', 'rebounds_total']

/** The most a player may be on the court in a game with so many periods, and half a minute for rounding. */
const mostMinutes = (sql: ISql) => sql`make_interval(mins => 48 + 5 * greatest(0, g.period - 4), secs => 30)`

export const nbaRules: readonly QualityRule[] = [
  ...gameRules({ zone: 'America/New_York', graceDays: 2, refetch, mayTie: false }),
  {
    name: 'scores',
    severity: 'error',
    means: 'The score of a club is that of its line, and the sum of its players’ points.',
    mend: { refetch },
    find: (sql, { sport }) => sql`select id, day, season, what from (${scoresOfLines(sql, sport, everything)}) s`,
  },
  {
    name: 'club-sums',
    severity: 'error',
    means: 'What a club’s line counts (shots, assists, steals, fouls, …) is the sum of its players’ lines.',
    mend: { refetch },
    find: sql => {
      const sums = joined(
        summed.map(name => sql`sum(${sql(name)}) as ${sql(name)}`),
        sql`, `,
      )
      const pairs = joined(
        summed.map(name => sql`(${name}::text, t.${sql(name)}::bigint, p.${sql(name)})`),
        sql`, `,
      )
      return sql`
        with p as (select game_id, team_id, ${sums} from nba_player_game_stats group by 1, 2)
        select t.game_id as id, g.game_date as day, g.season, format('says %s of %s for team %s, whose players have %s', v.line,
          replace(v.name, '_', ' '), t.team_id, v.players) as what
        from nba_team_game_stats t join p using (game_id, team_id) join games g on g.sport = 'nba' and g.provider_id = t.game_id
        cross join lateral (values ${pairs}) v(name, line, players)
        where g.status = 'final' and v.line <> v.players`
    },
  },
  {
    name: 'points',
    severity: 'error',
    means: 'Points are two for a field goal, one more for a three-pointer, and one for a free throw.',
    mend: { refetch },
    find: sql => {
      const line = (table: string, who: ReturnType<typeof sql>) => sql`
        select s.game_id, format('has %s points of %s, whose shots make %s', s.points, ${who},
          2 * s.field_goals_made + s.three_pointers_made + s.free_throws_made) as what
        from ${sql(table)} s where s.points <> 2 * s.field_goals_made + s.three_pointers_made + s.free_throws_made`
      return sql`
        select l.game_id as id, g.game_date as day, g.season, l.what
        from (${line('nba_player_game_stats', sql`'player ' || s.player_id`)} union all ${line('nba_team_game_stats', sql`'team ' || s.team_id`)}) l
        join games g on g.sport = 'nba' and g.provider_id = l.game_id`
    },
  },
  {
    name: 'minutes',
    severity: 'warning',
    means: 'The players of a club have 240 minutes together, and 25 more for each overtime.',
    mend: { refetch },
    find: sql => sql`
      with p as (select game_id, team_id, extract(epoch from sum(minutes)) / 60 as minutes from nba_player_game_stats group by 1, 2)
      select p.game_id as id, g.game_date as day, g.season, format('has %s minutes of the players of team %s, and should have %s',
        round(p.minutes, 1), p.team_id, 240 + 25 * greatest(0, g.period - 4)) as what
      from p join games g on g.sport = 'nba' and g.provider_id = p.game_id
      where g.status = 'final' and g.season_type <> 'all-star' and g.period >= 4
        and abs(p.minutes - (240 + 25 * greatest(0, g.period - 4))) > 1`,
  },
  {
    name: 'impossible',
    severity: 'error',
    means: 'No line has a negative count, more made than tried, more minutes than the game, or counts of who did not play.',
    mend: { refetch },
    find: sql => {
      const made = joined(
        shots.map(name => sql`s.${sql(`${name}_made`)} > s.${sql(`${name}_attempted`)}`),
        sql` or `,
      )
      const negative = sql`least(${joined(
        counts.map(name => sql`s.${sql(name)}`),
        sql`, `,
      )}) < 0`
      return sql`
        select s.game_id as id, g.game_date as day, g.season, format('has for player %s %s', s.player_id, case
          when ${negative} then 'a negative count'
          when ${made} then 'more shots made than tried'
          when s.rebounds_total <> s.rebounds_defensive + s.rebounds_offensive
            then format('%s rebounds, of which %s are defensive and %s offensive', s.rebounds_total, s.rebounds_defensive, s.rebounds_offensive)
          when not s.played then 'counts, though the player did not play'
          else format('%s minutes in %s periods', to_char(s.minutes, 'FMMI:SS'), g.period) end) as what
        from nba_player_game_stats s join games g on g.sport = 'nba' and g.provider_id = s.game_id
        where ${negative} or (${made}) or s.rebounds_total <> s.rebounds_defensive + s.rebounds_offensive
          or (not s.played and (s.points > 0 or s.minutes > interval '0')) or s.minutes > ${mostMinutes(sql)}
        union all
        select s.game_id, g.game_date, g.season, format('has for team %s %s', s.team_id,
          case when ${negative} then 'a negative count' else 'more shots made than tried' end)
        from nba_team_game_stats s join games g on g.sport = 'nba' and g.provider_id = s.game_id
        where ${negative} or (${made})`
    },
  },
  {
    name: 'sides',
    severity: 'error',
    means: 'Each line is of one of the two clubs of its game, and each of them has one line of its own.',
    mend: { refetch },
    find: sql => sql`
      select s.game_id as id, g.game_date as day, g.season, format('has a line of player %s for team %s, which does not play in it',
        s.player_id, s.team_id) as what
      from nba_player_game_stats s join games g on g.sport = 'nba' and g.provider_id = s.game_id
      where s.team_id not in (g.home_team_id, g.away_team_id)
      union all
      select s.game_id, g.game_date, g.season, format('has a line of team %s as %s', s.team_id, case when s.is_home then 'home side' else 'visitors' end)
      from nba_team_game_stats s join games g on g.sport = 'nba' and g.provider_id = s.game_id
      where s.team_id is distinct from case when s.is_home then g.home_team_id else g.away_team_id end`,
  },
  {
    name: 'orphans',
    severity: 'error',
    means: 'Each line is of a stored game that is on or over, and of a stored player.',
    mend: { refetch },
    find: sql => sql`
      with lines as (
        select game_id, count(*) as lines from (
          select game_id from nba_player_game_stats union all select game_id from nba_team_game_stats) l group by 1
      )
      select l.game_id as id, g.game_date as day, g.season, case when g.provider_id is null
        then format('is not stored, and has %s lines', l.lines) else format('is %s, and has %s lines', g.status, l.lines) end as what
      from lines l left join games g on g.sport = 'nba' and g.provider_id = l.game_id
      where g.provider_id is null or g.status not in ('live', 'final')
      union all
      select s.game_id, g.game_date, g.season, format('has a line of player %s, who is not in players', s.player_id)
      from nba_player_game_stats s join games g on g.sport = 'nba' and g.provider_id = s.game_id
      where not exists (select from players p where p.sport = 'nba' and p.provider_id = s.player_id)`,
  },
  {
    name: 'same-player',
    severity: 'warning',
    means: 'No two lines of a club in a game are of players of the same name.',
    mend: { byHand: 'Compare the two ids with the box score of the league: one player may have been given a second id.' },
    find: sql => sql`
      select s.game_id as id, g.game_date as day, g.season, format('has two lines of %s: players %s', p.name,
        string_agg(s.player_id, ' and ' order by s.player_id)) as what
      from nba_player_game_stats s join players p on p.sport = 'nba' and p.provider_id = s.player_id
      join games g on g.sport = 'nba' and g.provider_id = s.game_id
      group by s.game_id, s.team_id, p.name, g.game_date, g.season having count(*) > 1`,
  },
]
