import { type Coverage, type Gap, loadedAtAll, within } from '../../pipeline/coverage.ts'
import { eventsOf } from '../../pipeline/event-table.ts'
import type { FileShape } from '../../pipeline/files/columns.ts'
import { formerKickingPath, formerStatsPath, nfldata } from '../../providers/nfldata.ts'
import { clubOf } from './clubs.ts'
import { packed, seasonFile } from './season-file.ts'
import { offence, sinceStatsPlayer } from './statistics.ts'
import { nflKickingGameStats, nflPlayerGameStats, nflPlayerSeasonStats, nflTeamGameStats } from './tables.ts'

/**
 * Columns with other names in the files before 2025 (tag `player_stats`). Yards lost by sacks changed their sign with the name: the older
 * files say 12, the newer ones -12.
 */
const otherNames: FileShape['otherNames'] = {
  team: ['recent_team'],
  passing_interceptions: ['interceptions'],
  sacks_suffered: ['sacks'],
  sack_yards_lost: [{ name: 'sack_yards', negate: true }],
}

/** Clubs are called as they are today, whatever a file of that time called them. */
const codes: FileShape['codes'] = Object.fromEntries(
  ['team', 'recent_team', 'opponent_team'].map(name => [name, (code, season) => clubOf(code, Number(season))]),
)

/** Statistics without a player's id (penalties of the bench) are stored under the team. */
const nobody: FileShape['orElse'] = { player_id: field => `team:${field('team') || field('recent_team')}` }

/** Lines do not name their game: it is the one that their club played in that week. Both clubs have some. */
const linesOfWeeks: Coverage = {
  what: 'is over and lacks its lines',
  missing: (sql, sport, span) =>
    sql<Gap[]>`
      with lines as materialized (
        select distinct season, week, team from nfl_player_game_stats
        where season = any(array(select distinct e.season::int from ${eventsOf(sql, sport)} e where ${within(sql, span)})))
      select e.id, e.day, e.season from ${eventsOf(sql, sport)} e join nfl_games n on n.game_id = e.id
      left join lines h on h.season = n.season and h.week = n.week and h.team = n.home_team_id
      left join lines a on a.season = n.season and a.week = n.week and a.team = n.away_team_id
      where e.status = 'final' and ${within(sql, span)} and (h.team is null or a.team is null)
      order by e.id collate "C"`,
}

/** A player's week, from the newest generation of files that has the season. */
export const playerStats = seasonFile(
  'player-stats',
  1999,
  season => [
    ...packed(`stats_player/stats_player_week_${season}`),
    ...packed(`player_stats/player_stats_${season}`),
    { provider: nfldata.id, path: formerStatsPath(season), naIsMissing: true },
  ],
  { table: nflPlayerGameStats, otherNames, codes, required: ['season_type', 'team', ...offence], orElse: nobody },
  { coverage: [linesOfWeeks] },
)

/** A kicker's week, of the seasons in which kicking was published apart. */
export const kickingStats = seasonFile(
  'kicking-stats',
  1999,
  season => [
    ...packed(`player_stats/player_stats_kicking_${season}`),
    { provider: nfldata.id, path: formerKickingPath(season), naIsMissing: true },
  ],
  {
    table: nflKickingGameStats,
    codes,
    required: ['season_type', 'team', 'fg_made', 'fg_att', 'pat_made', 'pat_att'],
    orElse: nobody,
  },
  { mayBeMissing: true },
)

/** A player's regular season. It is the sum of his weeks, except that older weekly files lack defence. */
export const playerSeasonStats = seasonFile(
  'player-season-stats',
  1999,
  season => packed(`stats_player/stats_player_reg_${season}`),
  {
    table: nflPlayerSeasonStats,
    codes,
    required: ['season_type', 'recent_team', ...offence, ...sinceStatsPlayer],
    orElse: nobody,
  },
  { mayBeMissing: true },
)

/** A club's week. */
export const teamStats = seasonFile(
  'team-stats',
  1999,
  season => packed(`stats_team/stats_team_week_${season}`),
  { table: nflTeamGameStats, codes, required: ['season_type', ...offence, ...sinceStatsPlayer] },
  { coverage: [loadedAtAll] },
)
