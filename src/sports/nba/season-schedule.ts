import { PayloadError } from '../../core/errors.ts'
import type { SeasonSchedule } from '../../pipeline/schedule.ts'
import { nbaStats } from '../../providers/nba-stats.ts'
import { parseSchedule } from './schedule.ts'

/**
 * Reads the schedule of one season from `scheduleleaguev2int`. It has the shape of the file that nba-cdn serves for the current season, so
 * games and clubs get the same rows from either, `provider` included: otherwise they would change with each change of the source.
 * @param season the one that was asked for, `2024-25`
 * @throws PayloadError if the answer is not a schedule, or that of another season
 */
export function parseSeasonSchedule(payload: unknown, season: string): SeasonSchedule {
  const schedule = parseSchedule(payload, nbaStats.id)
  if (schedule.season !== season)
    throw new PayloadError(`nba-stats was asked for the schedule of ${season} and sent that of ${schedule.season}.`)
  return schedule
}
