import { minuteMs } from '../eastern.ts'
import { type Answer, jsonAnswer } from '../provider.ts'
import { listGames, writtenAtOf } from './listing.ts'
import { scheduleFile } from './schedule.ts'
import type { Season } from './season.ts'

/**
 * The schedule file of a season as it stands at an instant (ms since the epoch), made once a minute while a game is live and
 * else once per change: the same bytes until then.
 */
export function publishSchedule(season: () => Season): (now: number) => Answer {
  let latest: { minute: number; writtenAt: number; answer: Answer } | undefined
  return now => {
    const minute = now - (now % minuteMs)
    if (latest?.minute === minute) return latest.answer
    const planned = season()
    const listed = listGames(planned, minute)
    const writtenAt = writtenAtOf(planned, listed, minute)
    const answer = latest?.writtenAt === writtenAt ? latest.answer : jsonAnswer(scheduleFile(planned, listed, writtenAt))
    latest = { minute, writtenAt, answer }
    return answer
  }
}
