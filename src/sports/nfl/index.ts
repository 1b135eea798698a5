import type { ISql } from 'postgres'
import type { FileSport } from '../../pipeline/contract.ts'
import { nfldata } from '../../providers/nfldata.ts'
import { nflverse } from '../../providers/nflverse.ts'
import { games } from './games.ts'
import { identities } from './identities.ts'
import { nflLive } from './live.ts'
import { injuries, players, rosters, snapCounts, weeklyRosters } from './people.ts'
import { kickingStats, playerSeasonStats, playerStats, teamStats } from './player-stats.ts'

export const nfl: FileSport = {
  id: 'nfl',
  loads: 'files',
  zone: 'America/New_York',
  providers: [nflverse, nfldata],
  // The Super Bowl is in February; the schedule of the next season is told in May.
  seasons: { first: 1999, turn: '05-01', label: String },
  gameIds: {
    form: /^\d{4}_\d{2}_[A-Z]{2,3}_[A-Z]{2,3}$/,
    words: 'season, week and clubs, e.g. 2024_01_BAL_KC',
    seasonOf: id => id.slice(0, 4),
  },
  files: [games, players, playerStats, teamStats, rosters, weeklyRosters, injuries, snapCounts, kickingStats, playerSeasonStats],
  derivations: [identities],
  live: nflLive,
  lines: { dataset: playerStats.name, listWithout: listWithoutLines },
}

/** Lines do not name their game: they are of the one that their club played in that week. */
async function listWithoutLines(sql: ISql, season: string): Promise<{ id: string; day: string }[]> {
  return await sql<{ id: string; day: string }[]>`
    with lines as (select distinct week, team from nfl_player_game_stats where season = ${Number(season)})
    select g.provider_id as id, g.game_date as day from games g join nfl_games n on n.game_id = g.provider_id
    where g.sport = 'nfl' and g.season = ${season} and g.status = 'final'
      and not exists (select from lines l where l.week = n.week and l.team in (n.home_team_id, n.away_team_id))
    order by 1`
}
