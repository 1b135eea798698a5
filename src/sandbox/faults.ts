import type { ServerResponse } from 'node:http'
import type { Clock } from '../core/clock.ts'
import { UsageError } from '../core/errors.ts'
import { didYouMean } from '../core/suggest.ts'
import { createRandom, pick } from './random.ts'

/**
 * `429` with Retry-After of a second, `500`, `reset` the connection unanswered, `truncate` the body half way,
 * `html` a block page with status 200, `hang` without an answer for two minutes, `slow` 3 seconds in mid-body.
 */
export const faultKinds = ['429', '500', 'reset', 'truncate', 'html', 'hang', 'slow'] as const

export type FaultKind = (typeof faultKinds)[number]

/** Which faults strike, and which share of the requests (0 to 1) each strikes one of. */
export interface FaultPlan {
  readonly kinds: readonly FaultKind[]
  readonly rate: number
}

const slowMs = 3_000
const hangMs = 120_000

/**
 * Reads `429,500,reset`; a kind named twice strikes twice as often.
 * @throws UsageError for an unknown kind, an empty list or a rate outside 0 to 1
 */
export function parseFaultPlan(text: string, rate = 0.2): FaultPlan {
  const names = text.split(',').map(name => name.trim())
  const unknown = names.find(name => !(faultKinds as readonly string[]).includes(name))
  if (unknown !== undefined)
    throw new UsageError(`There is no fault called "${unknown}".`, {
      hint: didYouMean(unknown, faultKinds) ?? faultKinds.join(', '),
    })
  if (!(rate >= 0 && rate <= 1))
    throw new UsageError(`The fault rate ${rate} is not valid.`, { hint: 'Give a share from 0 to 1, e.g. 0.2.' })
  return { kinds: names as FaultKind[], rate }
}

/**
 * The fault that strikes the n-th request (from 0) of an address (path and query), if any. It depends on these alone,
 * so a run with parallel requests meets the same faults again, and a retry is a new draw.
 */
export function chooseFault(plan: FaultPlan, seed: number, address: string, nth: number): FaultKind | undefined {
  const random = createRandom(seed, 'fault', address, nth)
  return plan.kinds.length > 0 && random() < plan.rate ? pick(random, plan.kinds) : undefined
}

/** Answers the request the way the fault has it, where `headers` and `body` are what it would have got. */
export async function strike(
  kind: FaultKind,
  response: ServerResponse,
  { headers, body, clock }: { headers: Record<string, string | number>; body: Buffer; clock: Clock },
): Promise<void> {
  const half = body.subarray(0, body.length >> 1)
  switch (kind) {
    case '429':
      response.writeHead(429, { 'retry-after': '1' }).end()
      return
    case '500':
      response.writeHead(500, { 'content-type': 'text/plain' }).end('Internal Server Error')
      return
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Access Denied</body></html>')
      return
    case 'reset':
      response.destroy()
      return
    case 'truncate':
      response.writeHead(200, headers).write(half, () => response.destroy())
      return
    case 'hang':
      await pause(hangMs, response, clock)
      response.destroy()
      return
    case 'slow':
      response.writeHead(200, headers).write(half)
      await pause(slowMs, response, clock)
      response.end(body.subarray(half.length))
  }
}

/** Waits, or until the client has gone: a timer must not outlive the request and hold the process. */
async function pause(ms: number, response: ServerResponse, clock: Clock): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  await clock.sleep(ms, gone.signal).catch(() => {})
}
