import type { BackfillProgress } from '../jobs/backfill/load-season.ts'
import type { Progress } from '../jobs/daily/daily.ts'
import { durationText } from './table.ts'

/** `nba 2025-01-15: 3 of 11 games, 4 requests` */
export const dailyProgress = ({ sport, day, done, total, requests }: Progress): string =>
  `${sport} ${day}: ${done} of ${total} games, ${requests} requests`

/** So much of a run says nothing of the rest. */
const tooEarlyMs = 3000

/** `nba 2024-25: 340 of 1400 games, 341 requests, 1.99 of 2/s, 1 failed, 8 min 52 s left` */
export function backfillProgress(progress: BackfillProgress): string {
  const { sport, season, done, total, requests, elapsedMs, paced, ratePerSecond, failures } = progress
  const used = (paced * 1000) / elapsedMs
  const rate = elapsedMs < tooEarlyMs ? '' : `, ${used.toFixed(used < 10 ? 2 : 0)} of ${ratePerSecond}/s`
  const left = elapsedMs < tooEarlyMs || done === 0 ? '' : `, ${durationText(((total - done) / done) * elapsedMs)} left`
  return `${sport} ${season}: ${done} of ${total} games, ${requests} requests${rate}${failures ? `, ${failures} failed` : ''}${left}`
}
