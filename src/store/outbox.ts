import type { ISql, JSONValue } from 'postgres'
import type { Database } from './database.ts'
import type { outbox } from './tables.ts'

/** Something that others are to be told. */
export type Notice = Pick<typeof outbox.$inferSelect, 'id' | 'tags' | 'message' | 'attempts'>

/** Notices that go the same way, one after the other: those of a channel; of `cache` and `redis` those of a sport. */
export interface Queue {
  channel: string
  sport?: string
}

/** Who is told of rows that have changed. */
export interface Audience {
  /** An address to which invalidations are posted. */
  isPosted: boolean
  /** Of NOTIFY: for programs that listen on the same server. */
  channel: string | undefined
  /** The same is published on Redis, on a channel of that name. */
  isPublished?: boolean
}

/** A notification has room for 7,999 bytes. */
const longestPayload = 7_999

/** `{"sport":"nba","tags":[…]}`. Of more events than a notification has room for, the tags that name single ones are left out. */
export function payloadOf(sport: string, tags: readonly string[]): string {
  const all = JSON.stringify({ sport, tags })
  const isShort = Buffer.byteLength(all) <= longestPayload
  return isShort ? all : JSON.stringify({ sport, tags: tags.filter(tag => tag.split(':').length < 3) })
}

/**
 * Records a cache invalidation, in the transaction of the rows that make the caches stale, for each way of sending it, and notifies who
 * listens when that commits.
 */
export async function addNotice(
  tx: ISql,
  { sport, tags, at }: { sport: string; tags: readonly string[]; at: Date },
  { isPosted, channel, isPublished = false }: Audience,
): Promise<void> {
  for (const way of [...(isPosted ? ['cache'] : []), ...(isPublished ? ['redis'] : [])])
    await tx`
      insert into ingest_outbox (channel, sport, tags, created_at, attempts, due_at)
      values (${way}, ${sport}, ${tx.json([...tags])}, ${at}, 0, ${at})`
  if (channel !== undefined) await tx`select pg_notify(${channel}, ${payloadOf(sport, tags)})`
}

/** Records a message for each of some channels, in the transaction of what it tells of. */
export async function addMessages(tx: ISql, channels: readonly string[], message: object, at: Date): Promise<void> {
  for (const channel of channels)
    await tx`
      insert into ingest_outbox (channel, message, created_at, attempts, due_at)
      values (${channel}, ${tx.json(message as JSONValue)}, ${at}, 0, ${at})`
}

/** Between two attempts. */
export const longestPauseMs = 3_600_000

/**
 * Takes the notices of a queue that are not sent yet, oldest first, and counts an attempt. None while the oldest waits for its next attempt:
 * the same receiver would not answer for the others. Until `untilMs` have passed nobody else takes them; where this process dies, somebody
 * does afterwards.
 */
export async function takeDueNotices(
  database: Database,
  queue: Queue,
  { at, limit, untilMs }: { at: Date; limit: number; untilMs: number },
): Promise<Notice[]> {
  // Nearly always there is nothing to send.
  const isAnyDue = await database.run(async sql => isDue(await listUnsent(sql, queue, 1), at))
  if (!isAnyDue) return []
  return await database.transaction(async tx => {
    const unsent = await listUnsent(tx, queue, limit, true)
    if (!isDue(unsent, at)) return []
    const dueAt = new Date(at.getTime() + untilMs)
    await tx`
      update ingest_outbox set attempts = attempts + 1, due_at = ${dueAt} where id in ${tx(unsent.map(({ id }) => id))}`
    return unsent
  })
}

type Unsent = Notice & { dueAt: Date }

async function listUnsent(sql: ISql, { channel, sport }: Queue, limit: number, lock = false): Promise<Unsent[]> {
  return await sql<Unsent[]>`
    select id, tags, message, attempts, due_at as "dueAt" from ingest_outbox
    where channel = ${channel} ${sport === undefined ? sql`` : sql`and sport = ${sport}`} and sent_at is null and due_at < 'infinity'
    order by id limit ${limit} ${lock ? sql`for update` : sql``}`
}

function isDue([first]: readonly Unsent[], at: Date): boolean {
  const waitMs = (first?.dueAt.getTime() ?? 0) - at.getTime()
  // It was a wrong clock that put it off for longer.
  return first !== undefined && (waitMs <= 0 || waitMs > longestPauseMs)
}

export async function markSent(sql: ISql, { ids, at }: { ids: readonly number[]; at: Date }): Promise<void> {
  await sql`update ingest_outbox set sent_at = ${at}, last_error = null where id in ${sql([...ids])}`
}

/** Records that notices are not sent any more, and why; they are deleted with the unsent ones. */
export async function giveUpNotices(sql: ISql, { ids, reason }: { ids: readonly number[]; reason: string }): Promise<void> {
  await sql`update ingest_outbox set last_error = ${reason}, due_at = 'infinity' where id in ${sql([...ids])}`
}

/** Records that notices could not be sent, why, and when to try again. */
export async function postponeNotices(
  sql: ISql,
  { ids, reason, dueAt }: { ids: readonly number[]; reason: string; dueAt: Date },
): Promise<void> {
  await sql`update ingest_outbox set last_error = ${reason}, due_at = ${dueAt} where id in ${sql([...ids])}`
}
