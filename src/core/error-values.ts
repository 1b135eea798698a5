import {
  BugError,
  IngestError,
  NotFinalError,
  PayloadError,
  ProviderRefusesError,
  ProviderRejectedError,
  ProviderUnavailableError,
  RateLimitedError,
  RowError,
  StoreError,
} from './errors.ts'

/** An error as JSON, for another process that goes on with it. */
export interface ErrorValue {
  name: string
  message: string
  hint?: string | undefined
  /** Of a RateLimitedError. */
  retryAt?: string | undefined
  /** Of a ProviderRejectedError. */
  kind?: ProviderRejectedError['kind']
  status?: number | undefined
}

export function toErrorValue(error: Error): ErrorValue {
  const { name, message } = error
  return {
    ...{ name, message },
    ...(error instanceof IngestError ? { hint: error.hint } : {}),
    ...(error instanceof RateLimitedError ? { retryAt: error.retryAt?.toISOString() } : {}),
    ...(error instanceof ProviderRejectedError ? { kind: error.kind, status: error.status } : {}),
  }
}

type Simple = new (message: string, details: { hint?: string | undefined }) => IngestError

/** The error that a value is of: of the same class, so that it is decided about in the same way. */
export function fromErrorValue({ name, message, hint, retryAt, kind, status }: ErrorValue): IngestError {
  if (name === 'RateLimitedError')
    return new RateLimitedError(message, { hint, ...(retryAt ? { retryAt: new Date(retryAt) } : {}) })
  if (name === 'ProviderRejectedError' && kind)
    return new ProviderRejectedError(message, { hint, kind, ...(status === undefined ? {} : { status }) })
  const Class = simple.get(name) ?? BugError
  return new Class(message, { hint })
}

/** Those that are made of a message and its details alone. */
const simple = new Map<string, Simple>(
  [ProviderUnavailableError, ProviderRefusesError, PayloadError, NotFinalError, StoreError, RowError].map(Class => [
    Class.name,
    Class,
  ]),
)
