import type { Answer } from './answer.ts'
import { type AskingOptions, createAsking } from './asking.ts'
import { type Download, type DownloadOptions, type DownloadResult, download } from './download.ts'
import { type GetOptions, get } from './get.ts'
import { defaultLimits, defaultRetry, type Limits, type RetryPolicy } from './limits.ts'
import type { PayloadCache } from './payload-cache.ts'

export interface HttpClientOptions extends AskingOptions {
  limits?: Partial<Limits>
  retry?: Partial<RetryPolicy>
  /** Earlier answers; with it, `get` is conditional. */
  archive?: PayloadCache
}

/** Requests to one provider: paced, bounded, conditional, retried. */
export interface HttpClient extends AsyncDisposable {
  readonly provider: string
  /** Requests made so far, and how many of them repeated a failed one. */
  readonly requests: number
  readonly retries: number
  /**
   * Asks for a path below the base address. Throws RateLimitedError, ProviderUnavailableError, ProviderRejectedError or
   * PayloadError after the last attempt, and the signal's reason whenever that aborts.
   */
  get(path: string, options?: GetOptions): Promise<Answer>
  /**
   * Requests a file and streams it to `consume`, as fast as that takes it. Throws as `get` does, but settles only once `consume` has.
   *
   * If the file is damaged, truncated or an HTML page, its chunks throw and everything is repeated, `consume` included, which must allow
   * that. Errors of its own are passed on. It must read to the end (BugError otherwise), and must not use the same client meanwhile, which
   * may have no free place for another request. The time it takes itself is not limited.
   */
  download<T>(path: string, options: DownloadOptions, consume: (file: Download) => Promise<T>): Promise<DownloadResult<T>>
  /** Ends what is still under way, and closes the connections. */
  close(): Promise<void>
}

/** Creates the client of one provider; nothing is connected before it is asked. Throws ConfigError for a bad base address. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { provider, clock, archive } = options
  const limits = { ...defaultLimits, ...options.limits }
  const asking = createAsking(options, limits, { ...defaultRetry, ...options.retry })
  const parts = { provider, asking, limits, clock, archive }
  return {
    provider,
    get requests() {
      return asking.counters.requests
    },
    get retries() {
      return asking.counters.retries
    },
    get: (path, options = {}) => get(path, options, parts),
    download: (path, options, consume) => download(path, options, consume, parts),
    close: asking.close,
    [Symbol.asyncDispose]: asking.close,
  }
}
