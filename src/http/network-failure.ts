import { Failure } from './failure.ts'

const didByCode: Record<string, string> = {
  UND_ERR_CONNECT_TIMEOUT: 'accepted no connection in time for',
  UND_ERR_HEADERS_TIMEOUT: 'sent no response in time to',
  UND_ERR_BODY_TIMEOUT: 'stopped in the middle of its response to',
  UND_ERR_SOCKET: 'closed the connection during',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'sent a truncated body to',
  ECONNRESET: 'reset the connection during',
  ECONNREFUSED: 'refused the connection for',
  UND_ERR_HEADERS_OVERFLOW: 'sent headers over the limit to',
  ENOTFOUND: 'could not be resolved (DNS) for',
  EAI_AGAIN: 'could not be resolved (DNS) for',
}

/** What we asked undici for, and it does not do: no answer is the cause. */
const ours = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_INVALID_RETURN_VALUE',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
])

const unreachable = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

/**
 * An error of a request or its body as a Failure, where it is not one yet. Only what undici, the system or zlib report with a code
 * is a network failure; the rest is a bug and is passed on.
 * @param origin who was asked, for an answer that may be another server's
 */
export function networkFailure(error: unknown, origin: string): unknown {
  if (error instanceof Failure) return error
  // By its name: undici 8 gives it no code.
  if (error instanceof Error && error.name === 'HTTPParserError')
    return new Failure('unavailable', `at ${origin} sent an answer that is not HTTP to`, {
      cause: error,
      hint: "Check the provider's address where it was set by hand.",
    })
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code === undefined || ours.has(code)) return error
  const damaged = /^(Z_|ERR_BROTLI|ERR__ERROR|ERR_ZSTD|ZSTD_)/.test(code)
  const did = didByCode[code] ?? (damaged ? 'sent a damaged body to' : `failed (${code}) during`)
  return new Failure('unavailable', did, {
    cause: error,
    ...(unreachable.has(code) ? { hint: "Check the network, and the provider's address where it was set by hand." } : {}),
  })
}
