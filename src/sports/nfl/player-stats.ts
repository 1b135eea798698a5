import type { FileShape } from '../../pipeline/files/columns.ts'
import type { FileDataset } from '../../pipeline/files/dataset.ts'
import { formerKickingPath, formerStatsPath, nfldata } from '../../providers/nfldata.ts'
import { packed } from './sources.ts'
import { offence, sinceStatsPlayer } from './statistics.ts'
import { nflKickingGameStats, nflPlayerGameStats, nflPlayerSeasonStats, nflTeamGameStats } from './tables.ts'

/**
 * What the files of before 2025 (tag `player_stats`) call otherwise. Yards lost by sacks changed their sign with the name: the older
 * files say 12, the newer ones -12.
 */
const otherNames: FileShape['otherNames'] = {
  team: ['recent_team'],
  passing_interceptions: ['interceptions'],
  sacks_suffered: ['sacks'],
  sack_yards_lost: [{ name: 'sack_yards', negate: true }],
}

/** What no player is held to account for (penalties of the bench) has no player's id. */
const nobody: FileShape['orElse'] = { player_id: field => `team:${field('team') || field('recent_team')}` }

/** A player's week, from whichever generation of files there is of the season. */
export const playerStats: FileDataset = {
  name: 'player-stats',
  from: 1999,
  sources: season => [
    ...packed(`stats_player/stats_player_week_${season}`),
    ...packed(`player_stats/player_stats_${season}`),
    { provider: nfldata.id, path: formerStatsPath(season), naIsMissing: true },
  ],
  content: {
    rows: {
      table: nflPlayerGameStats,
      otherNames,
      required: ['season_type', 'team', ...offence],
      orElse: nobody,
    },
  },
  coversGames: true,
}

/** A kicker's week, of the seasons in which kicking was published apart. */
export const kickingStats: FileDataset = {
  name: 'kicking-stats',
  from: 1999,
  sources: season => [
    ...packed(`player_stats/player_stats_kicking_${season}`),
    { provider: nfldata.id, path: formerKickingPath(season), naIsMissing: true },
  ],
  content: {
    rows: {
      table: nflKickingGameStats,
      required: ['season_type', 'team', 'fg_made', 'fg_att', 'pat_made', 'pat_att'],
      orElse: nobody,
    },
  },
  coversGames: false,
  mayBeLacking: true,
}

/** A player's regular season, which is the sum of his weeks where those have all columns: the older weekly files lack defence. */
export const playerSeasonStats: FileDataset = {
  name: 'player-season-stats',
  from: 1999,
  sources: season => packed(`stats_player/stats_player_reg_${season}`),
  content: {
    rows: {
      table: nflPlayerSeasonStats,
      required: ['season_type', 'recent_team', ...offence, ...sinceStatsPlayer],
      orElse: nobody,
    },
  },
  coversGames: false,
  mayBeLacking: true,
}

/** A club's week. */
export const teamStats: FileDataset = {
  name: 'team-stats',
  from: 1999,
  sources: season => packed(`stats_team/stats_team_week_${season}`),
  content: {
    rows: {
      table: nflTeamGameStats,
      required: ['season_type', ...offence, ...sinceStatsPlayer],
    },
  },
  coversGames: true,
}
