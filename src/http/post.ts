import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'undici'
import { ProviderUnavailableError } from '../core/errors.ts'
import { visible } from '../core/visible.ts'
import { parseRetryAfter } from './classify.ts'

export interface PostOptions {
  headers: Record<string, string>
  timeoutMs: number
  signal: AbortSignal
}

/** An answer that is no 2xx, to a request that changes something. */
export class NotAcceptedError extends ProviderUnavailableError {
  readonly status: number
  /** It is not to be asked again before, by its Retry-After. */
  readonly waitMs: number

  constructor(status: number, said: string, waitMs = 0) {
    const redirect = status >= 300 && status < 400 ? ', and redirects are not followed' : ''
    super(`It answered ${status}${said ? ` (${said})` : ''}${redirect}.`)
    this.status = status
    this.waitMs = waitMs
  }

  /** It does not like this text, however often it is posted; another one may be taken. */
  get isAboutText(): boolean {
    return [400, 413, 415, 422].includes(this.status)
  }
}

/**
 * Posts a text, once, and checks only for a 2xx. Redirects are not followed, so nobody else gets what was meant for one.
 * @throws NotAcceptedError for any other answer, ProviderUnavailableError for none in time
 */
export async function post(url: string, body: string, { headers, timeoutMs, signal }: PostOptions): Promise<void> {
  const late = AbortSignal.timeout(timeoutMs)
  let status: number
  let said: string
  let retryAfter: IncomingHttpHeaders[string]
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'user-agent': 'sports-ingest', ...headers },
      body,
      signal: AbortSignal.any([signal, late]),
    })
    status = answer.statusCode
    retryAfter = answer.headers['retry-after']
    const isTaken = status >= 200 && status <= 299
    if (isTaken) await answer.body.dump()
    said = isTaken ? '' : wordsOf(answer.headers, await readStart(answer.body), secretsOf(url, headers))
  } catch (cause) {
    signal.throwIfAborted()
    const why = late.aborted ? ` within ${timeoutMs / 1000} s` : `: ${(cause as Error).message || (cause as Error).name}`
    throw new ProviderUnavailableError(`No answer${why}.`, { cause })
  }
  if (status >= 200 && status <= 299) return
  const now = new Date()
  const until = parseRetryAfter(String(retryAfter ?? ''), now) ?? now
  throw new NotAcceptedError(status, said, until.getTime() - now.getTime())
}

/** Posts a value as JSON. */
export const postJson = (url: string, value: unknown, { headers, ...options }: PostOptions): Promise<void> =>
  post(url, JSON.stringify(value), { headers: { 'content-type': 'application/json', ...headers }, ...options })

const mostBytes = 2_000

async function readStart(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of body) {
    pieces.push(piece)
    bytes += piece.length
    if (bytes >= mostBytes) break
  }
  return Buffer.concat(pieces).subarray(0, mostBytes).toString('utf8')
}

/** What a short plain answer says, such as `invalid_token`; not one that repeats what may be a secret. */
function wordsOf(headers: IncomingHttpHeaders, body: string, secrets: readonly string[]): string {
  const isPlain = /^(text\/plain|application\/json)/.test(String(headers['content-type'] ?? ''))
  const text = visible(body.trim())
  return isPlain && text.length <= 200 && !secrets.some(secret => text.includes(secret)) ? text : ''
}

/** Parts of an address, and the key of the request. */
function secretsOf(url: string, { authorization = '' }: Record<string, string>): string[] {
  const { pathname, search } = new URL(url)
  return [...`${pathname}${search}`.split(/[/?&=]/).filter(part => part.length > 6), ...authorization.split(' ').slice(1)]
}
