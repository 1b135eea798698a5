import { Failure } from './failure.ts'

const didByCode: Record<string, string> = {
  UND_ERR_CONNECT_TIMEOUT: 'accepted no connection in time for',
  UND_ERR_HEADERS_TIMEOUT: 'sent no response in time to',
  UND_ERR_BODY_TIMEOUT: 'stopped in the middle of its response to',
  UND_ERR_SOCKET: 'closed the connection during',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'sent a truncated body to',
  ECONNRESET: 'reset the connection during',
  ECONNREFUSED: 'refused the connection for',
  ENOTFOUND: 'could not be resolved (DNS) for',
  EAI_AGAIN: 'could not be resolved (DNS) for',
}

const unreachable = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

/**
 * An error of a request or its body as a Failure, where it is not one yet. Only what undici, the system or zlib report with a code
 * is a network failure; the rest is a bug and is passed on.
 */
export function networkFailure(error: unknown): unknown {
  if (error instanceof Failure) return error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code === undefined || code === 'UND_ERR_INVALID_ARG') return error
  const damaged = /^(Z_|ERR_BROTLI|ERR__ERROR|ERR_ZSTD|ZSTD_)/.test(code)
  const did = didByCode[code] ?? (damaged ? 'sent a damaged body to' : `failed (${code}) during`)
  return new Failure('unavailable', did, {
    cause: error,
    ...(unreachable.has(code) ? { hint: "Check the network, and the provider's address where it was set by hand." } : {}),
  })
}
