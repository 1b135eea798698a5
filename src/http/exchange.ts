import type { Dispatcher } from 'undici'
import { readBody, tooLarge } from './body.ts'
import { keptBodyBytes, type Reply } from './classify.ts'
import { createDeadline } from './deadline.ts'
import { Failure } from './failure.ts'
import type { Limits } from './limits.ts'

/**
 * One request on the wire and its reply, redirects not followed. Throws Failure for everything the network does,
 * and the signal's reason when that aborts.
 */
export async function exchange(
  dispatcher: Dispatcher,
  url: URL,
  headers: Record<string, string>,
  limits: Limits,
  signal: AbortSignal,
): Promise<Reply> {
  using deadline = createDeadline(
    signal,
    limits.totalTimeoutMs,
    () => new Failure('unavailable', `did not finish within ${limits.totalTimeoutMs / 1000} s answering`),
  )
  try {
    const reply = await dispatcher.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers,
      signal: deadline.signal,
    })
    reply.body.on('error', () => {}) // also where nobody reads it: an unheard stream error ends the process
    const contentEncoding = reply.headers['content-encoding']
    const options = {
      contentEncoding: Array.isArray(contentEncoding) ? contentEncoding.join() : contentEncoding,
      maxBytes: limits.maxBodyBytes,
    }
    const status = reply.statusCode
    if (status === 200 && Number(reply.headers['content-length']) > limits.maxBodyBytes) {
      reply.body.destroy()
      throw tooLarge(limits.maxBodyBytes)
    }
    // The body of an error is only evidence: whatever is wrong with it, the status counts.
    const body = await (status === 200
      ? readBody(reply.body, options)
      : readBody(reply.body, { ...options, keepBytes: keptBodyBytes }).catch(() => Buffer.alloc(0)))
    deadline.signal.throwIfAborted()
    return { status, headers: reply.headers, body }
  } catch (error) {
    if (deadline.signal.aborted) throw deadline.signal.reason
    throw error instanceof Failure ? error : networkFailure(error)
  }
}

const didByCode: Record<string, string> = {
  UND_ERR_CONNECT_TIMEOUT: 'accepted no connection in time for',
  UND_ERR_HEADERS_TIMEOUT: 'did not begin in time to answer',
  UND_ERR_BODY_TIMEOUT: 'stopped in the middle of its answer to',
  UND_ERR_SOCKET: 'closed the connection during',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'sent a truncated body to',
  ECONNRESET: 'reset the connection during',
  ECONNREFUSED: 'refused the connection for',
  ENOTFOUND: 'was not found by name for',
  EAI_AGAIN: 'was not found by name for',
}

const unreachable = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

/** Only what undici, the system or zlib report with a code is the network's doing; the rest is our mistake and goes on as it is. */
function networkFailure(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code === undefined || code === 'UND_ERR_INVALID_ARG') return error
  const damaged = /^(Z_|ERR_BROTLI|ERR__ERROR|ERR_ZSTD|ZSTD_)/.test(code)
  const did = didByCode[code] ?? (damaged ? 'sent a damaged body to' : `failed (${code}) during`)
  return new Failure('unavailable', did, {
    cause: error,
    ...(unreachable.has(code) ? { hint: "Check the network, and the provider's address where it was set by hand." } : {}),
  })
}
