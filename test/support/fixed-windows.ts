import { addDays, type Day } from '../../src/core/days.ts'
import { startOfDay } from '../../src/core/zones.ts'
import { usualSpans } from '../../src/jobs/live/game-windows.ts'
import type { UsualHours } from '../../src/pipeline/live-feed.ts'

const minuteMs = 60_000

/**
 * Requests that a worker would make on a civil day which knows no schedule: every 5 minutes in the usual hours and every 30 outside,
 * each time the scoreboard, and a file for each game of the day where the sport has one.
 */
export function requestsOfFixedWindows(
  day: Day,
  games: number,
  { zone, usualHours, hasFiles }: { zone: string; usualHours: readonly UsualHours[]; hasFiles: boolean },
): number {
  const [from, to] = [startOfDay(day, zone).getTime(), startOfDay(addDays(day, 1), zone).getTime()]
  const inside = usualSpans(new Date(from + 12 * 60 * minuteMs), zone, usualHours).reduce(
    (sum, span) => sum + Math.max(0, Math.min(to, span.to.getTime()) - Math.max(from, span.from.getTime())),
    0,
  )
  const polls = inside / (5 * minuteMs) + (to - from - inside) / (30 * minuteMs)
  return Math.round(polls) * (1 + (hasFiles ? games : 0))
}

/** Whether a worker that knows no schedule would poll while a game is played: by its beginning. */
export function isInUsualHours(startsAt: Date, zone: string, usualHours: readonly UsualHours[]): boolean {
  return usualSpans(startsAt, zone, usualHours).some(({ from, to }) => startsAt >= from && startsAt < to)
}
