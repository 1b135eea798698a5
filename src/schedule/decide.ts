import { type Frequency, listDueTimes } from './due-times.ts'

/** A job of the settings file, as far as it decides about its due times. */
export interface ScheduledJob extends Frequency {
  name: string
  enabled: boolean
  /** Which due times that passed while nothing ran are made up for: none, the latest, the latest for all of them, each. */
  missed: 'skip' | 'once' | 'merge' | 'all'
  /** Due times that are older are not made up for. */
  missedWindowMs: number
  /** What becomes of a due time while the job still runs. */
  overlap: 'skip' | 'queue'
}

/** Why a job did not run at a due time. */
export type SkipReason =
  /** The job is switched off. */
  | 'disabled'
  /** Nothing ran, and the job makes up for no missed time. */
  | 'missed'
  /** Nothing ran, and the job makes up for the latest missed time only. */
  | 'made-up'
  /** Nothing ran for longer than the window of missed times. */
  | 'too-old'
  /** The job still ran. */
  | 'overlap'

/** What becomes of a due time. */
export type Decision = { dueAt: Date } & (
  | { status: 'waiting' }
  | { status: 'skipped'; reason: SkipReason; by?: Date }
  | { status: 'merged'; by: Date }
)

export interface JobState {
  /** All due times up to then have been decided; undefined for a job that was never seen. */
  decidedUntil: Date | undefined
  /** It was started or is to be, at any time. */
  hasRun: boolean
  /** It runs now. */
  isBusy: boolean
  /** Due times that it is still to run for, oldest first. */
  waiting: readonly Date[]
}

/** How late a job without making up may begin: whoever calls the orchestrator does so every few minutes. */
const onTimeMs = 15 * 60_000

/**
 * What becomes of the due times since the last decision. A job that has never run is due at once. Due times before a job was first seen are
 * none of its own.
 * @returns in the order of time; each due time once
 */
export function decide(job: ScheduledJob, state: JobState, now: Date): Decision[] {
  const { decidedUntil, hasRun } = state
  if (!job.enabled) return dueTimes(job, decidedUntil, now).map(dueAt => ({ dueAt, status: 'skipped', reason: 'disabled' }))
  if (!hasRun) {
    const passed = dueTimes(job, decidedUntil, now).filter(dueAt => dueAt < now)
    return [...passed.map(since(now)), { dueAt: now, status: 'waiting' }]
  }
  return state.isBusy ? whileBusy(job, state, now) : whileFree(job, dueTimes(job, decidedUntil, now), now)
}

/** The ledger has no hole: of a job that is due each minute they are as many in four years. */
const mostDecided = 2_000_000

const dueTimes = (job: ScheduledJob, after: Date | undefined, now: Date): Date[] =>
  after && after < now ? listDueTimes(job, { after, upTo: now, most: mostDecided }) : []

const since =
  (by: Date) =>
  (dueAt: Date): Decision => ({ dueAt, status: 'merged', by })

function whileBusy(job: ScheduledJob, { decidedUntil, waiting }: JobState, now: Date): Decision[] {
  const due = dueTimes(job, decidedUntil, now)
  if (job.overlap === 'skip') return due.map(dueAt => ({ dueAt, status: 'skipped', reason: 'overlap' }))
  if (job.missed === 'all') return due.map(dueAt => ({ dueAt, status: 'waiting' }))
  const [next, ...others] = due
  const by = waiting[0] ?? next
  if (!next || !by) return []
  return [waiting[0] ? { dueAt: next, status: 'merged', by } : { dueAt: next, status: 'waiting' }, ...others.map(since(by))]
}

function whileFree(job: ScheduledJob, due: readonly Date[], now: Date): Decision[] {
  const oldest = new Date(now.getTime() - (job.missed === 'skip' ? onTimeMs : job.missedWindowMs))
  const reason = job.missed === 'skip' ? 'missed' : 'too-old'
  const past = due.filter(dueAt => dueAt < oldest).map((dueAt): Decision => ({ dueAt, status: 'skipped', reason }))
  const made = due.filter(dueAt => dueAt >= oldest)
  const last = made.at(-1)
  const madeUp = made.map((dueAt): Decision => {
    if (dueAt === last || job.missed === 'all' || !last) return { dueAt, status: 'waiting' }
    if (job.missed === 'merge') return { dueAt, status: 'merged', by: last }
    return { dueAt, status: 'skipped', reason: job.missed === 'skip' ? 'missed' : 'made-up', by: last }
  })
  return [...past, ...madeUp]
}
