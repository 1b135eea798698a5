import type { ISql } from 'postgres'
import type { App } from '../app.ts'
import type { Clock } from '../core/clock.ts'
import { checkClock } from '../core/clock-check.ts'
import { BugError, RowError, StoppedError } from '../core/errors.ts'
import { reachStep } from '../core/steps.ts'
import { dayOf } from '../core/zones.ts'
import { createProviderHealth } from '../pipeline/provider-health.ts'
import {
  addCounts,
  type Counts,
  logEnd,
  noCounts,
  noItems,
  noUnits,
  type Receipt,
  sumOf,
  type WatermarkState,
} from '../pipeline/receipt.ts'
import { createDryRun, createRun, type Run } from '../pipeline/run.ts'
import type { Sport } from '../pipeline/sport.ts'
import { countOpenDeadLetters } from '../store/dead-letters.ts'
import { type Lease, takeLease } from '../store/leases.ts'
import { beginRun, endRun } from '../store/runs.ts'
import { readWatermark, setBackWatermark, type WatermarkName } from '../store/watermarks.ts'
import { recomputeInline } from './background/recompute-inline.ts'
import { sendDueNotices } from './cache-invalidation.ts'
import type { About, Ending, Job, JobSpec } from './job.ts'
import { closeProviders, openProviders, requestsOf } from './providers.ts'
import { prune } from './retention/prune.ts'
import { type RunLog, withRunLog } from './run-log.ts'

/**
 * The skeleton of every job: takes the leases, plans, begins the run, does the work, ends the run with its receipt, and lets go.
 * @param plan reads under the leases what the job is about
 * @throws BusyError where another process holds a lease, and whatever the work throws, once the run has been ended as `stopped`
 */
export async function runJob<Plan extends About>(
  app: App,
  spec: JobSpec,
  plan: () => Promise<Plan>,
  work: (job: Job, plan: Plan) => Promise<Ending>,
): Promise<Receipt> {
  const { job: name, sport, dryRun, isAlone = false } = spec
  const workLogged = (runLog: RunLog) =>
    withLeases(app, dryRun ? [] : spec.leases, async leases => {
      const { clock, database, log, signal } = app
      const [startedAt, startedMs] = [clock.now(), clock.elapsedMs()]
      const planned = await plan()
      const { season, targetDate, since } = planned
      const receipt = newReceipt(spec, planned, startedAt, await readWatermarks(app, planned))
      log.info('job.start', { job: name, target_date: targetDate, season, sport: sport.id, ...(dryRun ? { dry_run: true } : {}) })
      // A wrong address in the configuration is found here, before there is a run.
      const providers = openProviders(app, sport.providers, { dryRun, signal, log })
      const watermarkBefore = soleWatermark(receipt)?.before ?? undefined
      const newRun = { job: name, sport: sport.id, season, targetDate, since, watermarkBefore, alone: isAlone, at: startedAt }
      const begin = async (tx: ISql) => {
        const id = await beginRun(tx, { ...newRun, counts: {} })
        if (planned.setBack) await setBackWatermark(tx, { ...planned.setBack, at: startedAt, by: { runId: id } })
        return id
      }
      const run = await beginHeldRun(app, leases, begin, dryRun)
      receipt.run = run.id
      runLog.begin(run.id)
      await reachStep('run-started')
      const today = dayOf(startedAt, sport.zone)
      const health = createProviderHealth(log.with({ sport: sport.id }))
      const job: Job = { app, sport, run, today, providers, health, receipt, requestsElsewhere: 0 }
      const complete = async ({ stillOpen, failures, waitsFor = null }: Ending, error?: Error) => {
        receipt.failures = failures ?? failuresOf(receipt, error)
        receipt.status = receipt.failures === 0 ? 'done' : 'failed'
        receipt.requests = requestsOf(providers) + job.requestsElsewhere
        receipt.durationMs = Math.round(clock.elapsedMs() - startedMs)
        const now = await readWatermarks(app, planned)
        receipt.watermarks = receipt.watermarks.map((state, i) => ({ ...state, after: now[i]?.after ?? null, waitsFor }))
        receipt.stillOpen = stillOpen ?? (await database.run(sql => countOpenDeadLetters(sql, sport.id)))
      }
      try {
        const ending = await work(job, planned).finally(() => closeProviders(providers))
        await complete(ending)
        await reachStep('before-receipt')
        await endHeldRun(job, receipt.status)
        logEnd(log, receipt)
        if (!dryRun) await tidyUp(app, sport)
        return receipt
      } catch (error) {
        // The database may be what failed, or the lease may be gone: then the next run marks this one as lost.
        await complete({}, error as Error).catch(() => {})
        await endHeldRun(job, 'stopped', error as Error).catch(() => {})
        logEnd(log, receipt, error as Error)
        throw error
      }
    })
  return await withRunLog(app, workLogged)
}

/**
 * Does some work while holding leases, taken in their order.
 * @throws BusyError where another process holds one
 */
