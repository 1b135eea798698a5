/** Limits of the requests to one provider. */
export interface Limits {
  ratePerSecond: number
  /** Requests in flight at once; with a slow provider this limits the rate. */
  maxConcurrent: number
  connectTimeoutMs: number
  /** From the request to the first byte of the answer. */
  headersTimeoutMs: number
  /** Between two pieces of the body. */
  bodyTimeoutMs: number
  /** One request as a whole, without its waits for a turn. Not for files. */
  totalTimeoutMs: number
  /** On the wire, and again after decompression. Not for files. */
  maxBodyBytes: number
  /** The same for a file, without the time its consumer needs. */
  fileTimeoutMs: number
  /** The same for a file. */
  maxFileBytes: number
}

export const defaultLimits: Limits = {
  ratePerSecond: 2,
  maxConcurrent: 4,
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
  totalTimeoutMs: 30_000,
  maxBodyBytes: 64 * 1024 * 1024,
  fileTimeoutMs: 15 * 60_000,
  maxFileBytes: 2 * 1024 * 1024 * 1024,
}

/** How often, and after what delay, a failed request is made again. */
export interface RetryPolicy {
  /** The first one included. */
  maxAttempts: number
  initialDelayMs: number
  backoffFactor: number
  /** The longest that one request waits because of Retry-After, all waits together; beyond that it throws. */
  maxRetryAfterMs: number
}

export const defaultRetry: RetryPolicy = {
  maxAttempts: 5,
  initialDelayMs: 5_000,
  backoffFactor: 2,
  maxRetryAfterMs: 15 * 60_000,
}
