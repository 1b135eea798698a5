import type { ISql } from 'postgres'
import { UsageError } from '../core/errors.ts'
import { instantOf, wallClock } from '../core/zones.ts'
import { findOccurrence, findOccurrenceTime, type ToldOccurrence } from '../store/occurrences.ts'
import { findNextDueTime, listDueTimes } from './due-times.ts'
import type { FileJob } from './run-file-job.ts'

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
 * The due time of a job that a text names: `2026-11-01T06:00` on the job's clock, or an instant with its offset. Beside those of its frequency
 * there are the times of its first run, and of runs that somebody asked for.
 * @throws UsageError where the text is no time, or the job is not due then, naming the due times beside it
 */
export async function findDueTime(sql: ISql, job: FileJob, text: string): Promise<Date> {
  const said = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?\s*([Zz]|[+-]\d\d:?\d\d)?$/.exec(text.trim())
  const [, day, time, , offset] = said ?? []
  const at = offset ? new Date(text.trim()) : instantOf(day ?? '', time ?? '', job.timezone)
  if (Number.isNaN(at.getTime()))
    throw new UsageError(`"${text}" is no time.`, { hint: 'Name it such as 2026-11-01T06:00, or with Z or an offset.' })
  const span = { after: new Date(at.getTime() - beside), upTo: new Date(at.getTime() + beside) }
  const due = listDueTimes(job, span)
  const isMeant = (one: Date) =>
    offset ? one.getTime() === at.getTime() : wallClock(one, job.timezone, "yyyy-MM-dd'T'HH:mm") === `${day}T${time}`
  const found =
    due.find(isMeant) ?? (await findOccurrenceTime(sql, job.name, { from: at, to: new Date(at.getTime() + minuteMs) }))
  if (found) return found
  const near = [due.filter(one => one < at).at(-1), due.find(one => one > at) ?? findNextDueTime(job, at)]
  const times = near.flatMap(one => (one ? [onItsClock(one, job)] : [])).join(' and ')
  throw new UsageError(`${job.name} is not due at ${text}.`, {
    hint: `Its frequency is "${job.frequency}" in ${job.timezone}; it is due at ${times || 'no time near that'}.`,
  })
}

/** Why a job did or did not run at a due time. */
export async function explain(sql: ISql, job: FileJob, dueAt: Date, now: Date): Promise<Explanation> {
  const { occurrence, schedule } = await findOccurrence(sql, job.name, dueAt)
  const about = { job: job.name, dueAt, occurrence: occurrence ?? null }
  const name = `${job.name} ${occurrence || dueAt <= now ? 'was' : 'is'} due at ${onItsClock(dueAt, job)}`
  if (occurrence) return { ...about, status: occurrence.status, why: `${name}, ${wordsOf(occurrence, job)}` }
  if (dueAt > now) return { ...about, status: 'ahead', why: `${name}, which is still to come.` }
  if (schedule && dueAt <= schedule.firstSeenAt) {
    const seen = onItsClock(schedule.firstSeenAt, job)
    return { ...about, status: 'unknown', why: `${name}, before it was first seen in the settings, at ${seen}.` }
  }
  if (schedule && dueAt <= schedule.decidedUntil) {
    const why = `${name} by its frequency of now, "${job.frequency}"; then it had another one.`
    return { ...about, status: 'unknown', why }
  }
  const last = schedule
    ? `sports-ingest schedule run has last looked at it at ${onItsClock(schedule.decidedUntil, job)}`
    : 'sports-ingest schedule run has never looked at it'
  const remedy = 'Look whether cron runs on the host, and whether the crontab has the line that sports-ingest schedule run needs.'
  return { ...about, status: 'undecided', why: `${name}, and nothing has decided about it: ${last}. ${remedy}` }
}

function wordsOf(
  { status, reason, by, startedAt, finishedAt, host, pid, runs, failures, message }: ToldOccurrence,
  job: FileJob,
): string {
  const at = (instant: Date | null) => (instant ? onItsClock(instant, job) : 'an unknown time')
  const where = `on ${host} (pid ${pid})`
  const which = runs.map(run => ` See sports-ingest runs show ${run}.`).join('')
  const because = message ? ` ${message.replaceAll('\n', ' ')}` : ''
  switch (status) {
    case 'waiting':
      return 'and waits for its turn: the next sports-ingest schedule run starts it.'
    case 'running':
      return `and runs ${where} since ${at(startedAt)}.`
    case 'done':
      return `and ran ${where} from ${at(startedAt)} to ${at(finishedAt)}.${which}`
    case 'failed':
      return `and ran ${where} from ${at(startedAt)} to ${at(finishedAt)}, with ${failures === 1 ? '1 failure' : `${failures} failures`}.${because}${which}`
    case 'stopped':
      return `and was stopped ${where} at ${at(finishedAt)}, having run since ${at(startedAt)}.${which}`
    case 'lost':
      return `and was started ${where} at ${at(startedAt)}; the process died or was halted before it ended, which was noticed at ${at(finishedAt)}. What it had committed is kept; the next due time loads the rest.`
    case 'merged':
      return `when nothing looked; the run for ${at(by)} was for this due time as well.`
    case 'skipped':
      return skipWords(reason, at(by), job)
  }
}

function skipWords(reason: string | null, by: string, { name, missed, missedWindowMs }: FileJob): string {
  switch (reason) {
    case 'disabled':
      return `and the job is switched off. To switch it on, set jobs.${name}.enabled to true.`
    case 'overlap':
      return `and the job still ran then. To have it run afterwards, set jobs.${name}.overlap to queue.`
    case 'made-up':
      return `when nothing looked; the run for ${by} was made in its place, because jobs.${name}.missed is ${missed}.`
    case 'too-old':
      return `when nothing looked; it was longer ago than ${missedWindowMs / 3_600_000} hours, which is jobs.${name}.missed_window.`
    default:
      return `when nothing looked, and jobs.${name}.missed is ${missed}. To make up for such times, set it to once, merge or all.`
  }
}
