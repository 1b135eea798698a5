import type { LogFields } from '../../src/core/log.ts'
import { silentLog } from '../../src/core/log.ts'
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../src/http/client.ts'
import { createTestClock, type TestClock } from '../support/test-clock.ts'

export interface ClientForTests extends HttpClient {
  readonly clock: TestClock
  /** The `http.retry` events it logged. */
  readonly retryEvents: LogFields[]
  /** The `http.request` events it logged. */
  readonly requestEvents: LogFields[]
}

/** A client without pacing worth mentioning, on a test clock, whose jitter always takes the whole delay. */
export function clientFor(url: string, options: Partial<HttpClientOptions> & { clock?: TestClock } = {}): ClientForTests {
  const clock = options.clock ?? createTestClock()
  const retryEvents: LogFields[] = []
  const requestEvents: LogFields[] = []
  const log = {
    ...silentLog,
    warn: (event: string, fields: LogFields = {}) => {
      if (event === 'http.retry') retryEvents.push(fields)
    },
    debug: (event: string, fields: LogFields = {}) => {
      if (event === 'http.request') requestEvents.push(fields)
    },
  }
  const client = createHttpClient({
    provider: 'nba-cdn',
    baseUrl: url,
    log,
    random: () => 1,
    ...options,
    clock,
    limits: { ratePerSecond: 1000, ...options.limits },
  })
  return Object.defineProperties(client, {
    clock: { value: clock },
    retryEvents: { value: retryEvents },
    requestEvents: { value: requestEvents },
  }) as ClientForTests
}
