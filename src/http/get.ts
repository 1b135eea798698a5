import { readBody } from './body.ts'
import { classifyBody, parseJson } from './classify.ts'
import { unasked304 } from './failure.ts'
import type { Question } from './question.ts'
import { type Validators, validatorsIn, validatorsOf } from './validators.ts'

/** What a provider answered. */
export interface Answer extends Validators {
  /** The full address asked for, without credentials. */
  url: string
  /** 304: not changed since it was stored; the body is the stored one. */
  status: 200 | 304
  /** Decoded. */
  body: Buffer
  fetchedAt: Date
  /** The body as JSON, parsed once. */
  json(): unknown
}

/** Where earlier answers are found. The client only reads; payloads are written with the rows made from them. */
export interface PayloadCache {
  /** `url` is the full address without credentials, as in `Answer.url`. */
  find(provider: string, url: string): Promise<CachedPayload | undefined>
}

/** What is stored of an answer, for conditional requests. */
export interface CachedPayload extends Validators {
  /** The decoded body; undefined if it was pruned meanwhile. */
  body(): Promise<Buffer | undefined>
}

/** Asks for JSON, as `HttpClient.get` says. */
export async function get(question: Question, archive: PayloadCache | undefined): Promise<Answer> {
  const { provider, url, limits, clock } = question
  let kept = await archive?.find(provider, url)

  return await question.tryAgain(async (): Promise<Answer> => {
    const sent = await question.follow('application/json', kept, limits, async ({ wire, headers, deadline }) => {
      const body = await readBody(wire, headers, limits.maxBodyBytes)
      deadline.signal.throwIfAborted()
      return { headers, body }
    })
    const fetchedAt = clock.now()
    if (sent) {
      const { headers, body } = sent
      const failure = classifyBody(body, headers['content-type'], 'json')
      if (failure) throw failure
      const value = parseJson(body)
      return { url, status: 200, body, fetchedAt, ...validatorsIn(headers), json: () => value }
    }
    const body = await kept?.body()
    if (kept && body) {
      const value = parseJson(body)
      return { url, status: 304, body, fetchedAt, ...validatorsOf(kept), json: () => value }
    }
    kept = undefined // asked again without conditions
    throw unasked304()
  })
}
