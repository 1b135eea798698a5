import type { Clock } from '../core/clock.ts'
import { type Answer, createAnswer } from './answer.ts'
import type { Asking } from './asking.ts'
import { classify, parseJson } from './classify.ts'
import { unasked304 } from './failure.ts'
import type { Limits } from './limits.ts'
import type { PayloadCache } from './payload-cache.ts'
import { conditionsOf, validatorsOf } from './validators.ts'

export interface GetOptions {
  signal?: AbortSignal
  /** Default `json`. */
  accept?: 'json' | 'any'
}

export interface GetParts {
  provider: string
  asking: Asking
  limits: Limits
  clock: Clock
  archive: PayloadCache | undefined
}

/** Asks for a path, as `HttpClient.get` says. */
export function get(path: string, { signal, accept = 'json' }: GetOptions, parts: GetParts): Promise<Answer> {
  const { provider, asking, limits, clock, archive } = parts
  return asking.ask(path, signal, async question => {
    const { url } = question
    let kept = await archive?.find(provider, url)

    return question.tryAgain(async () => {
      const headers = { accept: accept === 'json' ? 'application/json' : '*/*', ...conditionsOf(kept) }
      const reply = await question.follow(headers, limits)
      const facts = { url, fetchedAt: clock.now(), requests: question.requests }
      if (reply.status === 304) {
        const body = await kept?.body()
        if (kept && body)
          return createAnswer({ ...facts, status: 304, body, fromCache: true, ...validatorsOf(kept), hash: kept.hash })
        kept = undefined // asked again without conditions
        throw unasked304()
      }
      const failure = classify(reply, accept, clock.now())
      if (failure) throw failure
      const parsed = accept === 'json' ? { value: parseJson(reply.body) } : undefined
      const { etag, 'last-modified': lastModified } = reply.headers
      return createAnswer(
        { ...facts, status: 200, body: reply.body, fromCache: false, ...validatorsOf({ etag, lastModified }) },
        parsed,
      )
    })
  })
}
