import type { Sport } from '../../pipeline/contract.ts'
import { nbaCdn, schedulePath } from '../../providers/nba-cdn.ts'
import { boxScores } from './box-score.ts'
import { parseSchedule } from './schedule.ts'

export const nba: Sport = {
  id: 'nba',
  zone: 'America/New_York',
  providers: [nbaCdn],
  calendar: { dataset: 'schedule', provider: nbaCdn.id, path: schedulePath, parse: parseSchedule },
  datasets: [boxScores],
  // The league corrects lines for a day or two.
  lookbackDays: 2,
}