async function withLeases<T>(app: App, names: readonly string[], work: (leases: readonly Lease[]) => Promise<T>): Promise<T> {
  const { database, log } = app
  const leases: Lease[] = []
  try {
    for (const name of names) leases.push(await takeLease(database, name, log))
    const newest = leases.at(-1)
    if (newest) compareClocks(app, newest)
    await reachStep('lease-taken')
    return await work(leases)
  } finally {
    for (const lease of leases.toReversed()) await lease.release()
  }
}

/**
 * Tells where the host's clock and the database's differ by minutes; a clock that is given for a rehearsal may differ as it will.
 * @throws ConfigError where they differ by hours
 */
export function compareClocks({ clock, log }: Pick<App, 'clock' | 'log'>, { takenAt }: Pick<Lease, 'takenAt'>): void {
  const message = clock.isOwn ? checkClock(clock.now(), takenAt) : undefined
  if (message && !toldOf.has(clock)) log.warn('clock.differs', { reason: message })
  if (message) toldOf.add(clock)
}

/** Once in a process is enough, which may take many leases. */
const toldOf = new WeakSet<Clock>()

/** Begins the run of who holds the leases, if it still does: whoever has them now is at work, and not lost. */
export async function beginHeldRun(
  { database }: App,
  leases: readonly Lease[],
  begin: (tx: ISql) => Promise<number>,
  dryRun = false,
): Promise<Run> {
  if (dryRun) return createDryRun(database)
  // A run of its own transaction: its number is what the others go by.
  const id = await createRun(database, 0, leases).commit(begin)
  return createRun(database, id, leases)
}

/**
 * Writes a receipt; without its findings, and what its failures say, if the database does not take it with them. They would fail whatever
 * is written of the run from then on, its end included.
 */
export async function writeReceipt(receipt: Receipt, write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if (!(error instanceof RowError)) throw error
    const { findings, failed } = receipt
    // Not in the database's words, which may repeat what it has refused.
    const { code } = error.cause as { code?: string }
    const message = `${findings.length} findings and ${failed.length} failures could not be stored: the database refused them (${code}).`
    Object.assign(receipt, { findings: [{ item: '', check: 'not-stored', message }], failed: [] })
    await write()
  }
}

/** Without a look at the lease: a run that has lost it still says of itself what it did, and why it ended. */
async function endHeldRun({ run, receipt, app }: Job, status: Receipt['status'] | 'stopped', error?: Error): Promise<void> {
  const { id } = run
  if (id === null) return
  const watermarkAfter = soleWatermark(receipt)?.after ?? undefined
  const end = { status, counts: receipt, failures: receipt.failures, watermarkAfter, at: app.clock.now() }
  await writeReceipt(receipt, () =>
    app.database.transaction(tx => endRun(tx, id, { ...end, ...(error ? { error: error.message } : {}) })),
  )
}

/** A row of `ingest_runs` has room for one. */
const soleWatermark = ({ watermarks }: Receipt): WatermarkState | undefined =>
  watermarks.length === 1 ? watermarks[0] : undefined

async function readWatermarks({ database }: App, { watermarks }: About): Promise<WatermarkState[]> {
  return await database.run(async sql => {
    const read = async (name: WatermarkName) => {
      const value = (await readWatermark(sql, name)) ?? null
      return { ...name, before: value, after: value, waitsFor: null }
    }
    return await Promise.all(watermarks.map(read))
  })
}

export const newReceipt = (
  { job, sport, dryRun, nouns }: Pick<JobSpec, 'job' | 'sport' | 'dryRun' | 'nouns'>,
  { season, targetDate }: Omit<About, 'watermarks'>,
  startedAt: Date,
  watermarks: WatermarkState[],
): Receipt => ({
  job,
  sport: sport.id,
  run: null,
  status: 'done',
  dryRun,
  season: season ?? null,
  targetDate: targetDate ?? null,
  from: null,
  to: null,
  units: noUnits(),
  ...noCounts(),
  items: nouns.map(noItems),
  failures: 0,
  failed: [],
  requests: 0,
  watermarks,
  stillOpen: 0,
  startedAt,
  durationMs: 0,
})

/** Adds what a unit has written. */
export function addToReceipt(receipt: Receipt, counts: Counts): void {
  Object.assign(receipt, addCounts(receipt, counts))
}

/** Dead items, failed units, and those that were not begun, unless somebody told it to stop. */
function failuresOf({ items, units }: Receipt, error?: Error): number {
  const pending = error instanceof StoppedError ? 0 : units.pending
  const failures = sumOf(items, 'dead') + units.failed + pending
  return error && !(error instanceof StoppedError) ? Math.max(1, failures) : failures
}

/** The run is done and told; caches that do not listen, statistics that fail, and old rows that stay a day longer, do not change that. */
async function tidyUp(app: App, sport: Sport): Promise<void> {
  const { log } = app
  await sendDueNotices(app, sport.id).catch((error: Error) =>
    log.warn('notices.unsent', { sport: sport.id, reason: error.message }),
  )
  await recomputeInline(app, sport.id)
  await prune(app)
}

/** @throws BugError for a dry run */
export function idOf({ id }: Run): number {
  if (id === null) throw new BugError('A dry run has no number.')
  return id
}
