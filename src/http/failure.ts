import {
  type ErrorDetails,
  type IngestError,
  PayloadError,
  ProviderRejectedError,
  ProviderUnavailableError,
  RateLimitedError,
} from '../core/errors.ts'

/**
 * `throttled`: 429, or 503 with Retry-After. `refused`: 401, 403. `not-found`: 404, 410. `rejected`: another 4xx, a redirect
 * that leads nowhere. `block-page`: an HTML page where JSON or a file was expected. `unavailable`: 5xx and the network. `malformed`: not
 * JSON, or empty. `too-large`: over the limit. `unasked-304`: "not modified" for a request without conditions.
 */
export type FailureKind =
  | 'throttled'
  | 'refused'
  | 'not-found'
  | 'rejected'
  | 'block-page'
  | 'unavailable'
  | 'malformed'
  | 'too-large'
  | 'unasked-304'

interface Details extends ErrorDetails {
  status?: number
  retryAt?: Date
  /** It was not the provider that said so, but a setting. */
  isOwn?: boolean
}

/** One failed attempt. Never leaves this folder: it is either repeated or turned into an IngestError. */
export class Failure extends Error {
  readonly kind: FailureKind
  /** What the provider did, as it reads between its name and the request: `answered 500 to`. */
  readonly did: string
  readonly details: Details

  constructor(kind: FailureKind, did: string, details: Details = {}) {
    super(did)
    this.kind = kind
    this.did = did
    this.details = details
  }
}

/** "Not modified" to a request without conditions, or whose stored body is gone. */
export const unasked304 = (): Failure =>
  new Failure('unasked-304', 'answered 304 to a request without conditions,', { status: 304 })

/** The request, and its attempts so far. */
export interface Story {
  provider: string
  /** `GET /path?query`, without secrets. */
  request: string
  /** Requests that failed, this one included. */
  tries: number
  /** Whether all of them failed in the same way. */
  alike: boolean
  elapsedMs: number
  now: Date
}

/** `nba-cdn answered 429 to GET /x; trying again at 14:05:00Z` */
export const retryLine = ({ did }: Failure, { provider, request, now }: Story, retryAt: Date): string =>
  `${provider} ${did} ${request}; trying again at ${clockTime(retryAt, now)}`

/** The error for the caller, once no further attempt is made. `retryAt`: when the provider may be asked again. */
export function toError(failure: Failure, story: Story, retryAt: Date | undefined): IngestError {
  const { kind, did, details } = failure
  const count = story.alike ? `${story.tries} times` : `the last of ${story.tries} attempts`
  const effort = story.tries > 1 ? `, ${count} in ${duration(story.elapsedMs)}` : ''
  const request = `${story.request}${effort}`
  if (kind === 'throttled') {
    const until = retryAt ?? story.now
    const what = details.isOwn ? 'none is sent' : 'rate limited'
    return new RateLimitedError(`${story.provider} ${did} ${request}; ${what} until ${clockTime(until, story.now)}.`, {
      hint: 'Run it again after that.',
      ...details,
      retryAt: until,
    })
  }
  const message = `${story.provider} ${did} ${request}.`
  switch (kind) {
    case 'refused':
    case 'not-found':
    case 'rejected':
      return new ProviderRejectedError(message, { ...details, kind })
    case 'block-page':
      return new ProviderRejectedError(message, { ...details, kind: 'refused' })
    case 'malformed':
    case 'too-large':
      return new PayloadError(message, details)
    case 'unavailable':
    case 'unasked-304':
      return new ProviderUnavailableError(message, details)
  }
}

/** `14:05:00Z`, with its date where that is not today. */
function clockTime(at: Date, now: Date): string {
  const [text, today] = [at.toISOString(), now.toISOString()]
  return `${text.slice(0, 10) === today.slice(0, 10) ? text.slice(11, 19) : text.slice(0, 19)}Z`
}

function duration(ms: number): string {
  if (ms >= 120_000) return `${Math.round(ms / 60_000)} min`
  return ms >= 9_950 ? `${Math.round(ms / 1000)} s` : `${(ms / 1000).toFixed(1)} s`
}
