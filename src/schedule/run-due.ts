import type { TransactionSql } from 'postgres'
import type { App } from '../app.ts'
import { BusyError } from '../core/errors.ts'
import { type Lease, takeLease } from '../store/leases.ts'
import {
  addOccurrences,
  endOccurrence,
  findStarted,
  jobLease,
  keepSchedule,
  lockSchedule,
  loseRunning,
  type Occurrence,
  readJobToken,
  readOpenOccurrences,
  startOldest,
} from '../store/occurrences.ts'
import { decide } from './decide.ts'
import { type FileJob, type FileJobEnd, type FileJobOptions, type HeldJob, reasonOf } from './file-job.ts'
import { runFileJob } from './run-file-job.ts'

/** A due time that this process ran a job for. */
export interface RanOccurrence extends Pick<Occurrence, 'job' | 'dueAt' | 'status' | 'runs' | 'failures' | 'message'> {
  startedAt: Date
  durationMs: number
}

export interface OrchestratorListener {
  onStart?(job: FileJob): void
  onEnd(occurrence: RanOccurrence, end: FileJobEnd): void
}

/**
 * Decides what becomes of the due times of some jobs until now, and runs those that are due, one after the other. Any number of processes
 * may do so at the same time: each due time is decided once, and run by one of them. The jobs take turns, so that one with many due times to
 * make up for does not keep the others waiting until it has run for all of them.
 * @throws the signal's reason where somebody stopped the process, BusyError where a job that is wanted now is at work elsewhere
 */
export async function runDueJobs(
  app: App,
  jobs: readonly FileJob[],
  { forced, sandbox }: Pick<FileJobOptions, 'sandbox'> & { forced: boolean },
  listener: OrchestratorListener,
): Promise<RanOccurrence[]> {
  const ran: RanOccurrence[] = []
  let busy: BusyError | undefined
  let isForced = forced
  for (let left = jobs; left.length > 0; isForced = false) {
    const again: FileJob[] = []
    for (const job of left) {
      app.signal.throwIfAborted()
      const lease = await tryLease(app, job).catch(error => {
        if (!(error instanceof BusyError)) throw error
        // The others have their turn before that is told.
        if (isForced) busy ??= error
        return undefined
      })
      if (forced && !lease) continue
      try {
        const dueAt = await decideDue(app, job, lease, isForced)
        if (!dueAt || !lease) continue
        listener.onStart?.(job)
        const { occurrence, end } = await runOccurrence(app, { job, dueAt, lease }, sandbox)
        ran.push(occurrence)
        listener.onEnd(occurrence, end)
        again.push(job)
      } catch (error) {
        // Halted for longer than a lease lasts, this process was taken to be dead: the job is another's, and the next ones are not.
        if (!(error instanceof BusyError)) throw error
        app.log.warn('job.lost', { job: job.name, reason: error.message })
        if (isForced) busy ??= error
      } finally {
        await lease?.release()
      }
    }
    left = again
  }
  app.signal.throwIfAborted()
  if (busy) throw busy
  return ran
}

/** @throws BusyError where another process is at the job */
const tryLease = ({ database, log }: App, job: FileJob): Promise<Lease> => takeLease(database, jobLease(job.name), log)

/**
 * Writes what becomes of each due time until now, and starts the oldest that waits where the caller holds the lease.
 * @returns the due time that is to be run now
 */
async function decideDue(
  { database, clock }: App,
  job: FileJob,
  lease: Lease | undefined,
  forced: boolean,
): Promise<Date | undefined> {
  let isRepeated = false
  return await database.transaction(async tx => {
    await lease?.check(tx)
    const now = clock.now()
    const schedule = await lockSchedule(tx, job.name)
    // The attempt before may have been committed, and only its answer was lost.
    const started = isRepeated && lease ? await findStarted(tx, job.name, lease) : undefined
    isRepeated = true
    if (started) return started
    if (lease) await loseRunning(tx, job.name, now)
    const { running, waiting, hasRun } = await readOpenOccurrences(tx, job.name)
    if (!lease && !(await isRunning(tx, job.name, running))) return undefined
    const { decidedUntil } = schedule ?? {}
    const state = { decidedUntil, hasRun, isBusy: lease === undefined, waiting }
    const decided = decide(job, state, now)
    const isToRun = decided.some(({ status }) => status === 'waiting')
    await addOccurrences(
      tx,
      job.name,
      [...decided, ...(forced && !isToRun ? [{ dueAt: now, status: 'waiting' as const }] : [])],
      now,
    )
    const { name, frequency, timezone } = job
    await keepSchedule(tx, { job: name, frequency, timezone, decidedUntil: now, firstSeenAt: schedule?.firstSeenAt ?? now })
    return lease && (job.enabled || forced) ? await startOldest(tx, job.name, lease, now) : undefined
  })
}

/**
 * Whether the job runs under the lease that another process holds. Where it does not, that process has yet to decide, or has just ended: what
 * is due is left to it.
 */
async function isRunning(tx: TransactionSql, job: string, running: readonly Pick<Occurrence, 'token'>[]): Promise<boolean> {
  const token = await readJobToken(tx, job)
  return running.some(occurrence => occurrence.token === token)
}

interface Started {
  job: FileJob
  dueAt: Date
  lease: Lease
}

async function runOccurrence(
  app: App,
  { job, dueAt, lease }: Started,
  sandbox: boolean,
): Promise<{ occurrence: RanOccurrence; end: FileJobEnd }> {
  const { clock, database } = app
  const times = startTimes(app)
  const ranAs = (end: FileJobEnd) => toOccurrence(app, job, dueAt, times, end)
  const held: HeldJob = {
    lease,
    dueAt,
    finish: async (tx, end) => {
      await lease.check(tx)
      await endOccurrence(tx, ranAs(end), clock.now())
    },
  }
  const end = await runFileJob(app, job, { sandbox, held })
  if (!end.isWritten) await database.transaction(tx => held.finish(tx, end))
  return { occurrence: ranAs(end), end }
}

/** Runs each job that is not switched off, without writing anything, and without a look at due times. */
export async function testJobs(
  app: App,
  jobs: readonly FileJob[],
  { sandbox }: Pick<FileJobOptions, 'sandbox'>,
  listener: OrchestratorListener,
): Promise<RanOccurrence[]> {
  const ran: RanOccurrence[] = []
  for (const job of jobs.filter(({ enabled }) => enabled)) {
    const [dueAt, times] = [app.clock.now(), startTimes(app)]
    const end = await runFileJob(app, job, { sandbox })
    const occurrence = toOccurrence(app, job, dueAt, times, end)
    ran.push(occurrence)
    listener.onEnd(occurrence, end)
    app.signal.throwIfAborted()
  }
  return ran
}

const startTimes = ({ clock }: App) => ({ startedAt: clock.now(), startedMs: clock.elapsedMs() })

function toOccurrence(
  { clock, signal }: App,
  { name }: FileJob,
  dueAt: Date,
  { startedAt, startedMs }: ReturnType<typeof startTimes>,
  { failures, errors, receipts, message, status }: FileJobEnd,
): RanOccurrence {
  return {
    ...{ job: name, dueAt, failures, startedAt },
    status: status ?? (signal.aborted ? 'stopped' : failures > 0 ? 'failed' : 'done'),
    runs: receipts.flatMap(({ run }) => run ?? []),
    message: message ?? (errors.length > 0 ? errors.map(reasonOf).join('\n') : null),
    durationMs: Math.round(clock.elapsedMs() - startedMs),
  }
}
