import type { Log } from '../../core/log.ts'
import { beat } from '../../store/heartbeats.ts'
import type { Lease } from '../../store/leases.ts'
import { endRun, updateRun } from '../../store/runs.ts'
import { keptCounts, type LiveReceipt, type Mode } from './live-receipt.ts'
import type { OpenLive } from './live-sport.ts'
import type { Memory } from './turn.ts'

/** What a holder of the lease remembers. */
export interface Tenure extends Memory {
  open: OpenLive
  lease: Lease
  startedAt: Date
  startedMs: number
  mode: Mode
  why: string
  nextLookAt: Date
}

export const requestsOf = ({ open, tally }: Tenure): number => open.requests + tally.requests

/** Writes that it is there, and what it has done so far. */
export async function sign(tenure: Tenure, mode: Mode | 'stopped' = tenure.mode): Promise<void> {
  const { open, lease, tally, why, startedAt, nextLookAt, refreshedAt, incident } = tenure
  const { database, clock } = open.app
  const heartbeat = {
    name: lease.name,
    sport: open.sport.id,
    mode,
    why,
    startedAt,
    beatAt: clock.now(),
    nextLookAt: mode === 'stopped' ? null : nextLookAt,
    refreshedAt: refreshedAt ?? null,
    lastError: incident?.reason ?? null,
    incidentSince: incident?.since ?? null,
  }
  await database.transaction(async tx => {
    await lease.check(tx)
    await beat(tx, heartbeat)
    await updateRun(tx, open.run.id, { counts: keptCounts(tally, open.requests), failures: tally.failures })
  })
}

/** The receipt of who has lost the lease is the next holder's to close, and closed. */
export async function end(tenure: Tenure, status: 'done' | 'stopped', error?: Error): Promise<void> {
  const { open, tally } = tenure
  const { app, run } = open
  await sign(tenure, 'stopped')
  const ended = status === 'done' && tally.failures > 0 ? 'failed' : status
  const ending = {
    status: ended,
    counts: keptCounts(tally, open.requests),
    failures: tally.failures,
    watermarkAfter: undefined,
  } as const
  await app.database.transaction(tx =>
    endRun(tx, run.id, { ...ending, ...(error ? { error: error.message } : {}), at: app.clock.now() }),
  )
  logEnd(app.log, tenure, ended)
}

function logEnd(log: Log, { open, tally }: Tenure, status: string): void {
  const { looks, updates, moved, finals, failures, incidents } = tally
  log.info('job.end', { job: 'live', sport: open.sport.id, status, looks, updates, moved, finals, failures, incidents })
}

/** For who asked for one turn. */
export function receiptOf(tenure: Tenure): LiveReceipt {
  const { open, tally, mode, why, nextLookAt, startedAt, startedMs } = tenure
  const { counts, ...numbers } = tally
  return {
    job: 'live',
    sport: open.sport.id,
    run: open.run.id,
    status: tally.failures === 0 ? 'done' : 'failed',
    mode,
    why,
    ...counts,
    ...numbers,
    requests: requestsOf(tenure),
    nextLookAt,
    startedAt,
    durationMs: Math.round(open.app.clock.elapsedMs() - startedMs),
  }
}
