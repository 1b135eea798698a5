import type { GameSport } from '../../pipeline/contract.ts'
import { nbaCdn, schedulePath } from '../../providers/nba-cdn.ts'
import { nbaStats, seasonSchedulePath } from '../../providers/nba-stats.ts'
import { boxScores } from './box-score.ts'
import { nbaLive } from './live.ts'
import { parseSchedule } from './schedule.ts'
import { firstYear, seasonLabel, seasonOf } from './season.ts'
import { parseSeasonSchedule } from './season-schedule.ts'
import { gameLogVoucher } from './vouch.ts'

export const nba: GameSport = {
  loads: 'games',
  id: 'nba',
  zone: 'America/New_York',
  providers: [nbaCdn, nbaStats],
  calendar: {
    dataset: 'schedule',
    provider: nbaCdn.id,
    path: schedulePath,
    parse: parseSchedule,
    former: { provider: nbaStats.id, path: seasonSchedulePath, parse: parseSeasonSchedule },
  },
  // The draft is in June, the new year of the league begins in July.
  seasons: { first: firstYear, turn: '07-01', label: seasonLabel },
  gameIds: { form: /^\d{10}$/, words: '10 digits, e.g. 0022400561', seasonOf },
  datasets: [boxScores],
  voucher: gameLogVoucher,
  // The league corrects lines for a day or two.
  lookbackDays: 2,
  live: nbaLive,
}
