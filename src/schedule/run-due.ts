import type { TransactionSql } from 'postgres'
import type { App } from '../app.ts'
import { BusyError } from '../core/errors.ts'
import { type Lease, takeLease } from '../store/leases.ts'
import {
  addOccurrences,
  endOccurrence,
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
import { type FileJob, type FileJobEnd, type FileJobOptions, reasonOf, runFileJob } from './run-file-job.ts'

/** A due time that this process ran a job for. */
export interface RanOccurrence extends Pick<Occurrence, 'job' | 'dueAt' | 'status' | 'runs' | 'failures' | 'message'> {
  startedAt: Date
  durationMs: number
}

export interface OrchestratorListener {
  onEnd(occurrence: RanOccurrence, end: FileJobEnd): void
}

/**
 * Decides what becomes of the due times of some jobs until now, and runs those that are due, one after the other. Any number of processes
 * may do so at the same time: each due time is decided once, and run by one of them.
 * @throws the signal's reason where somebody stopped the process
 */
export async function runDueJobs(
  app: App,
  jobs: readonly FileJob[],
  { forced, sandbox }: Pick<FileJobOptions, 'sandbox'> & { forced: boolean },
  listener: OrchestratorListener,
): Promise<RanOccurrence[]> {
  const ran: RanOccurrence[] = []
  for (const job of jobs) {
    app.signal.throwIfAborted()
    const lease = await tryLease(app, job, forced)
    const next = (isFirst = false) => decideDue(app, job, lease, forced && isFirst)
    try {
      for (let dueAt = await next(true); dueAt && lease && !app.signal.aborted; dueAt = await next()) {
        const { occurrence, end } = await runOccurrence(app, { job, dueAt, lease }, sandbox)
        ran.push(occurrence)
        listener.onEnd(occurrence, end)
      }
    } finally {
      await lease?.release()
    }
  }
  app.signal.throwIfAborted()
  return ran
}

/** Undefined where another process is at the job, unless somebody wants it run now. */
async function tryLease({ database, log }: App, job: FileJob, forced: boolean): Promise<Lease | undefined> {
  try {
    return await takeLease(database, jobLease(job.name), log)
  } catch (error) {
    if (error instanceof BusyError && !forced) return undefined
    throw error
  }
}

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
  return await database.transaction(async tx => {
    await lease?.check(tx)
    const now = clock.now()
    const schedule = await lockSchedule(tx, job.name)
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
  const { occurrence, end } = await runAt(app, job, dueAt, { dryRun: false, sandbox })
  await database.transaction(async tx => {
    await lease.check(tx)
    await endOccurrence(tx, occurrence, clock.now())
  })
  return { occurrence, end }
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
    const { occurrence, end } = await runAt(app, job, app.clock.now(), { dryRun: true, sandbox })
    ran.push(occurrence)
    listener.onEnd(occurrence, end)
    app.signal.throwIfAborted()
  }
  return ran
}

async function runAt(app: App, job: FileJob, dueAt: Date, options: FileJobOptions) {
  const [startedAt, startedMs] = [app.clock.now(), app.clock.elapsedMs()]
  const end = await runFileJob(app, job, options)
  const { failures, errors, receipts } = end
  const occurrence: RanOccurrence = {
    ...{ job: job.name, dueAt, failures, startedAt },
    status: app.signal.aborted ? 'stopped' : failures > 0 ? 'failed' : 'done',
    runs: receipts.flatMap(({ run }) => run ?? []),
    message: errors.length > 0 ? errors.map(reasonOf).join('\n') : null,
    durationMs: Math.round(app.clock.elapsedMs() - startedMs),
  }
  return { occurrence, end }
}
