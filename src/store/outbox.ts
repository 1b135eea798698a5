import type { ISql } from 'postgres'
import type { outbox } from './tables.ts'

/** The cache invalidation of one change. */
export type Notice = Pick<typeof outbox.$inferSelect, 'id' | 'tags' | 'attempts'>

/** Records a cache invalidation, in the transaction of the rows that make the caches stale. */
export async function addNotice(
  tx: ISql,
  { sport, tags, at }: { sport: string; tags: readonly string[]; at: Date },
): Promise<void> {
  await tx`
    insert into ingest_outbox (sport, tags, created_at, attempts, due_at) values (${sport}, ${tx.json([...tags])}, ${at}, 0, ${at})`
}

/** Between two attempts. */
export const longestPauseMs = 3_600_000

/**
 * Notices that are not sent yet, oldest first. None while the oldest waits for its next attempt: the same cache would not answer for
 * the others.
 */
export async function listDueNotices(
  sql: ISql,
  { sport, at, limit }: { sport: string; at: Date; limit: number },
): Promise<Notice[]> {
  const unsent = await sql<(Notice & { dueAt: Date })[]>`
    select id, tags, attempts, due_at as "dueAt" from ingest_outbox where sport = ${sport} and sent_at is null order by id limit ${limit}`
  const waitMs = (unsent[0]?.dueAt.getTime() ?? 0) - at.getTime()
  // It was a wrong clock that put it off for longer.
  return waitMs > 0 && waitMs <= longestPauseMs ? [] : unsent
}

export async function markSent(sql: ISql, { ids, at }: { ids: readonly number[]; at: Date }): Promise<void> {
  await sql`
    update ingest_outbox set sent_at = ${at}, attempts = attempts + 1, last_error = null where id in ${sql([...ids])}`
}

/** Records that notices could not be sent, why, and when to try again. */
export async function postponeNotices(
  sql: ISql,
  { ids, error, dueAt }: { ids: readonly number[]; error: Error; dueAt: Date },
): Promise<void> {
  await sql`
    update ingest_outbox set attempts = attempts + 1, last_error = ${error.message}, due_at = ${dueAt} where id in ${sql([...ids])}`
}
