import type { App } from '../../app.ts'
import { hasPassed } from '../../core/clock.ts'
import { BusyError, IngestError, StoreError } from '../../core/errors.ts'
import { decideOutcome } from '../../core/outcome.ts'
import { reachStep } from '../../core/steps.ts'
import { type LiveCounts, type Receipt, rowsWritten } from '../../pipeline/receipt.ts'
import { liveLease } from '../../pipeline/watermark-names.ts'
import { type Lease, type LeaseTimes, takeLease } from '../../store/leases.ts'
import { closeProviders, openProviders } from '../providers.ts'
import { compareClocks } from '../run-job.ts'
import { type RunLog, withRunLog } from '../run-log.ts'
import { backoffMs } from './backoff.ts'
import { type Cycle, runCycle } from './cycle.ts'
import type { LiveSport } from './live-sport.ts'
import { allRequestsOf, endSession, justStarted, type LiveOptions, openSession, type Session, writeHeartbeat } from './session.ts'
import { whyOf } from './why.ts'

/** What a cycle has come to, for who watches. */
export interface CycleNote extends Pick<LiveCounts, 'mode' | 'why' | 'nextPollAt'> {
  sport: LiveSport
  until: Date | undefined
  cycle: Cycle | undefined
  rows: number
  requests: number
  incident: Session['incident']
}

export interface LiveListener {
  onCycle(note: CycleNote): void
  /** Another process is at it: who, since when. */
  onStandby(sport: LiveSport, message: string): void
  /** With `once`, what it has come to, also where another sport has failed. */
  onReceipt(receipt: Receipt): void
}

/** Another host is at work within 15 s: 10 until the lease of a halted one is over, 3 until somebody asks. */
const liveTimes: LeaseTimes = { lifetimeS: 10, renewalMs: 3_000 }
const standbyMs = 3_000

/**
 * Follows one sport: alone, under its lease, until told to stop. Where another process is at it, it stands by and takes over when
 * that one is gone; and does so again when its own lease has gone to another.
 * @returns with `once` only
 */
export async function followSport(app: App, sport: LiveSport, options: LiveOptions, listener: LiveListener): Promise<Receipt> {
  // A wrong setting stays wrong: it ends the work before anything is waited for.
  await closeProviders(openProviders(app, sport.providers, { dryRun: true, signal: app.signal, log: app.log }))
  for (;;) {
    const lease = await waitForLease(app, sport, options, listener)
    try {
      await reachStep('lease-taken')
      compareClocks(app, lease)
      return await withRunLog(app, runLog => runSession(app, sport, { lease, runLog, options, listener }))
    } catch (error) {
      app.signal.throwIfAborted()
      if (options.once) throw error
      app.log.warn('live.stand-down', { sport: sport.id, reason: (error as Error).message })
      await app.clock.sleep(standbyMs, app.signal)
    } finally {
      await lease.release()
    }
  }
}

async function waitForLease(app: App, sport: LiveSport, { once }: LiveOptions, { onStandby }: LiveListener): Promise<Lease> {
  const told = new Set<string>()
  for (;;) {
    try {
      return await takeLease(app.database, liveLease(sport.id), app.log, liveTimes)
    } catch (error) {
      app.signal.throwIfAborted()
      if (once || !(error instanceof BusyError || error instanceof StoreError)) throw error
      if (!told.has(error.name)) {
        app.log.info('live.standby', { sport: sport.id, reason: error.message })
        onStandby(sport, error.message)
      }
      told.add(error.name)
      await app.clock.sleep(standbyMs, app.signal)
    }
  }
}

/** Works under the lease until told to stop, or for one cycle. @throws BusyError where the lease has gone to another */
async function runSession(
  app: App,
  sport: LiveSport,
  { lease, runLog, options, listener }: { lease: Lease; runLog: RunLog; options: LiveOptions; listener: LiveListener },
): Promise<Receipt> {
  const session = await openSession(app, sport, lease, options)
  const { receipt, providers, run } = session
  runLog.begin(run.id)
  app.log.info('job.start', { job: 'live', sport: sport.id })
  try {
    for (;;) {
      const wakeAtMs = await cycle(session, options, listener)
      if (options.once) break
      await app.clock.sleep(wakeAtMs - app.clock.elapsedMs(), app.signal)
    }
    await endSession(session, 'done')
    return receipt
  } catch (error) {
    if (!app.signal.aborted && !(error instanceof BusyError)) receipt.failures++
    await endSession(session, 'stopped', error as Error).catch(() => {})
    throw error
  } finally {
    await closeProviders(providers)
  }
}

/**
 * One cycle. A failure is reported once and waited out; only a stop and a lost lease end the work.
 * @returns when the next is due, as `elapsedMs`: a clock that is set meanwhile does not move it
 */
async function cycle(session: Session, { once, random = Math.random }: LiveOptions, { onCycle }: LiveListener): Promise<number> {
  const { app, sport, receipt } = session
  const startedAt = app.clock.now()
  const earlier = allRequestsOf(session)
  let done: Cycle | undefined
  try {
    done = await runCycle(session)
    if (once && done.trouble) receipt.failures++
    noteDone(session, done, startedAt)
    await writeHeartbeat(session)
  } catch (error) {
    app.signal.throwIfAborted()
    if (once || error instanceof BusyError) throw error
    noteFailed(session, error as Error, random())
    await writeHeartbeat(session).catch(() => {})
  }
  const { mode, why, nextPollAt } = receipt.live
  const rows = done?.poll ? rowsWritten(done.poll.counts.rows) : 0
  const requests = allRequestsOf(session) - earlier
  logCycle(session, done, { rows, requests })
  const { incident } = session
  const wakeAtMs = app.clock.elapsedMs() + nextPollAt.getTime() - app.clock.now().getTime()
  onCycle({ sport, mode, why, until: done?.windows.until, nextPollAt, cycle: done, rows, requests, incident })
  return wakeAtMs
}

