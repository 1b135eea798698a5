import { createHash } from 'node:crypto'
import { PayloadError } from '../core/errors.ts'
import { parseJson } from './classify.ts'

/** What a provider answered. */
export interface Answer {
  /** The full address asked for, without credentials. */
  url: string
  /** 304: not changed since it was stored; the body is the stored one. */
  status: 200 | 304
  /** Decoded. */
  body: Buffer
  etag?: string
  lastModified?: string
  fetchedAt: Date
  /** True for a 304. */
  fromCache: boolean
  /** Requests it took, failed ones and redirects included. */
  requests: number
  /** SHA-256 of the body, hex. */
  hash: string
  /** The body as JSON, parsed once. Throws PayloadError if it is not JSON. */
  json(): unknown
}

/** Completes an answer. `parsed`: the body's JSON, if it is known already. */
export function createAnswer(facts: Omit<Answer, 'json' | 'hash'> & { hash?: string }, parsed?: { value: unknown }): Answer {
  let json = parsed
  return {
    ...facts,
    hash: facts.hash ?? createHash('sha256').update(facts.body).digest('hex'),
    json() {
      json ??= { value: parse(facts) }
      return json.value
    },
  }
}

function parse({ body, url }: { body: Buffer; url: string }): unknown {
  try {
    return parseJson(body)
  } catch (cause) {
    throw new PayloadError(`The body of ${url} is not JSON.`, { cause })
  }
}
