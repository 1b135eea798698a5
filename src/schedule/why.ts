import type { ISql } from 'postgres'
import { zone } from '../core/config/kinds.ts'
import { addDays, type Day, parseDay } from '../core/days.ts'
import { UsageError } from '../core/errors.ts'
import { instantOf, startOfDay, wallClock } from '../core/zones.ts'
import { findOccurrence, listOccurrenceTimes, type ToldOccurrence } from '../store/occurrences.ts'
import { clockWords, skippedBefore } from './clock-words.ts'
import { findNextDueTime, listDueTimes } from './due-times.ts'
import { type FileJob, splitLastLines } from './file-job.ts'

/** What became of a due time of a job. */
export interface Explanation {
  job: string
  dueAt: Date
  /** That of its occurrence; `ahead`, or `undecided` where nothing has decided about it. */
  status: ToldOccurrence['status'] | 'ahead' | 'undecided' | 'unknown'
  occurrence: ToldOccurrence | null
  /** In words, with the remedy where there is one. */
  why: string
}

const minuteMs = 60_000

/** So far around a time that is no due time others are looked for. */
const beside = 40 * 60 * minuteMs

/** An instant as the job's clock shows it: `2026-11-01 06:00 America/New_York`. */
export const onItsClock = (instant: Date, { timezone }: Pick<FileJob, 'timezone'>): string =>
  `${wallClock(instant, timezone, 'yyyy-MM-dd HH:mm')} ${timezone}`

/**
 * The due time of a job that a text names: `2026-11-01T06:00` on the job's clock, with a zone as the answers have it, or with an offset; or the
 * day alone where the job is due once on it. Beside those of its frequency there are the times of its first run, and of runs that somebody
 * asked for.
 * @throws UsageError where the text is no time, or the job is not due then, naming the due times beside it
 */
export async function findDueTime(sql: ISql, job: FileJob, text: string): Promise<Date> {
  const { day, time, at, isExact } = readTime(text, job)
  if (time === undefined) return await theOneOf(sql, job, day)
  const span = { after: new Date(at.getTime() - beside), upTo: new Date(at.getTime() + beside) }
  const due = listDueTimes(job, span)
  const isMeant = (one: Date) =>
    isExact ? one.getTime() === at.getTime() : wallClock(one, job.timezone, "yyyy-MM-dd'T'HH:mm") === `${day}T${time}`
  // A time that the clock skips that night is due at the first minute behind the gap.
  const isSkipped = !isExact && wallClock(at, job.timezone, "yyyy-MM-dd'T'HH:mm") !== `${day}T${time}`
  // Before the frequency: its first run may have been in that minute.
  const [noted] = await listOccurrenceTimes(sql, job.name, { from: at, to: new Date(at.getTime() + minuteMs) })
  const found =
    (isSkipped ? undefined : noted) ?? due.find(isMeant) ?? (isSkipped ? due.find(one => skippedBefore(one, job)) : undefined)
  if (found) return found
  const near = [due.filter(one => one < at).at(-1), due.find(one => one > at) ?? findNextDueTime(job, at)]
  const times = near.flatMap(one => (one ? [onItsClock(one, job)] : [])).join(' and ')
  throw new UsageError(`${job.name} is not due at ${text}.`, {
    hint: `Its frequency is "${job.frequency}" in ${job.timezone}; it is due at ${times || 'no time near that'}.`,
  })
}

/** Behind it years have five digits. */
const lastDay = '9999-12-31'

const timeForm =
  /^(\d{4}-\d\d-\d\d)(?:[Tt ]+(\d\d:\d\d)(:\d\d(?:\.\d+)?)?\s*(?:([Zz])|([+-]\d\d)(?::?(\d\d))?|([A-Za-z][\w/+-]*))?)?$/

