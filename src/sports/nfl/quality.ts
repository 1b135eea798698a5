import type { ISql } from 'postgres'
import type { QualityRule } from '../../pipeline/quality.ts'
import { joined } from '../../store/write-staged.ts'
import { gameRules } from '../game-rules.ts'
import { clubCodes, zone } from './clubs.ts'
import { games } from './games.ts'
import { injuries, players, rosters, snapCounts, weeklyRosters } from './people.ts'
import { kickingStats, playerSeasonStats, playerStats, teamStats } from './player-stats.ts'

/** Lines of players, called `s`, and the game that their club has played in that week, called `n`. */
const withGame = (sql: ISql, join: 'join' | 'left join') => sql`
  ${sql.unsafe(join)} nfl_games n on n.season = s.season and n.week = s.week and s.team in (n.home_team_id, n.away_team_id)`

/** What never differs between the sum of the players and the club in the files of 2016 to 2025. Others do, by laterals. */
const summed = ['completions', 'passing_yards', 'carries']

/** Offences whose quarterback's line is missing differ by more; the files of 2010 to 2025 by 32 yards and one completion at most. */
const [mostYards, mostCatches] = [50, 2]

/** More than anybody has had in a game: 554, 296 and 336 yards. */
const most = { passing_yards: 650, rushing_yards: 380, receiving_yards: 420 }

const notNegative =
  'completions attempts passing_tds passing_interceptions carries rushing_tds receptions targets receiving_tds'.split(' ')

/** Of these, the first are some of the second. */
const partOf = [
  ['completions', 'attempts'],
  ['passing_tds', 'completions'],
  ['receptions', 'targets'],
  ['receiving_tds', 'receptions'],
  ['fg_made', 'fg_att'],
  ['pat_made', 'pat_att'],
] as const

/** Tables whose rows name a club, and where they say which it is. */
const clubTables = [
  { table: 'nfl_games', code: 'home_team', club: 'home_team_id', dataset: games.name },
  { table: 'nfl_games', code: 'away_team', club: 'away_team_id', dataset: games.name },
  { table: 'nfl_player_game_stats', code: 'team', club: 'team', dataset: playerStats.name },
  { table: 'nfl_team_game_stats', code: 'team', club: 'team', dataset: teamStats.name },
  { table: 'nfl_kicking_game_stats', code: 'team', club: 'team', dataset: kickingStats.name },
  { table: 'nfl_player_season_stats', code: 'recent_team', club: 'recent_team', dataset: playerSeasonStats.name },
  { table: 'nfl_snap_counts', code: 'team', club: 'team_id', dataset: snapCounts.name },
  { table: 'nfl_injuries', code: 'team', club: 'team_id', dataset: injuries.name },
  { table: 'nfl_rosters', code: 'team', club: 'team_id', dataset: rosters.name },
  { table: 'nfl_weekly_rosters', code: 'team', club: 'team_id', dataset: weeklyRosters.name },
]

/** `KC week 5` of a season, whose day is that of the game. */
const clubWeek = (sql: ISql) => sql`coalesce(n.game_id, format('%s week %s', s.team, s.week))`

