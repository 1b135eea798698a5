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

/** One polite way to ask one provider: paced, bounded, conditional, tried again. */
export interface HttpClient extends AsyncDisposable {
  readonly provider: string
  /** Requests made so far, and how many of them repeated a failed one. */
  readonly requests: number
  readonly retries: number
  /**
   * Asks for a path below the base address. Throws RateLimitedError, ProviderUnavailableError, ProviderRejectedError or
   * PayloadError once it gives up, and the signal's reason when that aborts, at whatever point.
   */
  get(path: string, options?: GetOptions): Promise<Answer>
  /**
   * Asks for a file and hands it on as it comes, as fast as `consume` takes it. Throws as `get` does, but settles only once
   * `consume` has.
   *
   * Where the file turns out to be damaged, cut short or a page, its chunks throw and all is tried again, `consume` included: it has
   * to be fit for that. Its own errors go straight on. It must read to the end (BugError otherwise), and not ask the same client
   * meanwhile: it may hold the last place. The time it takes itself is not limited.
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
