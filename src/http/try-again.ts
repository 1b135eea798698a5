import pRetry from 'p-retry'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import { reachStep } from '../core/steps.ts'
import { Failure, retryLine, toError } from './failure.ts'
import type { Gate } from './gate.ts'
import type { RetryPolicy } from './limits.ts'
import { decideRetry, type Tally } from './retry.ts'

export interface TryAgainOptions {
  provider: string
  /** `GET /path?query`, without secrets. */
  request: string
  policy: RetryPolicy
  gate: Gate
  clock: Clock
  log: Log
  random: () => number
  signal: AbortSignal
}

/**
 * Repeats `act` as `decideRetry` says, waiting on the clock. A Failure that is not repeated is thrown as an IngestError; anything else
 * that `act` throws is passed on.
 */
export function tryAgain<T>(act: () => Promise<T>, options: TryAgainOptions): Promise<T> {
  const { provider, request, policy, gate, clock, log, random, signal } = options
  const startedMs = clock.elapsedMs()
  const tally: Tally = { attempts: 0, obeyedWaits: 0, obeyedMs: 0, previous: undefined }
  const ways = new Set<string>()

  async function onFailedAttempt({ error, attemptNumber }: { error: Error; attemptNumber: number }): Promise<void> {
    if (!(error instanceof Failure)) throw error
    const now = clock.now()
    ways.add(error.did)
    const elapsedMs = clock.elapsedMs() - startedMs
    const story = { provider, request, tries: attemptNumber, alike: ways.size === 1, elapsedMs, now }
    const decision = decideRetry(error, tally, policy, now, random())
    if (decision.kind === 'give-up') {
      if (decision.retryAt) await gate.pauseUntil(decision.retryAt)
      throw toError(error, story, decision.retryAt)
    }

    const { waitMs, everyone, counts } = decision
    const retryAt = new Date(now.getTime() + waitMs)
    const { status } = error.details
    log.warn('http.retry', { status, attempt: attemptNumber, wait_ms: waitMs, message: retryLine(error, story, retryAt) })
    await reachStep('retry-wait')
    tally.previous = error.kind
    if (counts) tally.attempts++
    else if (error.kind === 'throttled') {
      tally.obeyedWaits++
      tally.obeyedMs += waitMs
    }
    // A pause is waited for at the gate, by this request like by all others.
    if (everyone) await gate.pauseUntil(retryAt)
    else if (waitMs > 0) await clock.sleep(waitMs, signal)
  }

  // onFailedAttempt decides and waits: p-retry knows neither the injected clock nor Retry-After.
  return pRetry(act, { retries: Number.POSITIVE_INFINITY, minTimeout: 0, signal, onFailedAttempt })
}
