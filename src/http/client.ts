import type { Clock } from '../core/clock.ts'
import { ProviderUnavailableError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { RateBudget } from '../core/rate-budget.ts'
import { headersFor, parseBase, withoutSecrets } from './address.ts'
import { type Answer, createAnswer } from './answer.ts'
import { type Accept, classify, parseJson, type Reply } from './classify.ts'
import { createConnections, tellSent } from './connections.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import { exchange } from './exchange.ts'
import { Failure } from './failure.ts'
import { createGate } from './gate.ts'
import { defaultLimits, defaultRetry, type Limits, type RetryPolicy } from './limits.ts'
import type { PayloadCache } from './payload-cache.ts'
import { maxRedirects, redirectOf } from './redirect.ts'
import { tryAgain } from './try-again.ts'

export interface HttpClientOptions {
  /** Its id, such as `nba-cdn`. */
  provider: string
  /** May have a path prefix, and a user and password. */
  baseUrl: string
  /** Sent with every request; credentials among them never leave the provider's own origin. */
  headers?: Record<string, string>
  limits?: Partial<Limits>
  retry?: Partial<RetryPolicy>
  clock: Clock
  log: Log
  /** For the jitter; 0 to 1. */
  random?: () => number
  /** Earlier answers; with it, requests are conditional. */
  archive?: PayloadCache
  /** The rate, where others ask the same provider; it is then theirs together. */
  budget?: RateBudget
  /** Told after each request, also failed ones and redirects. */
  onRequest?: (note: RequestNote) => void
}

export interface RequestNote {
  provider: string
  /** Without secrets. */
  path: string
  /** Undefined where the network failed. */
  status: number | undefined
  elapsedMs: number
}

export interface GetOptions {
  signal?: AbortSignal
  /** Default `json`. */
  accept?: Accept
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
  /** Ends what is still under way, and closes the connections. */
  close(): Promise<void>
}

/** Creates the client of one provider; nothing is connected before the first `get`. Throws ConfigError for a bad base address. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { provider, clock, log, archive, onRequest, random = Math.random } = options
  const limits = { ...defaultLimits, ...options.limits }
  const policy = { ...defaultRetry, ...options.retry }
  const base = parseBase(provider, options.baseUrl)
  const ownHeaders = {
    'user-agent': 'sports-ingest',
    'accept-encoding': 'gzip, br',
    ...(base.authorization === undefined ? {} : { authorization: base.authorization }),
    ...Object.fromEntries(Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value])),
  }
  const connections = createConnections(limits)
  const gate = createGate(limits, { clock, maxPauseMs: policy.maxRetryAfterMs, budget: options.budget })
  const underWay = new Map<Deadline, string>()
  const counters = { requests: 0, retries: 0 }
  let closing: Promise<void> | undefined

  const closedError = (request: string) =>
    new ProviderUnavailableError(`The client of ${provider} was closed before ${request} was answered.`)

  async function request(url: URL, headers: Record<string, string>, signal: AbortSignal, sent: () => void): Promise<Reply> {
    counters.requests++
    const startedMs = clock.elapsedMs()
    let status: number | undefined
    try {
      const reply = await exchange(tellSent(connections.agent, sent), url, headersFor(url, base.origin, headers), limits, signal)
      status = reply.status
      return reply
    } finally {
      const note = { provider, path: withoutSecrets(url.pathname + url.search), status, elapsedMs: clock.elapsedMs() - startedMs }
      log.debug('http.request', note)
      onRequest?.(note)
    }
  }

  async function get(path: string, { signal: outer, accept = 'json' }: GetOptions = {}): Promise<Answer> {
    const line = `GET ${withoutSecrets(path)}`
    if (closing) throw closedError(line)
    outer?.throwIfAborted()
    using deadline = createDeadline(outer)
    underWay.set(deadline, line)
    try {
      return await ask(path, line, accept, deadline.signal)
    } finally {
      underWay.delete(deadline)
    }
  }

  async function ask(path: string, line: string, accept: Accept, signal: AbortSignal): Promise<Answer> {
    const target = base.address(path)
    const url = withoutSecrets(target.href)
    let kept = await archive?.find(provider, url)
    let requests = 0

    async function follow(): Promise<Reply> {
      const headers = {
        accept: accept === 'json' ? 'application/json' : '*/*',
        ...ownHeaders,
        ...(kept?.etag === undefined ? {} : { 'if-none-match': kept.etag }),
        ...(kept?.lastModified === undefined ? {} : { 'if-modified-since': kept.lastModified }),
      }
      let hop = target
      for (let hops = 0; hops <= maxRedirects; hops++) {
        // Each hop waits for its own turn, so that redirects stay within the rate.
        const reply = await gate.turn(
          sent => {
            requests++
            return request(hop, headers, signal, sent)
          },
          signal,
          () => connections.prepare(hop),
        )
        const next = redirectOf(reply, hop)
        if (!next) return reply
        hop = next
      }
      throw new Failure('rejected', `redirected more than ${maxRedirects} times during`)
    }

    async function attempt(): Promise<Answer> {
      const reply = await follow()
      const { etag, 'last-modified': lastModified } = reply.headers
      const facts = { url, fetchedAt: clock.now() }
      if (reply.status === 304) {
        const body = await kept?.body()
        if (kept && body)
          return createAnswer({ ...facts, status: 304, body, fromCache: true, requests, ...validators(kept), hash: kept.hash })
        kept = undefined // asked again without conditions
        throw new Failure('unasked-304', 'answered 304 without need to', { status: 304 })
      }
      const failure = classify(reply, accept, clock.now())
      if (failure) throw failure
      const parsed = accept === 'json' ? { value: parseJson(reply.body) } : undefined
      return createAnswer(
        { ...facts, status: 200, body: reply.body, fromCache: false, requests, ...validators({ etag, lastModified }) },
        parsed,
      )
    }

    const onRetry = () => counters.retries++
    return tryAgain(attempt, { provider, request: line, policy, gate, clock, log, random, signal, onRetry })
  }

  async function close(): Promise<void> {
    closing ??= (async () => {
      for (const [deadline, line] of underWay) deadline.abort(closedError(line))
      await gate.close()
      await connections.close()
    })()
    await closing
  }

  return {
    provider,
    get requests() {
      return counters.requests
    },
    get retries() {
      return counters.retries
    },
    get,
    close,
    [Symbol.asyncDispose]: close,
  }
}

const validators = ({ etag, lastModified }: { etag?: string | undefined; lastModified?: string | undefined }) => ({
  ...(etag === undefined ? {} : { etag }),
  ...(lastModified === undefined ? {} : { lastModified }),
})
