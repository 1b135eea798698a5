import type { Sport } from '../../pipeline/sport.ts'
import { nbaCdn, schedulePath } from '../../providers/nba-cdn.ts'
import { nbaStats, seasonSchedulePath } from '../../providers/nba-stats.ts'
import { boxScores } from './box-score.ts'
import { gameLogCheck } from './bulk-check.ts'
import { firstYear, nbaEvents, seasonLabel } from './events.ts'
import { nbaLive } from './live.ts'
import { nbaPerformances } from './performances.ts'
import { nbaRules } from './quality.ts'
import { parseSchedule, parseSeasonSchedule } from './schedule.ts'
import { scoresOfLines } from './values.ts'

/** The NBA: a season's schedule, and a box score for each game. */
export const nba: Sport = {
  ...nbaEvents,
  zone: 'America/New_York',
  providers: [nbaCdn, nbaStats],
  // The draft is in June, the new year of the league begins in July.
  seasons: { first: firstYear, turn: '07-01', label: seasonLabel },
  schedule: {
    dataset: 'schedule',
    provider: nbaCdn.id,
    path: schedulePath,
    parse: parseSchedule,
    former: { provider: nbaStats.id, path: seasonSchedulePath, parse: parseSeasonSchedule },
  },
  datasets: [boxScores],
  derivations: [],
  values: [scoresOfLines],
  quality: nbaRules,
  settledBy: 'run',
  performances: nbaPerformances,
  bulkCheck: gameLogCheck,
  live: nbaLive,
}
