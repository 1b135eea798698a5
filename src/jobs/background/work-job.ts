import type { App } from '../../app.ts'
import { inBatches } from '../../core/batches.ts'
import { BusyError, StoreError } from '../../core/errors.ts'
import { decideOutcome, type Outcome } from '../../core/outcome.ts'
import { reachStep } from '../../core/steps.ts'
import {
  type BegunJob,
  beginDue,
  beginJobs,
  checkHeld,
  endJobs,
  type Holder,
  type JobEnd,
  type JobResults,
} from '../../store/background-jobs.ts'
import type { JobKind } from './job-kind.ts'
import { createSlots } from './slots.ts'

/** What has become of a job, for who watches. */
export interface JobNote {
  job: BegunJob
  end: JobEnd
  ms: number
}

export interface WorkerOptions {
  /** How many jobs are worked at a time. */
  concurrency: number
  /** What it can do. */
  kinds: Readonly<Record<string, JobKind>>
}

export interface WorkerListener {
  onBegin(job: BegunJob): void
  onEnd(note: JobNote): void
}

/** Ends are written while the next jobs are worked; when so many are to be written, they are waited for. */
const mostUnwritten = 100

/** A job that somebody is about to commit more reasons for is begun when that is done: so often it is tried, before others have their turn. */
const [lockedTries, lockedMs] = [20, 25]

/** Until a job that an older worker cannot do is tried again: by a newer one, it may be. */
const unknownMs = 30_000

interface Held {
  job?: BegunJob
  lost: AbortController
}

/** At once, and without an attempt. */
const putBack = ({ message }: BegunJob): JobEnd => {
  return { message, results: {}, status: 'queued', error: null, afterMs: 0, counts: false }
}

export type JobWorker = ReturnType<typeof createJobWorker>

