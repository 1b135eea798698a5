import type { Clock } from '../core/clock.ts'
import { ProviderUnavailableError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { RateBudget } from '../core/rate-budget.ts'
import { headersFor, parseBase, withoutSecrets } from './address.ts'
import { createConnections, tellSent } from './connections.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import { type Bounds, type Exchanged, exchange, type Take } from './exchange.ts'
import { Failure } from './failure.ts'
import { createGate } from './gate.ts'
import type { Limits, RetryPolicy } from './limits.ts'
import { maxRedirects, redirectOf } from './redirect.ts'
import { tryAgain } from './try-again.ts'

export interface AskingOptions {
  /** Its id, such as `nba-cdn`. */
  provider: string
  /** May have a path prefix, and a user and password. */
  baseUrl: string
  /** Sent with every request; credentials among them never leave the provider's own origin. */
  headers?: Record<string, string>
  clock: Clock
  log: Log
  /** For the jitter; 0 to 1. */
  random?: () => number
  /** The rate that this process shares with others that ask the same provider. */
  budget?: RateBudget
  /** Called after each request, also failed ones and redirects. */
  onRequest?: (note: RequestNote) => void
}

export interface RequestNote {
  provider: string
  /** Without secrets. */
  path: string
  /** Undefined where the network failed. */
  status: number | undefined
  /** With the body, and what was done with it as it came. */
  elapsedMs: number
}

/** A path, and how it is asked for. */
export interface Question {
  /** The full address, without credentials. */
  readonly url: string
  /** `GET /path?query`, without secrets. */
  readonly line: string
  /** Requests so far, failed ones and redirects included. */
  readonly requests: number
  /** Repeats `attempt` for as long as that helps. */
  tryAgain<T>(attempt: () => Promise<T>): Promise<T>
  /** Makes the request and those it is redirected to, each paced. It counts as in flight until its body was consumed. */
  follow<T = never>(headers: Record<string, string>, bounds: Bounds, take?: Take<T>): Promise<Exchanged<T>>
}

/** What all requests to a provider share: connections, pace, redirects, further attempts. */
export interface Asking {
  readonly counters: { readonly requests: number; readonly retries: number }
  ask<T>(path: string, signal: AbortSignal | undefined, act: (question: Question) => Promise<T>): Promise<T>
  /** Ends what is still under way, and closes the connections. */
  close(): Promise<void>
}

export function createAsking(options: AskingOptions, limits: Limits, policy: RetryPolicy): Asking {
  const { provider, clock, log, onRequest, random = Math.random } = options
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

  async function request<T>(sent: () => void, url: URL, asked: Omit<Parameters<typeof exchange<T>>[1], 'url'>) {
    counters.requests++
    const startedMs = clock.elapsedMs()
    let status: number | undefined
    try {
      const headers = headersFor(url, base.origin, asked.headers)
      const reply = await exchange(tellSent(connections.agent, sent), { ...asked, url, headers })
      status = reply.status
      return reply
    } finally {
      const note = { provider, path: withoutSecrets(url.pathname + url.search), status, elapsedMs: clock.elapsedMs() - startedMs }
      log.debug('http.request', note)
      onRequest?.(note)
    }
  }

  function createQuestion(path: string, line: string, signal: AbortSignal): Question {
    const target = base.address(path)
    const onRetry = () => counters.retries++
    let requests = 0
    return {
      url: withoutSecrets(target.href),
      line,
      get requests() {
        return requests
      },
      tryAgain: attempt => tryAgain(attempt, { provider, request: line, policy, gate, clock, log, random, signal, onRetry }),
      async follow(headers, bounds, take) {
        let hop = target
        for (let hops = 0; hops <= maxRedirects; hops++) {
          // Each redirect is paced like a request of its own, so that all stay within the rate.
          const reply = await gate.turn(
            sent => {
              requests++
              return request(sent, hop, { headers: { ...ownHeaders, ...headers }, bounds, signal, take })
            },
            signal,
            () => connections.prepare(hop),
          )
          const next = redirectOf(reply, hop)
          if (!next) return reply
          hop = next
        }
        throw new Failure('rejected', `redirected more than ${maxRedirects} times during`)
      },
    }
  }

  return {
    counters,
    async ask(path, outer, act) {
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
    },
    async close() {
      closing ??= (async () => {
        for (const [deadline, line] of underWay) deadline.abort(closedError(line))
        await gate.close()
        await connections.close()
      })()
      await closing
    },
  }
}
