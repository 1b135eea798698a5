import type { App } from '../app.ts'
import { StoreError } from '../core/errors.ts'
import { postJson } from '../http/post-json.ts'
import { listDueNotices, longestPauseMs, markSent, postponeNotices } from '../store/outbox.ts'

/** A poll is not held up for longer. */
const timeoutMs = 3_000
const atOnce = 100
const firstPauseMs = 30_000

/**
 * Posts the cache invalidations that are due, in one request; at least once, since the answer may be lost. What could not be sent is tried
 * again later. A cache that does not answer stops nothing.
 */
export async function sendDueNotices({ config, clock, database, log, signal }: App, sport: string): Promise<void> {
  const { cacheInvalidationUrl: url, internalApiKey: key } = config.worker
  if (!url) return
  const at = clock.now()
  const due = await database.run(sql => listDueNotices(sql, { sport, at, limit: atOnce }))
  const [first] = due
  if (!first) return
  const ids = due.map(({ id }) => id)
  const tags = [...new Set(due.flatMap(notice => notice.tags))]
  try {
    const headers = key ? { authorization: `Bearer ${key.reveal()}` } : {}
    await postJson(url, { tags }, { headers, timeoutMs, signal })
    await database.run(sql => markSent(sql, { ids, at }))
    log.debug('notices.sent', { sport, tags: tags.length })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof StoreError) throw error
    const pauseMs = Math.min(firstPauseMs * 2 ** first.attempts, longestPauseMs)
    await database.run(sql => postponeNotices(sql, { ids, error: error as Error, dueAt: new Date(at.getTime() + pauseMs) }))
    log[first.attempts === 0 ? 'warn' : 'debug']('notices.unsent', { sport, tags: tags.length, reason: (error as Error).message })
  }
}
