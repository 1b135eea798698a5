import { BugError, IngestError, RateLimitedError, StoreError } from './errors.ts'

/** What happens after a request, an item, a unit or a job has ended. */
export type Outcome =
  | { kind: 'done' }
  /** Repeat it, with backoff. */
  | { kind: 'retry'; error: IngestError }
  /** The provider asked us to wait; not an attempt. Undefined: it did not say how long. */
  | { kind: 'snooze'; until: Date | undefined; error: IngestError }
  /** Recorded with its reason; the rest continues. */
  | { kind: 'dead-letter'; error: IngestError }
  /** It concerns the run as a whole: a signal, a lost lease, a lost database, a wrong setting. */
  | { kind: 'stop'; error: unknown }

export interface Attempts {
  attempt: number
  maxAttempts: number
}

/** For callers below which all attempts were made already, by the HTTP client or the database's retries. */
const noneLeft: Attempts = { attempt: 1, maxAttempts: 1 }

/** Names of the reasons with which a signal aborts: somebody stopped the job, or `AbortSignal.timeout` did. */
const abortNames = ['AbortError', 'TimeoutError']

/**
 * Decides what happens next to a request, an item or a unit. `http/classify.ts` and `store/database-errors.ts` only turn answers and
 * server codes into error classes, `cli/exit-codes.ts` turns classes into exit codes.
 * @param error undefined where nothing went wrong
 */
export function decideOutcome(error: unknown, { attempt, maxAttempts }: Attempts = noneLeft): Outcome {
  if (error === undefined) return { kind: 'done' }
  if (!(error instanceof Error) || abortNames.includes(error.name)) return { kind: 'stop', error }
  if (!(error instanceof IngestError))
    return { kind: 'dead-letter', error: new BugError(`Unexpected: ${error.message}`, { cause: error }) }
  switch (error.recovery) {
    case 'snooze':
      return { kind: 'snooze', until: error instanceof RateLimitedError ? error.retryAt : undefined, error }
    case 'stop':
      return { kind: 'stop', error }
    case 'dead-letter':
      return { kind: 'dead-letter', error }
    case 'retry':
      if (attempt < maxAttempts) return { kind: 'retry', error }
      // A database that cannot be reached says nothing about the item, and the next one would fail like it.
      return error instanceof StoreError ? { kind: 'stop', error } : { kind: 'dead-letter', error }
  }
}

/** The event has a file, and is not over by that. */
export const notFinal = 'NotFinalError'

/** Error classes that pass by themselves: the item is tried until it loads, without a limit of attempts. */
export const transientErrors: readonly string[] = ['ProviderUnavailableError', 'RateLimitedError', notFinal]

/**
 * The error to record for an item whose attempts are over.
 * @throws what concerns the run as a whole, and a provider's request to wait: the other items would meet it, too
 */
export function toItemError(error: unknown): IngestError {
  const outcome = decideOutcome(error)
  if (outcome.kind === 'dead-letter') return outcome.error
  throw error
}
