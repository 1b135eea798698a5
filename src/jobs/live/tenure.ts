import type { App } from '../../app.ts'
import { BusyError } from '../../core/errors.ts'
import { dayOf } from '../../core/zones.ts'
import { readRefreshedAt } from '../../store/heartbeats.ts'
import type { Lease } from '../../store/leases.ts'
import { beginHeldRun } from '../sport-run.ts'
import { backoffMs } from './backoff.ts'
import { type Incident, noteFailure, noteSuccess, retryAtOf } from './incident.ts'
import { type LiveReceipt, type Mode, noTally, rowsOf } from './live-receipt.ts'
import { type LiveSport, openLive } from './live-sport.ts'
import { end, receiptOf, requestsOf, sign, type Tenure } from './tenure-record.ts'
import { type Turn, takeTurn } from './turn.ts'
import { whyOf } from './why.ts'

const justStarted = 'just started'

export interface LiveOptions {
  /** One turn, and no waiting for who is at work. */
  once: boolean
  /** For the jitter; 0 to 1. */
  random?: () => number
}

/** What a turn has come to, for who watches. */
export interface TurnNote {
  sport: LiveSport
  mode: Mode
  why: string
  until: Date | undefined
  nextLookAt: Date
  turn: Turn | undefined
  rows: number
  requests: number
  incident: Incident | undefined
}

export interface LiveListener {
  onTurn(note: TurnNote): void
  /** Another process is at it: who, since when. */
  onStandby(sport: LiveSport, message: string): void
  /** With `once`, what it has come to, also where another sport has failed. */
  onReceipt(receipt: LiveReceipt): void
}

/** Works under the lease until told to stop, or for one turn. @throws BusyError where the lease has gone to another */
export async function serve(
  app: App,
  sport: LiveSport,
  lease: Lease,
  options: LiveOptions,
  listener: LiveListener,
): Promise<LiveReceipt> {
  const { clock, database } = app
  const [startedAt, startedMs] = [clock.now(), clock.elapsedMs()]
  const begin = {
    job: 'live',
    sport: sport.id,
    targetDate: dayOf(startedAt, sport.zone),
    watermarkBefore: undefined,
    at: startedAt,
  }
  const run = await beginHeldRun(app, lease, begin)
  if (!run) throw new BusyError(`Lost the lease ${lease.name}.`)
  const refreshed = await database.run(sql => readRefreshedAt(sql, lease.name))
  // One from a rehearsal in the future says nothing.
  const refreshedAt = refreshed && refreshed <= startedAt ? refreshed : undefined
  const open = openLive(app, sport, run)
  const now = { startedAt, startedMs, mode: 'update' as const, why: justStarted, nextLookAt: startedAt, incident: undefined }
  const memory = {
    tally: noTally(),
    triedAt: undefined,
    wholeAt: undefined,
    updateFailed: false,
    wantsUpdate: false,
    afterFailure: options.once,
    windows: undefined,
    told: new Set<string>(),
  }
  const tenure: Tenure = { ...now, ...memory, open, lease, refreshedAt }
  app.log.info('job.start', { job: 'live', sport: sport.id })
  try {
    for (;;) {
      await turn(tenure, options, listener)
      if (options.once) break
      await clock.sleep(tenure.nextLookAt.getTime() - clock.now().getTime(), app.signal)
    }
    await end(tenure, 'done')
    return receiptOf(tenure)
  } catch (error) {
    if (!app.signal.aborted && !(error instanceof BusyError)) tenure.tally.failures++
    await end(tenure, 'stopped', error as Error).catch(() => {})
    throw error
  } finally {
    await open.close()
  }
}

/** One turn, and when the next is due. A failure is told once and waited out; only a stop and a lost lease end the work. */
async function turn(tenure: Tenure, { once, random = Math.random }: LiveOptions, { onTurn }: LiveListener): Promise<void> {
  const { app, sport } = tenure.open
  const startedAt = app.clock.now()
  const earlier = requestsOf(tenure)
  let done: Turn | undefined
  try {
    done = await takeTurn(tenure.open, tenure)
    if (once && done.trouble) tenure.tally.failures++
    noteDone(tenure, done, startedAt)
    await sign(tenure)
  } catch (error) {
    app.signal.throwIfAborted()
    if (once || error instanceof BusyError) throw error
    noteFailed(tenure, error as Error, random())
    await sign(tenure).catch(() => {})
  }
  const { mode, why, nextLookAt, incident } = tenure
  const [rows, requests] = [rowsOf(done?.look), requestsOf(tenure) - earlier]
  app.log.info('live.cycle', {
    sport: sport.id,
    mode,
    games: done?.look?.pairs.length,
    moved: done?.look?.moved.length,
    rows,
    requests,
    next: nextLookAt.toISOString(),
    ...(done ? {} : { failed: true }),
  })
  onTurn({ sport, mode, why, until: done?.windows.until, nextLookAt, turn: done, rows, requests, incident })
}

const intervalOf = ({ open }: Tenure, mode: Mode): number =>
  mode === 'live' ? open.app.config.live.liveIntervalMs : open.app.config.live.updateIntervalMs

/** Another process that is at the update is done by then, or gone. */
const elsewhereMs = 60_000

function noteDone(tenure: Tenure, { windows, look, trouble, update }: Turn, startedAt: Date): void {
  const { app, sport } = tenure.open
  const now = app.clock.now()
  const mode = windows.open ? 'live' : 'update'
  const why = whyOf(windows, look, sport.zone)
  if (mode !== tenure.mode || tenure.why === justStarted)
    app.log.info('live.mode', { sport: sport.id, mode, why, until: windows.until?.toISOString() })
  if (trouble) noteTrouble(tenure, trouble, now)
  else tenure.incident = noteSuccess(app.log, sport.id, tenure.incident, now)
  const interval = intervalOf(tenure, mode)
  const waitMs = update === 'elsewhere' ? Math.min(interval, elsewhereMs) : interval
  const next = new Date(Math.max(startedAt.getTime() + waitMs, now.getTime()))
  // Not later than the next game wants to be looked at.
  const early = mode === 'update' && windows.opensAt && windows.opensAt < next
  Object.assign(tenure, { mode, why, nextLookAt: early ? windows.opensAt : next, afterFailure: false })
}

function noteFailed(tenure: Tenure, error: Error, random: number): void {
  const { windows, open } = tenure
  const now = open.app.clock.now()
  const { failures } = noteTrouble(tenure, error, now)
  if (windows) Object.assign(tenure, { mode: windows.open ? 'live' : 'update', why: whyOf(windows, undefined, open.sport.zone) })
  const waitMs = backoffMs(failures, intervalOf(tenure, tenure.mode), random)
  const next = new Date(Math.max(now.getTime() + waitMs, retryAtOf(error)?.getTime() ?? 0))
  // Whoever gives the schedule may be away, and who tells of the games may not.
  const opensAt = windows?.open ? undefined : windows?.opensAt
  Object.assign(tenure, { nextLookAt: opensAt && opensAt > now && opensAt < next ? opensAt : next, afterFailure: true })
}

function noteTrouble(tenure: Tenure, error: Error, now: Date): Incident {
  const { app, sport } = tenure.open
  if (!tenure.incident) tenure.tally.incidents++
  tenure.incident = noteFailure(app.log, sport.id, tenure.incident, error, now)
  return tenure.incident
}
