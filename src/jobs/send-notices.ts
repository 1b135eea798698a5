import type { App } from '../app.ts'
import { StoreError } from '../core/errors.ts'
import type { LogFields } from '../core/log.ts'
import { NotAcceptedError } from '../http/post.ts'
import {
  giveUpNotices,
  longestPauseMs,
  markSent,
  type Notice,
  postponeNotices,
  type Queue,
  takeDueNotices,
} from '../store/outbox.ts'

const firstPauseMs = 30_000
/** A message that its receiver has refused so often as such is given up, so that those behind it arrive. */
const mostRefusals = 5

/** Who receives the notices of a queue, and how. */
export interface Receiver {
  queue: Queue
  /** So many are sent in one go. */
  atOnce: number
  /** Longer than `send` takes: where this process dies in it, another one sends the same after that. */
  takenMs: number
  /** @throws where they were not received, with the reason */
  send(notices: readonly Notice[]): Promise<void>
  /** For the log. */
  fields: LogFields
}

/**
 * Sends what is due of a queue, in one go; at least once, since the answer may be lost. What could not be sent is tried again later, which is
 * reported the first time; not before a Retry-After. A receiver that does not answer stops nothing.
 * @returns whether there may be more to send now
 */
export async function sendNotices(
  { clock, database, log, signal }: Pick<App, 'clock' | 'database' | 'log' | 'signal'>,
  { queue, atOnce, takenMs, send, fields }: Receiver,
): Promise<boolean> {
  const at = clock.now()
  const due = await takeDueNotices(database, queue, { at, limit: atOnce, untilMs: takenMs })
  const [first] = due
  if (!first) return false
  const ids = due.map(({ id }) => id)
  try {
    await send(due)
    await database.run(sql => markSent(sql, { ids, at }))
    log.debug('notices.sent', { ...fields, notices: ids.length })
    return due.length === atOnce
  } catch (error) {
    if (error instanceof StoreError) throw error
    const { message: reason, cause } = error as Error
    const answer = [error, cause].find(one => one instanceof NotAcceptedError)
    if (answer?.isAboutText && atOnce === 1 && first.attempts + 1 >= mostRefusals) {
      await database.run(sql => giveUpNotices(sql, { ids, reason }))
      log.warn('notices.given-up', { ...fields, reason, attempts: first.attempts + 1 })
      return true
    }
    const wantedMs = Math.max(firstPauseMs * 2 ** first.attempts, answer?.waitMs ?? 0)
    const pauseMs = signal.aborted ? 0 : Math.min(wantedMs, longestPauseMs)
    await database.run(sql => postponeNotices(sql, { ids, reason, dueAt: new Date(at.getTime() + pauseMs) }))
    signal.throwIfAborted()
    log[first.attempts === 0 ? 'warn' : 'debug']('notices.unsent', { ...fields, reason })
    return false
  }
}
