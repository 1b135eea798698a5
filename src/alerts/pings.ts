import { randomUUID } from 'node:crypto'
import type { Secret } from '../core/config/secret.ts'
import type { Log } from '../core/log.ts'
import { NotAcceptedError, post } from '../http/post.ts'

/** What a check is told, by the paths that healthchecks.io has for it: https://healthchecks.io/docs/http_api/ */
type Signal = 'start' | 'success' | 'fail'

const pathOf = { start: '/start', success: '', fail: '/fail' } as const

const attempts = 3
const timeoutMs = 3_000
/** What is not taken by then is given up: its absence is a signal, too. */
const settleMs = 8_000
/** That of an answer to a check is not stored beyond 100 kB. */
const longestBody = 10_000

/** The work that a check is told of, from its start to its end. */
export interface Watched {
  end(isDone: boolean, text?: string): void
}

export type Pings = ReturnType<typeof createPings>

/** Pings of a dead man's switch, beside the work: nothing waits for them but `settle`, and none of them fails anything. */
export function createPings(log: Log) {
  const over = new AbortController()
  const sending = new Set<Promise<void>>()
  const send = (url: Secret, signal: Signal, rid: string | undefined, body: string, after?: Promise<void>): Promise<void> => {
    const sent = (async () => {
      await after
      await ping(url.reveal(), signal, rid, body, over.signal)
    })().catch((error: Error) => log.warn('ping.unsent', { signal, reason: error.message }))
    sending.add(sent)
    void sent.then(() => sending.delete(sent))
    return sent
  }
  return {
    /** Tells that some work begins; both signals of it have the same number, which pairs them. */
    start(url: Secret): Watched {
      const rid = randomUUID()
      const started = send(url, 'start', rid, '')
      return { end: (isDone, text = '') => void send(url, isDone ? 'success' : 'fail', rid, text, started) }
    },
    /** Tells that a process is alive. */
    alive: (url: Secret): void => void send(url, 'success', undefined, ''),
    /** Waits for what is under way, a few seconds at most. */
    async settle(): Promise<void> {
      const timer = setTimeout(() => over.abort(new Error('It took too long.')), settleMs)
      await Promise.all(sending)
      clearTimeout(timer)
    },
  }
}

/** @throws what the last attempt threw */
export async function ping(
  base: string,
  signal: Signal,
  rid: string | undefined,
  body: string,
  over: AbortSignal,
): Promise<void> {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${pathOf[signal]}` || '/'
  if (rid) url.searchParams.set('rid', rid)
  const headers = { 'content-type': 'text/plain; charset=utf-8' }
  for (let attempt = 1; ; attempt++) {
    try {
      return await post(url.href, body.slice(0, longestBody), { headers, timeoutMs, signal: over })
    } catch (error) {
      const isFinal = error instanceof NotAcceptedError && error.status < 500 && error.status !== 429
      if (attempt >= attempts || isFinal || over.aborted) throw error
    }
  }
}
