import { IngestError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { decideOutcome } from '../../core/outcome.ts'

/** Polls that fail one after the other: reported when it begins and when it is over. */
export interface Incident {
  since: Date
  /** Failed polls so far. */
  failures: number
  reason: string
}

/** Notes that a poll has failed; the first of a row is reported. */
export function noteFailure(log: Log, sport: string, before: Incident | undefined, error: Error, at: Date): Incident {
  const hint = error instanceof IngestError ? error.hint : undefined
  if (!before) log.warn('live.incident', { sport, reason: error.message, hint })
  else log.debug('live.incident', { sport, failures: before.failures + 1, reason: error.message })
  return { since: before?.since ?? at, failures: (before?.failures ?? 0) + 1, reason: error.message }
}

/** Notes that a poll has succeeded. */
export function noteSuccess(log: Log, sport: string, before: Incident | undefined, at: Date): undefined {
  if (!before) return
  log.info('live.recovered', { sport, failures: before.failures, after_ms: at.getTime() - before.since.getTime() })
}

/** When the provider wants to be asked again at the earliest, where it has said so. */
export function retryAtOf(error: Error): Date | undefined {
  const outcome = decideOutcome(error)
  return outcome.kind === 'snooze' ? outcome.until : undefined
}