/** @throws UsageError */
function readTime(text: string, { timezone }: FileJob): { day: Day; time: string | undefined; at: Date; isExact: boolean } {
  const [, day = '', time, seconds = ':00', utc, hours, minutes = '00', name] = timeForm.exec(text.trim()) ?? []
  const named = name === undefined ? { value: timezone } : zone.check(name, '')
  const isExact = utc !== undefined || hours !== undefined
  const at = isExact
    ? new Date(`${day}T${time}${seconds}${utc ? 'Z' : `${hours}:${minutes}`}`)
    : instantOf(day, time ?? '00:00', 'value' in named ? named.value : timezone)
  if (parseDay(day) && day < lastDay && !Number.isNaN(at.getTime()) && 'value' in named)
    return { day, time, at, isExact: isExact || (name !== undefined && named.value !== timezone) }
  throw new UsageError(`"${text}" is no time.`, { hint: 'Name it such as 2026-11-01T06:00, or with Z or an offset.' })
}

/** The due time on a day of the job's clock. @throws UsageError where there is none, or are several */
async function theOneOf(sql: ISql, job: FileJob, day: Day): Promise<Date> {
  const [from, to] = [day, addDays(day, 1)].map(one => startOfDay(one, job.timezone)) as [Date, Date]
  const due = listDueTimes(job, { after: new Date(from.getTime() - 1), upTo: new Date(to.getTime() - 1) })
  const noted = await listOccurrenceTimes(sql, job.name, { from, to })
  const byMinute = new Map([...due, ...noted].map(at => [Math.floor(at.getTime() / minuteMs), at]))
  const [first, ...others] = [...byMinute.values()].sort((a, b) => a.getTime() - b.getTime())
  if (first && others.length === 0) return first
  if (!first) {
    const next = findNextDueTime(job, from)
    const hint = next ? `It is due next at ${onItsClock(next, job)}.` : `Its frequency is "${job.frequency}" in ${job.timezone}.`
    throw new UsageError(`${job.name} is not due on ${day}.`, { hint })
  }
  const times = [first, ...others].map(at => wallClock(at, job.timezone, 'HH:mm'))
  const which = times.length > mostTold ? `from ${times[0]} to ${times.at(-1)}` : `at ${times.join(', ')}`
  throw new UsageError(`${job.name} is due ${times.length} times on ${day}, ${which}.`, {
    hint: `Name one of them, such as ${day}T${times[0]}.`,
  })
}

/** As many times are named one by one. */
const mostTold = 6

/**
 * Why a job did or did not run at a due time.
 * @param keptMs how long is kept what became of one (`retention.runs`)
 * @param isFormer the settings do not have the job any more
 */
export async function explain(
  sql: ISql,
  job: FileJob,
  dueAt: Date,
  { now, keptMs, isFormer = false }: { now: Date; keptMs: number; isFormer?: boolean },
): Promise<Explanation> {
  const { occurrence, schedule } = await findOccurrence(sql, job.name, dueAt)
  const about = { job: job.name, dueAt, occurrence: occurrence ?? null }
  const name = `${job.name} ${occurrence || dueAt <= now ? 'was' : 'is'} due at ${onItsClock(dueAt, job)}`
  const clock = clockWords(dueAt, job)
  const former = isFormer ? ' The settings do not have this job any more.' : ''
  if (occurrence) return { ...about, status: occurrence.status, why: `${name}, ${wordsOf(occurrence, job)}${clock}${former}` }
  if (isFormer) return { ...about, status: 'unknown', why: `${name} by the frequency that it had.${former}` }
  if (dueAt > now) return { ...about, status: 'ahead', why: `${name}, which is still to come.${clock}` }
  if (schedule && dueAt <= schedule.firstSeenAt) {
    const seen = onItsClock(schedule.firstSeenAt, job)
    return { ...about, status: 'unknown', why: `${name}, before it was first seen in the settings, at ${seen}.` }
  }
  if (schedule && dueAt <= schedule.decidedUntil && dueAt.getTime() < now.getTime() - keptMs) {
    const days = Math.round(keptMs / (2.4 * 60 * minuteMs)) / 10
    const why = `${name}. What becomes of due times is kept for ${days} days, which is retention.runs.`
    return { ...about, status: 'unknown', why }
  }
  if (schedule && dueAt <= schedule.decidedUntil) {
    const why = `${name} by its frequency of now, "${job.frequency}"; then it had another one.`
    return { ...about, status: 'unknown', why }
  }
  const last = schedule
    ? `sports-ingest schedule run has last looked at it at ${onItsClock(schedule.decidedUntil, job)}`
    : 'sports-ingest schedule run has never looked at it'
  const remedy =
    'Look whether cron runs on the host; sports-ingest schedule crontab --install puts the line that it needs into the crontab.'
  return { ...about, status: 'undecided', why: `${name}, and nothing has been done about it: ${last}. ${remedy}` }
}

