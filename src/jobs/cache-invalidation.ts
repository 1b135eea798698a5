import type { App } from '../app.ts'
import type { Config } from '../core/config/config.ts'
import { ProviderUnavailableError } from '../core/errors.ts'
import { NotAcceptedError, postJson } from '../http/post.ts'
import { type Audience, payloadOf } from '../store/outbox.ts'
import { sendNotices } from './send-notices.ts'

/** A poll is not held up for longer. */
const timeoutMs = 3_000
const atOnce = 100

/** Who is told of rows that change; undefined where nobody is. */
export function audienceOf({ worker, notify, queue }: Pick<Config, 'worker' | 'notify' | 'queue'>): Audience | undefined {
  const channel = notify?.channel
  const isPublished = channel !== undefined && queue.driver === 'bullmq'
  const audience = { isPosted: worker.cacheInvalidationUrl !== undefined, channel, isPublished }
  return audience.isPosted || audience.channel !== undefined ? audience : undefined
}

/**
 * Sends the cache invalidations of a sport that are due; at least once, since the answer may be lost. What could not be sent is tried again
 * later; who has time makes more attempts at once. Who does not answer stops nothing.
 */
export async function sendDueNotices(app: App, sport: string, { tries = 1 } = {}): Promise<void> {
  await Promise.all([postDue(app, sport, tries), publishDue(app, sport, tries)])
}

/** In one request, or in several where that is too large for the receiver. */
async function postDue(app: App, sport: string, tries: number): Promise<void> {
  const { cacheInvalidationUrl: url, internalApiKey: key } = app.config.worker
  if (!url) return
  const headers = key ? { authorization: `Bearer ${key.reveal()}` } : {}
  const post = (tags: readonly string[]) =>
    tryTimes(app, tries, 'The cache', () => postJson(url, { tags }, { headers, timeoutMs, signal: app.signal }))
  await sendNotices(app, {
    ...{ queue: { channel: 'cache', sport }, atOnce, takenMs: longestMs(tries) + marginMs, fields: { sport } },
    send: due => inParts([...new Set(due.flatMap(notice => notice.tags ?? []))], post),
  })
}

/** On Redis, as NOTIFY has sent them. Hosts that only load may be without Redis: then a worker does it. */
async function publishDue(app: App, sport: string, tries: number): Promise<void> {
  const { notify, queue } = app.config
  const channel = notify?.channel
  if (channel === undefined || queue.driver !== 'bullmq' || !queue.redisUrl) return
  const { createPublisher } = await import('../queue/publish.ts')
  const publish = await createPublisher(queue.redisUrl.reveal())
  if (!publish) return
  await sendNotices(app, {
    ...{ queue: { channel: 'redis', sport }, atOnce, takenMs: longestMs(tries) + marginMs, fields: { sport, to: 'redis' } },
    send: due => {
      const payloads = due.map(({ tags }) => payloadOf(sport, tags ?? []))
      return tryTimes(app, tries, 'Redis', () => publish(channel, payloads, { timeoutMs, signal: app.signal }))
    },
  })
}

async function inParts(tags: readonly string[], post: (tags: readonly string[]) => Promise<void>): Promise<void> {
  try {
    await post(tags)
  } catch (error) {
    const isTooLarge = [error, (error as Error).cause].some(one => one instanceof NotAcceptedError && one.status === 413)
    if (!isTooLarge || tags.length < 2) throw error
    await inParts(tags.slice(0, tags.length / 2), post)
    await inParts(tags.slice(tags.length / 2), post)
  }
}

const firstPauseMs = 500
const marginMs = 1_500

/** All attempts with the pauses between them. */
const longestMs = (tries: number): number => tries * timeoutMs + firstPauseMs * (2 ** (tries - 1) - 1)

/** So many attempts, each after twice the time, and no more where the answer says so. @throws the last error, in words that say so */
async function tryTimes({ clock, signal }: App, tries: number, who: string, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      const pauseMs = firstPauseMs * 2 ** (attempt - 1)
      const isOver = error instanceof NotAcceptedError && (error.isAboutText || error.waitMs > pauseMs)
      if (attempt < tries && !isOver) await clock.sleep(pauseMs, signal)
      else if (tries === 1) throw error
      else {
        const attempts = attempt === 1 ? '1 attempt' : `${attempt} attempts`
        const message = `${who} cannot be reached, ${attempts}: ${(error as Error).message}`
        throw new ProviderUnavailableError(message, { cause: error })
      }
    }
  }
}
