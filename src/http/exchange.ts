import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { readBody, tooLarge } from './body.ts'
import { keptBodyBytes, type Reply } from './classify.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import { Failure } from './failure.ts'
import { networkFailure } from './network-failure.ts'

export interface Bounds {
  totalTimeoutMs: number
  /** On the wire, and again after decompression. */
  maxBodyBytes: number
}

/** The body of a 200 that has begun. */
export interface OpenBody {
  headers: IncomingHttpHeaders
  wire: Readable
  /** Of the request. Its time-out runs, and may be paused. */
  deadline: Deadline
}

/** Reads a body as it is received. What it throws is a network failure or a bug, as in `exchange`. */
export type Take<T> = (body: OpenBody) => Promise<T>

/** `taken`: what `Take` made of the body of a 200, which is then empty here. */
export type Exchanged<T> = Reply & { taken?: T }

/**
 * One request and its reply, without following redirects. Throws Failure for everything the network does, and the signal's reason
 * when that aborts.
 */
export async function exchange<T>(
  dispatcher: Dispatcher,
  { url, headers, bounds, signal, take }: Request<T>,
): Promise<Exchanged<T>> {
  using deadline = createDeadline(
    signal,
    bounds.totalTimeoutMs,
    () => new Failure('unavailable', `did not finish within ${bounds.totalTimeoutMs / 1000} s answering`),
  )
  try {
    const reply = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers,
      signal: deadline.signal,
    })
    const { statusCode: status, body: wire } = reply
    wire.on('error', () => {}) // also if nothing reads it: an unhandled stream error ends the process
    const options = { contentEncoding: reply.headers['content-encoding'], maxBytes: bounds.maxBodyBytes }
    if (status === 200 && Number(reply.headers['content-length']) > bounds.maxBodyBytes) {
      wire.destroy()
      throw tooLarge(bounds.maxBodyBytes)
    }
    const head = { status, headers: reply.headers }
    if (status === 200 && take) {
      const taken = await take({ headers: reply.headers, wire, deadline })
      return { ...head, body: Buffer.alloc(0), taken }
    }
    // The body of an error only goes into the message: whatever is wrong with it, the status counts.
    const body = await (status === 200
      ? readBody(wire, options)
      : readBody(wire, { ...options, keepBytes: keptBodyBytes }).catch(() => Buffer.alloc(0)))
    deadline.signal.throwIfAborted()
    return { ...head, body }
  } catch (error) {
    if (deadline.signal.aborted) throw deadline.signal.reason
    throw networkFailure(error)
  }
}

interface Request<T> {
  url: URL
  headers: Record<string, string>
  bounds: Bounds
  signal: AbortSignal
  take?: Take<T> | undefined
}