/** Works jobs in the name of a holder: begins them, does what their kind says, and writes what they have come to. */
export function createJobWorker(app: App, holder: Holder, { concurrency, kinds }: WorkerOptions, listener: WorkerListener) {
  const { database, clock, config, log } = app
  /** By their messages; also while they are begun. */
  const held = new Map<string, Held>()
  const unwritten = new Set<Promise<void>>()
  const slots = createSlots(concurrency, () => clock.elapsedMs())
  const begin = inBatches((messages: readonly string[]) => database.run(sql => beginJobs(sql, messages, holder)))
  const end = inBatches((ends: readonly JobEnd[]) => database.run(sql => endJobs(sql, ends, holder)))

  async function beginUnlocked(message: string): Promise<BegunJob | 'locked' | undefined> {
    for (let tries = 1; ; tries++) {
      const found = await begin(message)
      if (found !== 'locked' || tries === lockedTries) return found
      await new Promise(resolve => setTimeout(resolve, lockedMs))
    }
  }

  async function run(job: BegunJob, stopping: AbortSignal, lost: AbortSignal): Promise<JobEnd> {
    const { id, kind, message, retryCount } = job
    const signal = AbortSignal.any([stopping, lost])
    const about = log.with({ job: id, kind })
    const put = (afterMs: number, counts: boolean, why: string | null): JobEnd => {
      return { message, results, status: 'queued', error: why, afterMs, counts }
    }
    let results: JobResults = {}
    const work = kinds[kind]
    if (!work) {
      const reason = `This worker knows no job of the kind ${kind}. Update it, or cancel the job.`
      about.warn('job.unknown', { message: reason })
      return put(unknownMs, false, reason)
    }
    try {
      const check: Parameters<JobKind>[0]['check'] = tx => checkHeld(tx, id, message)
      results = await work({ app, job, signal, log: about, check })
      const failed = Object.entries(results).filter(([, { status }]) => status === 'failed')
      if (failed.length === 0) return { message, results, status: 'completed' }
      throw new StoreError(failed.map(([name, { error }]) => `${name}: ${error ?? 'failed'}`).join('; '))
    } catch (error) {
      if (signal.aborted) return put(0, false, null)
      const { maxAttempts, initialDelayMs, backoffFactor } = config.retry
      const outcome = decideOutcome(error, { attempt: retryCount + 1, maxAttempts })
      const said = (error as Error).message
      if (outcome.kind === 'retry') return put(initialDelayMs * backoffFactor ** retryCount, true, said)
      if (outcome.kind === 'snooze') {
        const until = outcome.until?.getTime() ?? clock.now().getTime() + initialDelayMs
        return put(Math.max(0, until - clock.now().getTime()), false, said)
      }
      return { message, results, status: 'failed', error: said }
    }
  }

  /** What cannot be written is taken back by whoever looks after this worker's jobs. */
  async function write({ id, message }: BegunJob, what: JobEnd, onKept = () => {}): Promise<void> {
    try {
      if (await end(what)) onKept()
      else log.warn('job.lost', { job: id, reason: 'It has gone to another worker, or was cancelled; nothing more was kept.' })
    } catch (error) {
      log.warn('job.unwritten', { job: id, reason: (error as Error).message })
    } finally {
      held.delete(message)
    }
  }

  /** In its slot. Returns how its end is written. */
  async function workBegun(job: BegunJob, stopping: AbortSignal, lost: AbortSignal): Promise<() => Promise<void>> {
    if (!(await slots.take(stopping))) return () => write(job, putBack(job))
    try {
      await reachStep('job-begun')
      listener.onBegin(job)
      const startedMs = clock.elapsedMs()
      const end = await run(job, stopping, lost)
      await reachStep('job-worked')
      const note = { job, end, ms: clock.elapsedMs() - startedMs }
      return () => write(job, end, () => listener.onEnd(note))
    } finally {
      slots.release()
    }
  }

  /** Returns while the end is being written: a worker that dies then has a job at work, of which the message may be gone. */
  async function workHeld(job: BegunJob, { lost }: Held, stopping: AbortSignal): Promise<void> {
    const writeEnd = await workBegun(job, stopping, lost.signal)
    const writing = writeEnd().finally(() => unwritten.delete(writing))
    unwritten.add(writing)
    if (unwritten.size > mostUnwritten) await writing
  }

  return {
    held,
    /** How many messages are wanted besides those that there are slots for. */
    ahead: slots.ahead,
    /** Works the job of a message, if it is still to be done. Never throws but for what has stopped it. */
    async work(message: string, stopping: AbortSignal): Promise<Outcome> {
      const own: Held = { lost: new AbortController() }
      held.set(message, own)
      const job = await beginUnlocked(message).catch((error: unknown) => {
        held.delete(message)
        throw error
      })
      if (job !== undefined && job !== 'locked') {
        own.job = job
        await workHeld(job, own, stopping)
        return { kind: 'done' }
      }
      held.delete(message)
      if (job === undefined) return { kind: 'done' }
      const error = new StoreError('The job is about to be asked for once more.')
      return { kind: 'snooze', until: new Date(clock.now().getTime() + 1_000), error }
    },
    /** Begins due jobs that no queue has, at most so many. Returns a promise for each: that it was worked. */
    async workDue(most: number, stopping: AbortSignal): Promise<Promise<void>[]> {
      const jobs = await database.run(sql => beginDue(sql, most, holder))
      return jobs.map(job => {
        const own: Held = { job, lost: new AbortController() }
        held.set(job.message, own)
        return workHeld(job, own, stopping)
      })
    },
    /** Resolves when the ends of what was worked are written. */
    async written(): Promise<void> {
      await Promise.all(unwritten)
    },
    /** Puts back what is still at work, without an attempt. */
    async putBack(): Promise<void> {
      const jobs = [...held.values()].flatMap(({ job }) => job ?? [])
      if (jobs.length === 0) return
      await database.run(sql => endJobs(sql, jobs.map(putBack), holder))
    },
    /** Others have these, or nobody. */
    lose(messages: readonly string[]): void {
      for (const message of messages)
        held.get(message)?.lost.abort(new BusyError('The job has gone to another worker, or was cancelled.'))
    },
  }
}
