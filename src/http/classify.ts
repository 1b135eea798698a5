import type { IncomingHttpHeaders } from 'node:http'
import { Failure } from './failure.ts'

/** What came back: the head, and the decoded body (of anything but a 200 only its first few KiB). */
export interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/** How much of a body is stored with an error. */
export const keptBodyBytes = 4096

/** Says what any status but 200 means. Pure. */
export function classifyStatus({ status, headers, body }: Reply, now: Date): Failure {
  const kept = keptText(body)
  const did = `answered ${status} to`
  const retryAt = parseRetryAfter(headers['retry-after'], now)
  const details = { status, ...(kept === '' ? {} : { body: kept }) }
  if (status === 429 || (status === 503 && retryAt))
    return new Failure('throttled', did, { ...details, ...(retryAt ? { retryAt } : {}) })
  if (status === 401) return new Failure('refused', did, { ...details, hint: 'Check the credentials of this provider.' })
  if (status === 403) return new Failure('refused', did, details)
  if (status === 404 || status === 410) return new Failure('not-found', did, details)
  if (status === 408 || status >= 500) return new Failure('unavailable', did, details)
  // 206 and the like: not what was requested, and possibly incomplete.
  if (status < 300) return new Failure('malformed', did, details)
  const reason = reasonIn(kept)
  return new Failure('rejected', reason === '' ? did : `answered ${status} (${reason}) to`, details)
}

/** The most of a provider's own words in a message. */
const maxReasonLength = 200

/** Why a request was rejected, where a JSON body says it in one of the usual ways: `limit: ensure this value is at most 50`. */
function reasonIn(body: string): string {
  let sent: unknown
  try {
    sent = JSON.parse(body)
  } catch {
    return ''
  }
  const { detail, message, error } = (typeof sent === 'object' && sent !== null ? sent : {}) as Record<string, unknown>
  const problems = (Array.isArray(detail) ? detail : [detail ?? message ?? error]).flatMap(problem => {
    if (typeof problem === 'string') return problem
    const { loc, msg } = (problem ?? {}) as { loc?: unknown; msg?: unknown }
    if (typeof msg !== 'string') return []
    return Array.isArray(loc) && loc.length > 0 ? `${String(loc.at(-1))}: ${msg}` : msg
  })
  // One line, whatever was sent.
  const reason = problems
    .join('; ')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return reason.length > maxReasonLength ? `${reason.slice(0, maxReasonLength).toWellFormed()}…` : reason
}

/**
 * Says what is wrong with the body of a 200, by its first bytes; undefined where nothing is. Pure.
 * @param expected `json`: anything else is wrong. `file`: a page is
 */
export function classifyBody(body: Buffer, contentType: string | undefined, expected: 'json' | 'file'): Failure | undefined {
  const kept = keptText(body)
  const start = kept.replace(/^\uFEFF/, '').trimStart()
  const details = { status: 200, body: kept }
  if (kept === '') return new Failure('malformed', 'sent an empty body to', { status: 200 })
  if (expected === 'json' && /^[[{]/.test(start)) return undefined
  // Block pages come with status 200, and so do temporary faults of a CDN or a captive proxy.
  if (start.startsWith('<') || /\bhtml\b/i.test(contentType ?? '')) {
    return new Failure('block-page', `sent an HTML page instead of ${expected === 'json' ? 'JSON' : 'a file'} to`, details)
  }
  return expected === 'file' || /^["\-\dtfn]/.test(start) ? undefined : notJson(kept)
}

const keptText = (body: Buffer) => body.subarray(0, keptBodyBytes).toString('utf8')

/** Real bodies have a value in about 20 bytes. Of one in one or two (`[[[[`, `{},{},`) V8 makes forty times as many bytes of memory. */
const maxValues = 4_000_000

/** Whether there are more values in the body; what stands within its texts counts as well. */
function hasMoreValues(body: Buffer, most: number): boolean {
  if (body.length <= most) return false
  let values = 0
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]
    if (byte === 0x2c || byte === 0x5b || byte === 0x7b) values++ // , [ {
  }
  return values > most
}

/** Parses the body. Throws the failure, with the whole body, if it is not JSON, for instance because a proxy has truncated it. */
export function parseJson(body: Buffer): unknown {
  if (hasMoreValues(body, maxValues)) throw new Failure('too-large', `sent more than the limit of ${maxValues} values to`)
  const text = body.toString('utf8')
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw notJson(text, error)
  }
}

const notJson = (body: string, cause?: unknown) =>
  new Failure('malformed', 'sent a body that is not JSON to', { status: 200, body, ...(cause === undefined ? {} : { cause }) })

/** The instant of a Retry-After header, in seconds or as an HTTP date; undefined if it has none. */
export function parseRetryAfter(value: string | undefined, now: Date): Date | undefined {
  const text = value?.trim() ?? ''
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return new Date(now.getTime() + Math.ceil(Number(text) * 1000))
  // Date.parse takes nearly anything ("soon 5" is a day in May 2001), so only what looks like an HTTP date gets there.
  const at = /^[A-Z][a-z]{2,8}, .*\d\d:\d\d:\d\d GMT$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : new Date(at)
}