function wordsOf(
  { status, reason, by, startedAt, finishedAt, host, pid, runs, failures, message }: ToldOccurrence,
  job: FileJob,
): string {
  const at = (instant: Date | null) => (instant ? onItsClock(instant, job) : 'an unknown time')
  const where = `on ${host} (pid ${pid})`
  // What it was told with may say so already.
  const which = runs
    .filter(run => !message?.includes(`sports-ingest runs show ${run} `))
    .map(run => ` See sports-ingest runs show ${run}.`)
    .join('')
  const { words, lines } = splitLastLines(message)
  const because = words ? ` ${words.replaceAll('\n', ' ')}` : ''
  const last = lines.length > 0 ? ['', 'Its last lines:', ...lines].join('\n  ') : ''
  switch (status) {
    case 'waiting':
      return job.enabled
        ? 'and waits for its turn: the next sports-ingest schedule run starts it.'
        : `and waits, because the job was switched off before its turn. Once jobs.${job.name}.enabled is true, the next sports-ingest schedule run starts it.`
    case 'running':
      return `and runs ${where} since ${at(startedAt)}.`
    case 'done':
      return `and ran ${where} from ${at(startedAt)} to ${at(finishedAt)}.${because}${which}${last}`
    case 'failed':
      return `and ran ${where} from ${at(startedAt)} to ${at(finishedAt)}, with ${failures === 1 ? '1 failure' : `${failures} failures`}.${because}${which}${last}`
    case 'stopped':
      return `and was stopped ${where} at ${at(finishedAt)}, having run since ${at(startedAt)}.${which}${last}`
    case 'lost':
      return `and was started ${where} at ${at(startedAt)}; the process died or was halted before it ended, which was noticed at ${at(finishedAt)}. ${lostWords(job)}${which}`
    case 'merged':
      return `when nothing looked; the run for ${at(by)} was for this due time as well.`
    case 'skipped':
      return skipWords(reason, at(by), job)
  }
}

function lostWords({ run }: FileJob): string {
  if (run === 'exec') return 'Its program was stopped, and its watermark did not move.'
  if (run === 'sql') return 'Nothing of its statements was committed.'
  if (run === 'stats') return 'What it had queued or computed is kept; the next due time computes the rest.'
  return 'What it had committed is kept; the next due time loads the rest.'
}

function skipWords(reason: string | null, by: string, { name, missed, missedWindowMs }: FileJob): string {
  switch (reason) {
    case 'disabled':
      return `and did not run, because the job was switched off. To switch it on, set jobs.${name}.enabled to true.`
    case 'overlap':
      return `and was skipped, because the run before had not ended. To have such a due time run afterwards, set jobs.${name}.overlap to queue.`
    case 'made-up':
      return `when nothing looked; the run for ${by} was made in its place, because jobs.${name}.missed is ${missed}.`
    case 'too-old':
      return `when nothing looked; it was longer ago than ${missedWindowMs / 3_600_000} hours, which is jobs.${name}.missed_window.`
    default:
      return `when nothing looked, and jobs.${name}.missed is ${missed}. To make up for such times, set it to once, merge or all.`
  }
}