export const nflRules: readonly QualityRule[] = [
  ...gameRules({ zone, graceDays: 3, refetch: [games.name], mayTie: true }),
  {
    name: 'two-tables',
    severity: 'error',
    means: 'games and nfl_games have the same games, with the same score, date, season and clubs.',
    mend: { refetch: [games.name] },
    find: sql => sql`
      select coalesce(g.provider_id, n.game_id) as id, coalesce(g.game_date, n.gameday) as day, coalesce(g.season, n.season::text) as season, case
        when g.provider_id is null then 'is in nfl_games and not in games'
        when n.game_id is null then 'is in games and not in nfl_games'
        when g.game_date <> n.gameday then format('is of %s in games and of %s in nfl_games', g.game_date, n.gameday)
        when g.season <> n.season::text then format('is of the season %s in games and of %s in nfl_games', g.season, n.season)
        when (g.away_team_id, g.home_team_id) is distinct from (n.away_team_id, n.home_team_id)
          then format('is %s at %s in games and %s at %s in nfl_games', g.away_team_id, g.home_team_id, n.away_team_id, n.home_team_id)
        when g.status <> 'final' then format('is %s in games and has a score of %s:%s in nfl_games', g.status, n.away_score, n.home_score)
        else format('has a score of %s:%s in games and of %s:%s in nfl_games', coalesce(g.away_score::text, '-'),
          coalesce(g.home_score::text, '-'), coalesce(n.away_score::text, '-'), coalesce(n.home_score::text, '-')) end as what
      from (select * from games where sport = 'nfl') g full join nfl_games n on n.game_id = g.provider_id
      where g.provider_id is null or (n.game_id is null and g.status <> 'cancelled') or g.game_date <> n.gameday or g.season <> n.season::text
        or (g.away_team_id, g.home_team_id) is distinct from (n.away_team_id, n.home_team_id) and n.game_id is not null
        or (g.status = 'final' and (g.away_score, g.home_score) is distinct from (n.away_score, n.home_score) and n.game_id is not null)
        or (g.status = 'scheduled' and n.home_score is not null)`,
  },
  {
    name: 'own-result',
    severity: 'error',
    means: 'result and total of nfl_games are the difference and the sum of its scores.',
    mend: { refetch: [games.name] },
    find: sql => sql`
      select n.game_id as id, n.gameday as day, n.season::text as season, format('ended %s:%s in nfl_games, with a result of %s and a total of %s',
        n.away_score, n.home_score, n.result, n.total) as what
      from nfl_games n where n.result <> n.home_score - n.away_score or n.total <> n.home_score + n.away_score`,
  },
  {
    name: 'orphans',
    severity: 'error',
    means: 'Each line of a player or club is of a week in which the club has played, and snap counts are of a stored game.',
    mend: { refetch: [games.name, playerStats.name, teamStats.name, snapCounts.name] },
    find: sql => {
      const of = (table: string, what: string) => sql`
        select ${clubWeek(sql)} as id, null::date as day, s.season::text as season,
          format('has no stored game, and %s lines in %s', count(*), ${what}::text) as what
        from ${sql(table)} s ${withGame(sql, 'left join')} where n.game_id is null group by 1, 3`
      return sql`
        ${of('nfl_player_game_stats', 'nfl_player_game_stats')} union all ${of('nfl_team_game_stats', 'nfl_team_game_stats')}
        union all
        select s.game_id, max(n.gameday), max(s.season)::text, case when max(n.game_id) is null
          then format('is not stored, and has %s snap counts', count(*)) else format('has %s snap counts of clubs that do not play in it', count(*)) end
        from nfl_snap_counts s left join nfl_games n on n.game_id = s.game_id
        where n.game_id is null or s.team_id not in (n.home_team_id, n.away_team_id) group by 1`
    },
  },
  {
    name: 'unknown-player',
    severity: 'error',
    means: 'Each line is of a player in the table players.',
    mend: { refetch: [players.name, rosters.name, playerStats.name] },
    find: sql => sql`
      select s.player_id as id, null::date as day, max(s.season)::text as season,
        format('has %s lines, and is not in players', count(*)) as what
      from nfl_player_game_stats s
      where s.player_id not like 'team:%' and not exists (select from players p where p.sport = 'nfl' and p.provider_id = s.player_id)
      group by 1`,
  },
  {
    name: 'club-sums',
    severity: 'error',
    means: 'Completions, passing yards and carries of a club are the sums of its players’.',
    mend: { refetch: [playerStats.name, teamStats.name] },
    find: sql => {
      const sums = joined(
        summed.map(name => sql`sum(${sql(name)}) as ${sql(name)}`),
        sql`, `,
      )
      const pairs = joined(
        summed.map(name => sql`(${name}::text, s.${sql(name)}::bigint, p.${sql(name)})`),
        sql`, `,
      )
      return sql`
        with p as (select season, week, team, ${sums} from nfl_player_game_stats group by 1, 2, 3)
        select ${clubWeek(sql)} as id, n.gameday as day, s.season::text as season, format('has %s %s of %s, whose players have %s', v.line,
          replace(v.name, '_', ' '), s.team, coalesce(v.players, 0)) as what
        from nfl_team_game_stats s join p using (season, week, team) ${withGame(sql, 'left join')}
        cross join lateral (values ${pairs}) v(name, line, players) where v.line <> coalesce(v.players, 0)`
    },
  },
  {
    name: 'thrown-and-caught',
    severity: 'warning',
    means: `What a club’s players have thrown is what they have caught, but for ${mostYards} yards and ${mostCatches} passes.`,
    mend: { refetch: [playerStats.name] },
    find: sql => sql`
      with s as (
        select season, week, team, sum(coalesce(passing_yards, 0)) as thrown, sum(coalesce(receiving_yards, 0)) as caught,
          sum(coalesce(completions, 0)) as completions, sum(coalesce(receptions, 0)) as receptions
        from nfl_player_game_stats group by 1, 2, 3
      )
      select ${clubWeek(sql)} as id, n.gameday as day, s.season::text as season, format('has %s passes of %s for %s yards, and %s caught for %s',
        s.completions, s.team, s.thrown, s.receptions, s.caught) as what
      from s ${withGame(sql, 'left join')} where abs(thrown - caught) > ${mostYards} or abs(completions - receptions) > ${mostCatches}`,
  },
  {
    name: 'season-sums',
    severity: 'warning',
    means: 'Completions, passing yards and carries of a player’s season are the sums of his weeks.',
    mend: { refetch: [playerStats.name, playerSeasonStats.name] },
    find: sql => sql`
      with w as (
        select season, player_id, sum(completions) as completions, sum(passing_yards) as passing_yards, sum(carries) as carries
        from nfl_player_game_stats where season_type = 'REG' group by 1, 2
      )
      select s.player_id as id, null::date as day, s.season::text as season, format('has %s %s in %s, and %s in its weeks', v.whole,
        replace(v.name, '_', ' '), s.season, v.weeks) as what
      from nfl_player_season_stats s join w using (season, player_id) cross join lateral (values ('completions', s.completions, w.completions),
        ('passing_yards', s.passing_yards, w.passing_yards), ('carries', s.carries, w.carries)) v(name, whole, weeks)
      where s.season_type = 'REG' and v.whole <> v.weeks`,
  },
  {
    name: 'impossible',
    severity: 'error',
    means: 'No line has a negative count, more caught, completed or scored than tried, or more yards than anybody ever had.',
    mend: { refetch: [playerStats.name, kickingStats.name] },
    find: sql => {
      const problem = sql`case
        when least(${joined(
          notNegative.map(name => sql`s.${sql(name)}`),
          sql`, `,
        )}) < 0 then 'a negative count'
        ${joined(
          partOf.map(
            ([part, all]) =>
              sql`when s.${sql(part)} > s.${sql(all)} then format('%s ${sql.unsafe(part.replaceAll('_', ' '))} of %s ${sql.unsafe(all.replaceAll('_', ' '))}', s.${sql(part)}, s.${sql(all)})`,
          ),
          sql` `,
        )}
        ${joined(
          Object.entries(most).map(
            ([name, yards]) =>
              sql`when s.${sql(name)} > ${yards} then format('%s ${sql.unsafe(name.replaceAll('_', ' '))}', s.${sql(name)})`,
          ),
          sql` `,
        )}
        when s.week not between 1 and 22 then format('week %s', s.week) end`
      return sql`
        select ${clubWeek(sql)} as id, n.gameday as day, s.season::text as season, format('has for player %s %s', s.player_id, s.problem) as what
        from (select s.season, s.week, s.team, s.player_id, ${problem} as problem from nfl_player_game_stats s) s ${withGame(sql, 'left join')}
        where s.problem is not null
        union all
        select ${clubWeek(sql)}, n.gameday, s.season::text, format('has for kicker %s more made than tried', s.player_id)
        from nfl_kicking_game_stats s ${withGame(sql, 'left join')} where s.fg_made > s.fg_att or s.pat_made > s.pat_att
        union all
        select s.game_id, null, s.season::text, format('has for player %s more than all snaps, or fewer than none', s.pfr_player_id)
        from nfl_snap_counts s where greatest(s.offense_pct, s.defense_pct, s.st_pct) > 1.05 or least(s.offense_snaps, s.defense_snaps, s.st_snaps) < 0`
    },
  },
  {
    name: 'club-codes',
    severity: 'error',
    means: 'A club’s code means the same club in all tables: STL, LAR and LA are one, OAK and LV, SD and LAC.',
    mend: { refetch: [...new Set(clubTables.map(({ dataset }) => dataset))] },
    find: sql => {
      const of = ({ table, code, club }: (typeof clubTables)[number]) => sql`
        select ${table}::text as place, s.season, s.${sql(code)} as code, s.${sql(club)} as club, count(*) as lines
        from ${sql(table)} s group by 2, 3, 4`
      return sql`
        with known as (select * from jsonb_to_recordset(${sql.json(clubCodes as never)}) as k(code text, club text, until int)),
          used as (${joined(clubTables.map(of), sql` union all `)})
        select u.code as id, null::date as day, u.season::text as season, format('is a club’s code in %s rows of %s, and %s', u.lines, u.place, case
          when k.club is null then 'no club has it' when k.until < u.season then format('no club had it after %s', k.until)
          when u.club is null then 'they lack the club' else format('they have it for %s and not for %s', u.club, k.club) end) as what
        from used u left join known k on k.code = u.code
        where k.club is null or k.until < u.season or u.club is distinct from k.club`
    },
  },
  {
    name: 'same-player',
    severity: 'warning',
    means: 'No two players with lines in a season have the same name and date of birth.',
    mend: {
      byHand:
        'The league’s files give one person two ids: see both in nfl_players. nflverse takes reports at github.com/nflverse.',
    },
    find: sql => sql`
      with lines as (select distinct player_id, season from nfl_player_game_stats)
      select string_agg(p.gsis_id, ' and ' order by p.gsis_id) as id, null::date as day, l.season::text as season,
        format('are %s, born on %s, in one season', p.display_name, p.birth_date) as what
      from nfl_players p join lines l on l.player_id = p.gsis_id where p.birth_date is not null
      group by l.season, p.display_name, p.birth_date having count(*) > 1`,
  },
]
