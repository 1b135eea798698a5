import type { App } from '../../app.ts'
import { BusyError } from '../../core/errors.ts'
import { dayOf } from '../../core/zones.ts'
import type { Receipt } from '../../pipeline/receipt.ts'
import { readRefreshedAt } from '../../store/heartbeats.ts'
import type { Lease } from '../../store/leases.ts'
import { beginHeldRun, newReceipt } from '../run-job.ts'
import { backoffMs } from './backoff.ts'
import { type Cycle, runCycle } from './cycle.ts'
import { type Incident, noteFailure, noteSuccess, retryAtOf } from './incident.ts'
import { type Mode, noTally, receiptOf, rowsOf } from './live-receipt.ts'
import { type LiveSport, openLive } from './live-sport.ts'
import { endSession, requestsOf, type Session, writeHeartbeat } from './session-record.ts'
import { whyOf } from './why.ts'

const justStarted = 'just started'

export interface LiveOptions {
  /** One cycle, and no waiting for who is at work. */
  once: boolean
  /** Datasets to load; all where empty. */
  only?: readonly string[]
  /** For the jitter; 0 to 1. */
  random?: () => number
}

/** What a cycle has come to, for who watches. */
export interface CycleNote {
  sport: LiveSport
  mode: Mode
  why: string
  until: Date | undefined
  nextPollAt: Date
  cycle: Cycle | undefined
  rows: number
  requests: number
  incident: Incident | undefined
}

export interface LiveListener {
  onCycle(note: CycleNote): void
  /** Another process is at it: who, since when. */
  onStandby(sport: LiveSport, message: string): void
  /** With `once`, what it has come to, also where another sport has failed. */
  onReceipt(receipt: Receipt): void
}

/** Works under the lease until told to stop, or for one cycle. @throws BusyError where the lease has gone to another */
export async function runSession(
  app: App,
  sport: LiveSport,
  lease: Lease,
  options: LiveOptions,
  listener: LiveListener,
): Promise<Receipt> {
  const { clock, database } = app
  const [startedAt, startedMs] = [clock.now(), clock.elapsedMs()]
  const counts = newReceipt({ job: 'live', sport, dryRun: false, nouns: [sport.events.noun] }, {}, startedAt, [])
  const about = { job: 'live', sport: sport.id, targetDate: dayOf(startedAt, sport.zone), watermarkBefore: undefined }
  const run = await beginHeldRun(app, [lease], { ...about, counts, at: startedAt })
  const updated = await database.run(sql => readRefreshedAt(sql, lease.name))
  // One from a rehearsal in the future says nothing.
  const updatedAt = updated && updated <= startedAt ? updated : undefined
  const open = openLive(app, sport, run, options.only ?? [])
  const now = { startedAt, startedMs, mode: 'update' as const, why: justStarted, nextPollAt: startedAt, incident: undefined }
  const memory = {
    tally: noTally(),
    triedAt: undefined,
    completeAt: undefined,
    updateFailed: false,
    wantsUpdate: false,
    afterFailure: options.once,
    windows: undefined,
    reported: new Set<string>(),
  }
  const session: Session = { ...now, ...memory, open, name: lease.name, updatedAt }
  app.log.info('job.start', { job: 'live', sport: sport.id })
  try {
    for (;;) {
      await cycle(session, options, listener)
      if (options.once) break
      await clock.sleep(session.nextPollAt.getTime() - clock.now().getTime(), app.signal)
    }
    await endSession(session, 'done')
    return receiptOf(session, app)
  } catch (error) {
    if (!app.signal.aborted && !(error instanceof BusyError)) session.tally.failures++
    await endSession(session, 'stopped', error as Error).catch(() => {})
    throw error
  } finally {
    await open.close()
  }
}

/** One cycle, and when the next is due. A failure is reported once and waited out; only a stop and a lost lease end the work. */
async function cycle(session: Session, { once, random = Math.random }: LiveOptions, { onCycle }: LiveListener): Promise<void> {
  const { app, sport } = session.open
  const startedAt = app.clock.now()
  const earlier = requestsOf(session)
  let done: Cycle | undefined
  try {
    done = await runCycle(session.open, session)
    if (once && done.trouble) session.tally.failures++
    noteDone(session, done, startedAt)
    await writeHeartbeat(session)
  } catch (error) {
    app.signal.throwIfAborted()
    if (once || error instanceof BusyError) throw error
    noteFailed(session, error as Error, random())
    await writeHeartbeat(session).catch(() => {})
  }
  const { mode, why, nextPollAt, incident } = session
  const [rows, requests] = [rowsOf(done?.poll), requestsOf(session) - earlier]
  app.log.info('live.cycle', {
    sport: sport.id,
    mode,
    games: done?.poll?.pairs.length,
    changed: done?.poll?.changed.length,
    rows,
    requests,
    next: nextPollAt.toISOString(),
    ...(done ? {} : { failed: true }),
  })
  onCycle({ sport, mode, why, until: done?.windows.until, nextPollAt, cycle: done, rows, requests, incident })
}

const intervalOf = ({ open }: Session, mode: Mode): number =>
  mode === 'live' ? open.app.config.live.liveIntervalMs : open.app.config.live.updateIntervalMs

/** Another process that is at the update is done by then, or gone. */
const elsewhereMs = 60_000

function noteDone(session: Session, { windows, poll, trouble, update }: Cycle, startedAt: Date): void {
  const { app, sport } = session.open
  const now = app.clock.now()
  const mode = windows.open ? 'live' : 'update'
  const why = whyOf(windows, poll, sport)
  if (mode !== session.mode || session.why === justStarted)
    app.log.info('live.mode', { sport: sport.id, mode, why, until: windows.until?.toISOString() })
  if (trouble) noteTrouble(session, trouble, now)
  else session.incident = noteSuccess(app.log, sport.id, session.incident, now)
  const interval = intervalOf(session, mode)
  const waitMs = update === 'elsewhere' ? Math.min(interval, elsewhereMs) : interval
  const next = new Date(Math.max(startedAt.getTime() + waitMs, now.getTime()))
  // Not later than the next game wants to be polled.
  const early = mode === 'update' && windows.opensAt && windows.opensAt < next
  Object.assign(session, { mode, why, nextPollAt: early ? windows.opensAt : next, afterFailure: false })
}

function noteFailed(session: Session, error: Error, random: number): void {
  const { windows, open } = session
  const now = open.app.clock.now()
  const { failures } = noteTrouble(session, error, now)
  if (windows) Object.assign(session, { mode: windows.open ? 'live' : 'update', why: whyOf(windows, undefined, open.sport) })
  const waitMs = backoffMs(failures, intervalOf(session, session.mode), random)
  const next = new Date(Math.max(now.getTime() + waitMs, retryAtOf(error)?.getTime() ?? 0))
  // Whoever gives the schedule may be away, and who tells of the games may not.
  const opensAt = windows?.open ? undefined : windows?.opensAt
  Object.assign(session, { nextPollAt: opensAt && opensAt > now && opensAt < next ? opensAt : next, afterFailure: true })
}

function noteTrouble(session: Session, error: Error, now: Date): Incident {
  const { app, sport } = session.open
  if (!session.incident) session.tally.incidents++
  session.incident = noteFailure(app.log, sport.id, session.incident, error, now)
  return session.incident
}
