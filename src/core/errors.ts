/**
 * Errors are classified by what happens next, not by where they came from. `retry`: with backoff. `snooze`: wait as long as the provider
 * says; not an attempt. `dead-letter`: record it and continue. `stop`: a person has to act.
 */
export type Recovery = 'retry' | 'snooze' | 'dead-letter' | 'stop'

export interface ErrorDetails {
  /** What the reader can do, as a sentence; printed behind the message. */
  hint?: string | undefined
  /** What the provider sent that could not be used, for the dead letter. */
  body?: string | undefined
  cause?: unknown
}

/** The message is one line: what happened, and to what. */
export abstract class IngestError extends Error {
  abstract readonly recovery: Recovery
  readonly hint: string | undefined
  readonly body: string | undefined

  constructor(message: string, { hint, body, cause }: ErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.hint = hint
    this.body = body
  }
}

/** The provider asks us to slow down (429, or 503 with Retry-After). */
export class RateLimitedError extends IngestError {
  readonly recovery = 'snooze'
  readonly retryAt: Date | undefined

  constructor(message: string, details: ErrorDetails & { retryAt?: Date } = {}) {
    super(message, details)
    this.retryAt = details.retryAt
  }
}

/** 5xx, reset, time-out, truncated body: it may work the next time. */
export class ProviderUnavailableError extends IngestError {
  readonly recovery = 'retry'
}

/** The provider answered, and the answer is no: the item is missing or this client is refused. */
export class ProviderRejectedError extends IngestError {
  readonly recovery = 'dead-letter'
  /** `refused`: 401, 403, a block page. `not-found`: 404, 410. `rejected`: any other 4xx. */
  readonly kind: 'refused' | 'not-found' | 'rejected'
  /** Of the answer; 200 of a block page. */
  readonly status: number | undefined

  constructor(message: string, details: ErrorDetails & { kind: 'refused' | 'not-found' | 'rejected'; status?: number }) {
    super(message, details)
    this.kind = details.kind
    this.status = details.status
  }
}

/** The provider refuses this client; nothing can be loaded from it now. */
export class ProviderRefusesError extends IngestError {
  readonly recovery = 'stop'
}

/** A message that repeats what was sent, of whatever length, is one line that can be read. */
const maxMessageLength = 1_000

const readable = (message: string): string =>
  message.length > maxMessageLength ? `${message.slice(0, maxMessageLength).toWellFormed()}…` : message

/** A payload that does not have the shape it should have. */
export class PayloadError extends IngestError {
  readonly recovery = 'dead-letter'

  constructor(message: string, details?: ErrorDetails) {
    super(readable(message), details)
  }
}

/** An event is listed as over, and its own file does not say so yet: it is asked for until it does. */
export class NotFinalError extends IngestError {
  readonly recovery = 'dead-letter'

  constructor(message: string, details?: ErrorDetails) {
    super(readable(message), details)
  }
}

/** The database failed: unreachable, shut down, full. */
export class StoreError extends IngestError {
  readonly recovery = 'retry'
}

/** The database does not take a row for what is in it: a value that is out of range, a constraint. */
export class RowError extends IngestError {
  readonly recovery = 'dead-letter'
}

/** Another instance holds the lease. */
export class BusyError extends IngestError {
  readonly recovery = 'stop'
}

/** A setting is wrong or missing. */
export class ConfigError extends IngestError {
  readonly recovery = 'stop'
}

/** A password or key is wrong or missing. */
export class CredentialsError extends IngestError {
  readonly recovery = 'stop'
}

/** A program or a statement of the user's own has failed; its next run may do better. */
export class OwnJobError extends IngestError {
  readonly recovery = 'dead-letter'
}

/** This host cannot do it, for want of a setting or an account; another one may. */
export class UnfitHostError extends IngestError {
  readonly recovery = 'snooze'
}

/** Invalid arguments: an unknown sport, a date that does not exist. */
export class UsageError extends IngestError {
  readonly recovery = 'stop'
}

/** Stopped by a signal; what was committed stays. */
export class StoppedError extends IngestError {
  readonly recovery = 'stop'
  readonly signal: 'SIGINT' | 'SIGTERM'

  constructor(signal: 'SIGINT' | 'SIGTERM', details: ErrorDetails = {}) {
    super(`Stopped by ${signal}.`, details)
    this.signal = signal
  }
}

/** A job has had all the time that the settings give it; what was committed stays. */
export class TimedOutError extends IngestError {
  readonly recovery = 'stop'

  constructor(job: string, timeoutMs: number) {
    super(`${job} was stopped: it had run for ${timeoutMs / 1000} s.`, {
      hint: `Its setting jobs.${job}.timeout allows no more.`,
    })
  }
}

/** A bug of this program. */
export class BugError extends IngestError {
  readonly recovery = 'dead-letter'
}
