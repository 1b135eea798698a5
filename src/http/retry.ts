import pRetry from 'p-retry'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import { reachStep } from '../core/steps.ts'
import { Failure, type FailureKind, retryLine, toError } from './failure.ts'
import type { Gate } from './gate.ts'
import type { RetryPolicy } from './limits.ts'

/** Retry-After is obeyed at most this often for one request: an endless `Retry-After: 0` must end as well. */
export const maxObeyedWaits = 20

/** What one request has spent before the failure to decide about. */
export interface Tally {
  /** Attempts that count. */
  attempts: number
  /** Waits the provider asked for, which cost no attempt. */
  obeyedWaits: number
  obeyedMs: number
  previous: FailureKind | undefined
}

export type Decision =
  /** `everyone`: all requests to the provider wait, not just this one. `counts`: it costs an attempt. */
  | { kind: 'retry'; waitMs: number; everyone: boolean; counts: boolean }
  /** `retryAt`: only if throttled; no request should be sent before. */
  | { kind: 'give-up'; retryAt?: Date }

/**
 * Whether and when a failed request is made again. Pure: `random` is drawn by the caller, 0 to 1.
 *
 * Backoff has full jitter, so that many clients that failed together do not come back together. What the provider says
 * in Retry-After is taken as it is.
 */
export function decideRetry(failure: Failure, tally: Tally, policy: RetryPolicy, now: Date, random: number): Decision {
  const attempt = tally.attempts + 1
  const backoffMs = Math.min(policy.initialDelayMs * policy.backoffFactor ** (attempt - 1), policy.maxRetryAfterMs)
  const exhausted = attempt >= policy.maxAttempts
  switch (failure.kind) {
    case 'throttled': {
      const { retryAt } = failure.details
      if (retryAt) {
        const waitMs = Math.max(0, retryAt.getTime() - now.getTime())
        const patient = tally.obeyedWaits < maxObeyedWaits && tally.obeyedMs + waitMs <= policy.maxRetryAfterMs
        return patient ? { kind: 'retry', waitMs, everyone: true, counts: false } : { kind: 'give-up', retryAt }
      }
      if (exhausted) return { kind: 'give-up', retryAt: new Date(now.getTime() + backoffMs) }
      return { kind: 'retry', waitMs: Math.round(random * backoffMs), everyone: true, counts: true }
    }
    case 'unavailable':
    case 'block-page':
    case 'malformed':
      return exhausted
        ? { kind: 'give-up' }
        : { kind: 'retry', waitMs: Math.round(random * backoffMs), everyone: false, counts: true }
    case 'unasked-304':
      // Asked again without conditions at once; a 304 to that is the provider's fault.
      return tally.previous === 'unasked-304' ? { kind: 'give-up' } : { kind: 'retry', waitMs: 0, everyone: false, counts: false }
    case 'refused':
    case 'not-found':
    case 'rejected':
    case 'too-large':
      return { kind: 'give-up' }
  }
}

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
