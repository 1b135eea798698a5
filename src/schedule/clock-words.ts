import { wallClock } from '../core/zones.ts'
import type { Frequency } from './due-times.ts'

const minuteMs = 60_000

/** What the job's clock would have shown a minute before, where it skips some time just before an instant: `02:00` before 03:00. */
export function skippedBefore(instant: Date, { timezone }: Pick<Frequency, 'timezone'>): string | undefined {
  const minutesOf = (at: Date) => Number(wallClock(at, timezone, 'H')) * 60 + Number(wallClock(at, timezone, 'm'))
  const before = new Date(instant.getTime() - minuteMs)
  const should = (minutesOf(before) + 1) % 1440
  if (should === minutesOf(instant)) return undefined
  return `${String(Math.floor(should / 60)).padStart(2, '0')}:${String(should % 60).padStart(2, '0')}`
}

/** What the nights in which the clock changes have to do with it; empty on others. */
export function clockWords(dueAt: Date, job: Frequency): string {
  const time = wallClock(dueAt, job.timezone, 'HH:mm')
  const from = skippedBefore(dueAt, job)
  if (from !== undefined && from < time)
    return ` That night the clock of ${job.timezone} goes from ${from} to ${time} at once: what is due in between is due at ${time}.`
  const shown = wallClock(dueAt, job.timezone, 'yyyy-MM-dd HH:mm')
  const isShownAgain = (minutes: number, sign: 1 | -1) =>
    wallClock(new Date(dueAt.getTime() + sign * minutes * minuteMs), job.timezone, 'yyyy-MM-dd HH:mm') === shown
  const isTwice = [30, 60, 120].some(minutes => isShownAgain(minutes, 1) || isShownAgain(minutes, -1))
  const how = /[*/?]/.test(job.frequency.split(' ')[1] ?? '') ? 'each time' : 'the first time only'
  return isTwice ? ` That night the clock of ${job.timezone} shows ${time} twice: the job is due ${how}.` : ''
}
