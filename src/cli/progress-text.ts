import type { Progress } from '../jobs/work-units.ts'
import { durationText } from './table.ts'

/** Too early for an estimate of the remaining time. */
const tooEarlyMs = 3000

/** `nba 2024-25: 340 of 1400 games, 341 requests, 1.99 of 2/s, 1 failed, 8 min 52 s left` */
export function progressText(progress: Progress): string {
  const { sport, about, noun, done, total, rows, requests, elapsedMs, paced, ratePerSecond, failures } = progress
  const read = noun === 'files' ? `, ${rows} rows` : ''
  const used = (paced * 1000) / elapsedMs
  const isEarly = elapsedMs < tooEarlyMs || noun === 'files'
  const rate = isEarly ? '' : `, ${used.toFixed(used < 10 ? 2 : 0)} of ${ratePerSecond}/s`
  const left = isEarly || done === 0 ? '' : `, ${durationText(((total - done) / done) * elapsedMs)} left`
  const failed = failures ? `, ${failures} failed` : ''
  return `${sport} ${about}: ${done} of ${total} ${noun}${read}, ${requests} requests${rate}${failed}${left}`
}