/** So often the log says how far it is while games are polled. What changes (modes, incidents, findings, what updates load) has its own lines. */
const stateEveryMs = 3_600_000

/** Sums up the cycles since the last line, at most once an hour; each of them is a line with LOG_LEVEL=debug. */
function logCycle(session: Session, done: Cycle | undefined, { rows, requests }: { rows: number; requests: number }): void {
  const { app, sport, receipt, cycles } = session
  const { mode, nextPollAt } = receipt.live
  const [games, changed] = [done?.poll?.pairs.length, done?.poll?.changed.length]
  const fields = { sport: sport.id, mode, games }
  app.log.debug('live.poll', {
    ...fields,
    changed,
    rows,
    requests,
    next: nextPollAt.toISOString(),
    failed: done ? undefined : true,
  })
  const sums = {
    cycles: (cycles?.cycles ?? 0) + 1,
    changed: (cycles?.changed ?? 0) + (changed ?? 0),
    rows: (cycles?.rows ?? 0) + rows,
    requests: (cycles?.requests ?? 0) + requests,
  }
  const isDue = !cycles || hasPassed(app.clock, cycles.saidAt, stateEveryMs)
  // Without a poll there is nothing to tell.
  if (isDue && (!cycles || done?.poll || sums.rows > 0)) {
    app.log.info('live.cycle', { ...fields, ...sums, next: nextPollAt.toISOString(), failed: done ? undefined : true })
    session.cycles = { saidAt: app.clock.now(), cycles: 0, changed: 0, rows: 0, requests: 0 }
  } else if (cycles) session.cycles = { ...sums, saidAt: cycles.saidAt }
}

const intervalOf = ({ app }: Session, mode: LiveCounts['mode']): number =>
  mode === 'live' ? app.config.live.liveIntervalMs : app.config.live.updateIntervalMs

/** Another process that is at the update is done by then, or gone. */
const elsewhereMs = 60_000

function noteDone(session: Session, { windows, poll, trouble, update }: Cycle, startedAt: Date): void {
  const { app, sport, receipt } = session
  const { live } = receipt
  const now = app.clock.now()
  const mode = windows.open ? 'live' : 'update'
  const why = whyOf(windows, poll, sport)
  if (mode !== live.mode || live.why === justStarted)
    app.log.info('live.mode', { sport: sport.id, mode, why, until: windows.until?.toISOString() })
  if (trouble) noteTrouble(session, trouble, now)
  else noteSuccess(session, now)
  const interval = intervalOf(session, mode)
  const waitMs = update === 'elsewhere' ? Math.min(interval, elsewhereMs) : interval
  // A clock that was set back meanwhile does not make the wait longer.
  const fromMs = Math.min(startedAt.getTime(), now.getTime())
  const next = new Date(Math.max(fromMs + waitMs, now.getTime()))
  // Not later than the next game wants to be polled.
  const early = mode === 'update' && windows.opensAt && windows.opensAt < next
  Object.assign(live, { mode, why, nextPollAt: early ? windows.opensAt : next })
  session.afterFailure = false
}

function noteFailed(session: Session, error: Error, random: number): void {
  const { app, sport, windows, receipt } = session
  const { live } = receipt
  const now = app.clock.now()
  const failures = noteTrouble(session, error, now)
  if (windows) Object.assign(live, { mode: windows.open ? 'live' : 'update', why: whyOf(windows, undefined, sport) })
  const outcome = decideOutcome(error)
  // The provider may have said when it wants to be asked again at the earliest.
  const retryAt = outcome.kind === 'snooze' ? outcome.until : undefined
  const waitMs = backoffMs(failures, intervalOf(session, live.mode), random)
  const next = new Date(Math.max(now.getTime() + waitMs, retryAt?.getTime() ?? 0))
  // Whoever gives the schedule may be away, and who tells of the games may not.
  const opensAt = windows?.open ? undefined : windows?.opensAt
  live.nextPollAt = opensAt && opensAt > now && opensAt < next ? opensAt : next
  session.afterFailure = true
}

/** Notes that a poll has failed; the first of a row is reported. @returns how many have failed by now */
function noteTrouble(session: Session, error: Error, now: Date): number {
  const { app, sport, receipt, incident } = session
  const failures = (incident?.failures ?? 0) + 1
  const reason = error.message
  if (incident) {
    app.log.debug('live.incident', { sport: sport.id, failures, reason })
  } else {
    receipt.live.incidents++
    app.log.warn('live.incident', { sport: sport.id, reason, hint: error instanceof IngestError ? error.hint : undefined })
  }
  session.incident = { since: incident?.since ?? now, failures, reason }
  return failures
}

/** Notes that a poll has succeeded. */
function noteSuccess(session: Session, now: Date): void {
  const { app, sport, incident } = session
  session.incident = undefined
  if (!incident) return
  const { failures, since } = incident
  app.log.info('live.recovered', { sport: sport.id, failures, after_ms: now.getTime() - since.getTime() })
}
