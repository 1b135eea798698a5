import type { TransactionSql } from 'postgres'
import type { App } from '../app.ts'
import { StoreError } from '../core/errors.ts'
import { postJson } from '../http/post-json.ts'
import { addNotice, listDueNotices, markSent, postponeNotices } from '../store/outbox.ts'

/** A look is not held up for longer. */
const timeoutMs = 3_000
const atOnce = 100
const firstPauseMs = 30_000
const longestPauseMs = 3_600_000
/** Sent ones are kept for those who want to know what was told. */
const keptMs = 7 * 24 * 3_600_000

/** More games than these are told as all there are. */
const mostGames = 200

/** The caches' names for what has changed: of a game that has ended, the figures of its clubs and people too. */
export function tagsOf(sport: string, changed: ReadonlySet<string>, finals: readonly string[]): string[] {
  const games = changed.size > mostGames ? [`games:${sport}`] : [...changed].map(id => `game:${sport}:${id}`)
  return ['games', ...games, ...(finals.length > 0 ? [`players:${sport}`, `teams:${sport}`] : [])]
}

/** Notes in the transaction of the rows what caches are to be told; nothing where there is nobody to tell. */
export async function noteChange(
  tx: TransactionSql,
  { config, clock }: App,
  sport: string,
  { changed, finals }: { changed: ReadonlySet<string>; finals: readonly string[] },
): Promise<void> {
  if (!config.worker.cacheInvalidationUrl || changed.size === 0) return
  await addNotice(tx, { sport, tags: tagsOf(sport, changed, finals), at: clock.now() })
}

/** The same for a file of lines or people. */
export async function noteFile(tx: TransactionSql, { config, clock }: App, sport: string): Promise<void> {
  if (!config.worker.cacheInvalidationUrl) return
  await addNotice(tx, { sport, tags: [`players:${sport}`, `teams:${sport}`], at: clock.now() })
}

/** Tells caches at the end of a job what it has changed. It is done and told; that they did not listen does not change that. */
export async function tellCaches(app: App, sport: string): Promise<void> {
  await sendNotices(app, sport).catch((error: Error) => {
    app.log.warn('notices.unsent', { sport, reason: error.message })
  })
}

/**
 * Tells caches what is noted and due, in one request; at least once, since the answer may be lost. What could not be told is tried
 * again at a later look. Whoever does not listen stops nothing.
 */
export async function sendNotices({ config, clock, database, log, signal }: App, sport: string): Promise<void> {
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
    await database.run(sql => markSent(sql, { sport, ids, at, forgetBefore: new Date(at.getTime() - keptMs) }))
    log.debug('notices.sent', { sport, tags: tags.length })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof StoreError) throw error
    const pauseMs = Math.min(firstPauseMs * 2 ** first.attempts, longestPauseMs)
    await database.run(sql => postponeNotices(sql, { ids, error: error as Error, dueAt: new Date(at.getTime() + pauseMs) }))
    log[first.attempts === 0 ? 'warn' : 'debug']('notices.unsent', { sport, tags: tags.length, reason: (error as Error).message })
  }
}
