import type { ISql } from 'postgres'
import type { App } from '../../app.ts'
import { BusyError } from '../../core/errors.ts'
import { dayOf } from '../../core/zones.ts'
import { createProviderHealth } from '../../pipeline/provider-health.ts'
import type { LiveCounts, Receipt } from '../../pipeline/receipt.ts'
import { beat, readRefreshedAt } from '../../store/heartbeats.ts'
import type { Lease } from '../../store/leases.ts'
import { beginRun, endRun, updateRun } from '../../store/runs.ts'
import type { Job } from '../job.ts'
import { closeProviders, openProviders, requestsOf } from '../providers.ts'
import { beginHeldRun, idOf, newReceipt, writeReceipt } from '../run-job.ts'
import type { GameWindows } from './game-windows.ts'
import type { LiveSport } from './live-sport.ts'

/** Following one sport, from taking the lease to letting it go: what it works with, and what is known from one cycle to the next. */
export interface Session extends Omit<Job, 'today'> {
  sport: LiveSport
  /** Its units are polls and updates, its failures games in the dead letters and what an update could not load. */
  receipt: Receipt & { live: LiveCounts }
  /** The lease's name. */
  name: string
  /** Datasets to load; all where empty. */
  only: readonly string[]
  startedMs: number
  /** Requests of updates; those of polls are counted where they are made. */
  updateRequests: number
  /** When the schedule was last updated, here or elsewhere, and when it was last tried. */
  updatedAt: Date | undefined
  triedAt?: Date
  /** When all there is was asked for, not only what changes often. */
  completeAt?: Date
  /** The last one did not load all it should; the next one need not say so again. */
  updateFailed: boolean
  /** The live feed knows more than the schedule that is stored. */
  wantsUpdate: boolean
  /** The cycle before has failed, or there was none and will be no other. */
  afterFailure: boolean
  /** Polls that fail one after the other, since when and how many: reported when it begins and when it is over. */
  incident?: { since: Date; failures: number; reason: string } | undefined
  /** The cycles since the log said how far it is. */
  cycles?: { saidAt: Date; cycles: number; changed: number; rows: number; requests: number }
  /** As they were at the last cycle. */
  windows?: GameWindows
  /** Games of which a provisional dataset could not be had at the last poll. */
  failing: Set<string>
  /** Findings that were reported. */
  reported: Set<string>
}

export interface LiveOptions {
  /** One cycle, and no waiting for who is at work. */
  once: boolean
  /** Datasets to load; all where empty. */
  only?: readonly string[]
  /** For the jitter; 0 to 1. */
  random?: () => number
}

export const justStarted = 'just started'

/** Begins a run under the lease. Whoever opened it closes its providers. */
export async function openSession(app: App, sport: LiveSport, lease: Lease, { only = [], once }: LiveOptions): Promise<Session> {
  const { clock, database, signal, log } = app
  const [startedAt, startedMs] = [clock.now(), clock.elapsedMs()]
  const receipt = newReceipt({ job: 'live', sport, dryRun: false, nouns: [sport.events.noun] }, {}, startedAt, [])
  const about = { job: 'live', sport: sport.id, targetDate: dayOf(startedAt, sport.zone), watermarkBefore: undefined }
  const { live, providers: declarations } = sport
  const others = declarations.filter(({ id }) => id !== live.provider.id && live.datasets.some(({ provider }) => provider === id))
  const updated = await database.run(sql => readRefreshedAt(sql, lease.name))
  // What may fail comes before there is a run: nobody would end it.
  const providers = openProviders(app, [live.provider, ...others], { dryRun: false, signal, log, share: 'live' })
  const begin = (tx: ISql) => beginRun(tx, { ...about, counts: receipt, at: startedAt })
  const run = await beginHeldRun(app, [lease], begin).catch(async (error: Error) => {
    await closeProviders(providers)
    throw error
  })
  const numbers = { polls: 0, updates: 0, changed: 0, finals: 0, incidents: 0 }
  return {
    ...{ app, sport, run, providers, name: lease.name, only, startedMs },
    health: createProviderHealth(log.with({ sport: sport.id })),
    receipt: { ...receipt, run: run.id, live: { mode: 'update', why: justStarted, nextPollAt: startedAt, ...numbers } },
    updateRequests: 0,
    // One from a rehearsal in the future says nothing.
    updatedAt: updated && updated <= startedAt ? updated : undefined,
    updateFailed: false,
    wantsUpdate: false,
    afterFailure: once,
    failing: new Set(),
    requestsElsewhere: 0,
    reported: new Set(),
  }
}

/** Requests made so far, of polls and of updates. */
export const allRequestsOf = ({ providers, updateRequests }: Session): number => requestsOf(providers) + updateRequests

/** Writes that it is there, and what it has done so far. */
export async function writeHeartbeat(session: Session, stopped?: 'stopped'): Promise<void> {
  const { app, sport, run, name, receipt, startedMs, updatedAt, incident } = session
  const { mode, why, nextPollAt } = receipt.live
  const heartbeat = {
    ...{ name, sport: sport.id, mode: stopped ?? mode, why, startedAt: receipt.startedAt },
    beatAt: app.clock.now(),
    nextLookAt: stopped ? null : nextPollAt,
    refreshedAt: updatedAt ?? null,
    lastError: incident?.reason ?? null,
    incidentSince: incident?.since ?? null,
  }
  const done = receipt.live.polls + receipt.live.updates
  Object.assign(receipt, {
    status: receipt.failures === 0 ? 'done' : 'failed',
    units: { ...receipt.units, planned: done, done },
    requests: allRequestsOf(session),
    durationMs: Math.round(app.clock.elapsedMs() - startedMs),
  })
  await writeReceipt(receipt, () =>
    run.commit(async tx => {
      await beat(tx, heartbeat)
      await updateRun(tx, idOf(run), { counts: receipt, failures: receipt.failures })
    }),
  )
}

/** The receipt of who has lost the lease is the next holder's to close, and closed. */
export async function endSession(session: Session, status: 'done' | 'stopped', error?: Error): Promise<void> {
  const { app, sport, run, receipt } = session
  // A heartbeat that is not taken must not leave the run `running`.
  const unwritten = await writeHeartbeat(session, 'stopped').catch((reason: Error) => reason)
  if (unwritten instanceof BusyError) throw unwritten
  const { failures } = receipt
  const ended = status === 'done' && failures > 0 ? 'failed' : status
  const end = { status: ended, counts: receipt, failures, watermarkAfter: undefined } as const
  const why = error ? { error: error.message } : {}
  await writeReceipt(receipt, () => run.commit(tx => endRun(tx, idOf(run), { ...end, ...why, at: app.clock.now() })))
  const { polls, updates, changed, finals, incidents } = receipt.live
  app.log.info('job.end', { job: 'live', sport: sport.id, status: ended, polls, updates, changed, finals, failures, incidents })
}
