import type { Log } from '../../core/log.ts'
import { beat } from '../../store/heartbeats.ts'
import { endRun, updateRun } from '../../store/runs.ts'
import { idOf } from '../run-job.ts'
import type { Memory } from './cycle.ts'
import { type LiveState, type Mode, receiptOf } from './live-receipt.ts'

/** What a holder of the lease remembers. */
export interface Session extends Memory, LiveState {
  /** The lease's name. */
  name: string
}

export const requestsOf = ({ open, tally }: Session): number => open.requests + tally.requests

/** Writes that it is there, and what it has done so far. */
export async function writeHeartbeat(session: Session, mode: Mode | 'stopped' = session.mode): Promise<void> {
  const { open, name, why, startedAt, nextPollAt, updatedAt, incident } = session
  const { clock } = open.app
  const heartbeat = {
    ...{ name, sport: open.sport.id, mode, why, startedAt },
    beatAt: clock.now(),
    nextLookAt: mode === 'stopped' ? null : nextPollAt,
    refreshedAt: updatedAt ?? null,
    lastError: incident?.reason ?? null,
    incidentSince: incident?.since ?? null,
  }
  const receipt = receiptOf(session, open.app)
  await open.run.commit(async tx => {
    await beat(tx, heartbeat)
    await updateRun(tx, idOf(open.run), { counts: receipt, failures: receipt.failures })
  })
}

/** The receipt of who has lost the lease is the next holder's to close, and closed. */
export async function endSession(session: Session, status: 'done' | 'stopped', error?: Error): Promise<void> {
  const { open, tally } = session
  const { app, run } = open
  await writeHeartbeat(session, 'stopped')
  const ended = status === 'done' && tally.failures > 0 ? 'failed' : status
  const end = { status: ended, counts: receiptOf(session, app), failures: tally.failures, watermarkAfter: undefined } as const
  const why = error ? { error: error.message } : {}
  await run.commit(tx => endRun(tx, idOf(run), { ...end, ...why, at: app.clock.now() }))
  logEnd(app.log, session, ended)
}

function logEnd(log: Log, { open, tally }: Session, status: string): void {
  const { polls, updates, changed, finals, failures, incidents } = tally
  log.info('job.end', { job: 'live', sport: open.sport.id, status, polls, updates, changed, finals, failures, incidents })
}
