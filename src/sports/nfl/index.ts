import { gamesOf } from '../../pipeline/games.ts'
import type { Sport } from '../../pipeline/sport.ts'
import { nfldata } from '../../providers/nfldata.ts'
import { nflverse } from '../../providers/nflverse.ts'
import { zone } from './clubs.ts'
import { games } from './games.ts'
import { identities } from './identities.ts'
import { nflLive } from './live.ts'
import { injuries, players, rosters, snapCounts, weeklyRosters } from './people.ts'
import { nflPerformances } from './performances.ts'
import { kickingStats, playerSeasonStats, playerStats, teamStats } from './player-stats.ts'
import { nflRules } from './quality.ts'
import { scoresOfGames } from './values.ts'

/** The NFL: whole files of nflverse, about a season or about all of them. */
export const nfl: Sport = {
  id: 'nfl',
  zone,
  providers: [nflverse, nfldata],
  // The Super Bowl is in February; the schedule of the next season is published in May.
  seasons: { first: 1999, turn: '05-01', label: String },
  events: gamesOf({
    form: /^\d{4}_\d{2}_[A-Z]{2,3}_[A-Z]{2,3}$/,
    words: 'season, week and clubs, e.g. 2024_01_BAL_KC',
    seasonOf: id => id.slice(0, 4),
  }),
  datasets: [
    games,
    players,
    playerStats,
    teamStats,
    rosters,
    weeklyRosters,
    injuries,
    snapCounts,
    kickingStats,
    playerSeasonStats,
  ],
  derivations: [identities],
  values: [scoresOfGames],
  quality: nflRules,
  settledBy: 'coverage',
  performances: nflPerformances,
  live: nflLive,
}
