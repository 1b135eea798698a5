import type { Clock } from '../core/clock.ts'
import { ProviderUnavailableError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { RateBudget } from '../core/rate-budget.ts'
import { headersFor, parseBase, withoutSecrets } from './address.ts'
import { classifyStatus } from './classify.ts'
import { createConnections, tellSent } from './connections.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import { type Download, type DownloadResult, download } from './download.ts'
import { exchange, type Request } from './exchange.ts'
import { Failure, unasked304 } from './failure.ts'
import { createGate, createSlowLane } from './gate.ts'
import { type Answer, get, type PayloadCache } from './get.ts'
import { defaultLimits, defaultRetry, type Limits, type RetryPolicy } from './limits.ts'
import type { Question } from './question.ts'
import { maxRedirects, redirectOf } from './redirect.ts'
import { tryAgain } from './retry.ts'
import { conditionsOf, type Validators } from './validators.ts'

export interface HttpClientOptions {
  /** Its id, such as `nba-cdn`. */
  provider: string
  /** May have a path prefix, and a user and password. */
  baseUrl: string
  /** Sent with every request; credentials among them never leave the provider's own origin. */
  headers?: Readonly<Record<string, string>>
  limits?: Partial<Limits>
  retry?: Partial<RetryPolicy>
  /** Earlier answers; with it, `get` is conditional. */
  archive?: PayloadCache
  /** The rate that this process shares with others that ask the same provider. */
  budget?: RateBudget | undefined
  /** Paths of which fewer may be asked for, within the same rate. */
  slower?: { isMeant(path: string): boolean; ratePerSecond: number; budget?: RateBudget | undefined }
  clock: Clock
  log: Log
  /** For the jitter; 0 to 1. */
  random?: () => number
}

/** Requests to one provider: paced, bounded, conditional, retried. */
export interface HttpClient extends AsyncDisposable {
  /** Requests made so far, failed ones and redirects included. */
  readonly requests: number
  /**
   * Asks for JSON by its path below the base address. Throws RateLimitedError, ProviderUnavailableError, ProviderRejectedError or
   * PayloadError after the last attempt, and the signal's reason whenever that aborts.
   */
  get(path: string, options?: { signal?: AbortSignal }): Promise<Answer>
  /**
   * Requests a file and streams it to `consume`, as fast as that takes it. Throws as `get` does, but settles only once `consume` has.
   * With `known`, the provider sends only a different version.
   *
   * If the file is damaged, truncated or an HTML page, its chunks throw and everything is repeated, `consume` included, which must allow
   * that. Errors of its own are passed on. It must read to the end (BugError otherwise), and must not use the same client meanwhile, which
   * may have no free place for another request. The time it takes itself is not limited.
   */
  download<T>(
    path: string,
    options: { signal?: AbortSignal; known?: Validators },
    consume: (file: Download) => Promise<T>,
  ): Promise<DownloadResult<T>>
  /** Ends what is still under way, and closes the connections. */
  close(): Promise<void>
}

/** Creates the client of one provider; nothing is connected before it is asked. Throws ConfigError for a bad base address. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { provider, archive, budget, clock, log, random = Math.random } = options
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
  const gate = createGate(limits, { clock, maxPauseMs: policy.maxRetryAfterMs, budget })
  const { slower } = options
  const slowLane =
    slower &&
    createSlowLane(
      createGate(
        { ...limits, ratePerSecond: slower.ratePerSecond },
        { clock, maxPauseMs: policy.maxRetryAfterMs, budget: slower.budget },
      ),
    )
  const underWay = new Map<Deadline, string>()
  let requests = 0
  let closing: Promise<void> | undefined

  const closedError = (request: string) =>
    new ProviderUnavailableError(`The client of ${provider} was closed before ${request} was answered.`)

  async function request<T>(sent: () => void, asked: Request<T>) {
    requests++
    const { url } = asked
    const startedMs = clock.elapsedMs()
    let status: number | undefined
    try {
      const headers = headersFor(url, base.origin, asked.headers)
      const reply = await exchange(tellSent(connections.agent, sent), { ...asked, headers })
      status = reply.status
      return reply
    } finally {
      const path = withoutSecrets(url.pathname + url.search)
      log.debug('http.request', { provider, path, status, elapsedMs: clock.elapsedMs() - startedMs })
    }
  }

  function createQuestion(path: string, line: string, signal: AbortSignal): Question {
    const target = base.address(path)
    const isSlow = slower?.isMeant(path) === true
    return {
      provider,
      url: withoutSecrets(target.href),
      line,
      limits,
      clock,
      tryAgain: attempt => tryAgain(attempt, { provider, request: line, policy, gate, clock, log, random, signal }),
      async follow(accept, known, bounds, take) {
        const conditions = conditionsOf(known)
        const headers = { ...ownHeaders, accept, ...conditions }
        let url = target
        for (let hops = 0; hops <= maxRedirects; hops++) {
          // Each redirect is paced like a request of its own, so that all stay within the rate.
          const within = (sentToo: () => void) =>
            gate.turn(
              sent => request(() => [sent, sentToo].forEach(tell => void tell()), { url, headers, bounds, signal, take }),
              signal,
              () => connections.prepare(url),
            )
          const reply = await (isSlow && slowLane ? slowLane.turn(within, signal) : within(() => {}))
          if (reply.taken) return reply.taken
          const next = redirectOf(reply, url)
          if (next) url = next
          else if (reply.status !== 304) throw classifyStatus(reply, clock.now())
          else if (Object.keys(conditions).length === 0) throw unasked304()
          else return undefined
        }
        throw new Failure('rejected', `redirected more than ${maxRedirects} times during`)
      },
    }
  }

  async function ask<T>(path: string, outer: AbortSignal | undefined, act: (question: Question) => Promise<T>): Promise<T> {
    const line = `GET ${withoutSecrets(path)}`
    if (closing) throw closedError(line)
    outer?.throwIfAborted()
    using deadline = createDeadline(outer)
    underWay.set(deadline, line)
    try {
      return await act(createQuestion(path, line, deadline.signal))
    } finally {
      underWay.delete(deadline)
    }
  }

  function close(): Promise<void> {
    closing ??= (async () => {
      for (const [deadline, line] of underWay) deadline.abort(closedError(line))
      await gate.close()
      await slowLane?.close()
      await connections.close()
    })()
    return closing
  }

  return {
    get requests() {
      return requests
    },
    get: (path, { signal } = {}) => ask(path, signal, question => get(question, archive)),
    download: (path, { signal, known }, consume) => ask(path, signal, question => download(question, known, consume)),
    close,
    [Symbol.asyncDispose]: close,
  }
}
