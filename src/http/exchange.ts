import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { readBody, tooLarge } from './body.ts'
import { keptBodyBytes, type Reply } from './classify.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import { Failure } from './failure.ts'
import type { Limits } from './limits.ts'
import { networkFailure } from './network-failure.ts'

export type Bounds = Pick<Limits, 'totalTimeoutMs' | 'maxBodyBytes'>

/** The body of a 200 that has begun. */
export interface OpenBody {
  headers: IncomingHttpHeaders
  wire: Readable
  /** Of the request. Its time-out runs, and may be paused. */
  deadline: Deadline
}

/** Reads a body as it is received. What it throws is a network failure or a bug, as in `exchange`. */
export type Take<T> = (body: OpenBody) => Promise<T>

export interface Request<T> {
  url: URL
  headers: Record<string, string>
  bounds: Bounds
  signal: AbortSignal
  take: Take<T>
}

/**
 * One request and its reply, without following redirects. Throws Failure for everything the network does, and the signal's reason
 * when that aborts.
 * @returns the reply; `taken` is what `take` made of the body of a 200
 */
export async function exchange<T>(
  dispatcher: Dispatcher,
  { url, headers, bounds, signal, take }: Request<T>,
): Promise<Reply & { taken?: T }> {
  const { totalTimeoutMs, maxBodyBytes } = bounds
  using deadline = createDeadline(
    signal,
    totalTimeoutMs,
    () => new Failure('unavailable', `did not finish within ${totalTimeoutMs / 1000} s answering`),
  )
  try {
    const reply = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers,
      signal: deadline.signal,
    })
    const { body: wire } = reply
    const received = onceEach(reply.headers)
    const head = { status: reply.statusCode, headers: received }
    wire.on('error', () => {}) // also if nothing reads it: an unhandled stream error ends the process
    if (head.status === 200) {
      if (Number(received['content-length']) > maxBodyBytes) {
        wire.destroy()
        throw tooLarge(maxBodyBytes)
      }
      return { ...head, body: Buffer.alloc(0), taken: await take({ headers: received, wire, deadline }) }
    }
    // The body of an error only goes into the message: whatever is wrong with it, the status counts.
    const body = await readBody(wire, received, maxBodyBytes, keptBodyBytes).catch(() => Buffer.alloc(0))
    deadline.signal.throwIfAborted()
    return { ...head, body }
  } catch (error) {
    if (deadline.signal.aborted) throw deadline.signal.reason
    throw networkFailure(error, url.origin)
  }
}

/** Headers that have one value: as Node's own client does, the first counts. */
const single = new Set(['content-type', 'etag', 'last-modified', 'location', 'retry-after'])

/** Each header as one text, also where it was sent several times: undici gives a list then, which the type of its values hides. */
const onceEach = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? (single.has(name) ? value[0] : value.join(', ')) : value,
    ]),
  )
