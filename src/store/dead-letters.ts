import type { ISql } from 'postgres'
import { UsageError } from '../core/errors.ts'
import type { deadLetters } from './tables.ts'

export type DeadLetter = Omit<typeof deadLetters.$inferSelect, 'payload'>
export type DeadLetterStatus = DeadLetter['status']

export interface NewDeadLetter extends Pick<DeadLetter, 'sport' | 'dataset' | 'item' | 'day' | 'stage'> {
  error: Error
  payload: Uint8Array | undefined
  runId: number
  at: Date
}

/** Records a dead letter. If the item has an open one, that counts one more attempt and takes the newer reason. */
export async function setAside(tx: ISql, letter: NewDeadLetter): Promise<void> {
  const { sport, dataset, item, day, stage, error, payload, runId, at } = letter
  await tx`
    insert into dead_letters (sport, dataset, item, day, stage, error_class, message, payload, attempts, status, run_id, created_at, updated_at)
    values (${sport}, ${dataset}, ${item}, ${day}, ${stage}, ${error.name}, ${error.message}, ${payload ?? null}, 1, 'open', ${runId}, ${at}, ${at})
    on conflict (sport, dataset, item) where status = 'open' do update set day = excluded.day, stage = excluded.stage,
      error_class = excluded.error_class, message = excluded.message, payload = coalesce(excluded.payload, dead_letters.payload),
      attempts = dead_letters.attempts + 1, run_id = excluded.run_id, updated_at = excluded.updated_at`
}

/**
 * Closes the dead letters of items that have been loaded since, discarded ones too: if such an item fails again, a new letter is opened.
 * Returns how many there were.
 */
export async function resolveDeadLetters(tx: ISql, sport: string, dataset: string, items: string[], at: Date): Promise<number> {
  if (items.length === 0) return 0
  const { count } = await tx`
    update dead_letters set status = 'resolved', updated_at = ${at}
    where sport = ${sport} and dataset = ${dataset} and status in ('open', 'discarded') and item in ${tx(items)}`
  return count
}

/** Items of a dataset with an open or discarded letter whose name begins with these words. */
export async function listItemsBeginning(tx: ISql, sport: string, dataset: string, words: string): Promise<string[]> {
  const rows = await tx<{ item: string }[]>`
    select item from dead_letters
    where sport = ${sport} and dataset = ${dataset} and status in ('open', 'discarded') and starts_with(item, ${words})`
  return rows.map(({ item }) => item)
}

export interface Discard {
  ids: readonly number[]
  by: string
  reason: string
  at: Date
}

/**
 * Discards open dead letters, all of them or none. No run tries such an item because of its letter; if its day is loaded anyway and
 * it fails in the same way again, it stays discarded and does not count as a failure (see `undiscarded` in pipeline).
 * @throws UsageError for an id that does not exist or is not open
 */
export async function discardDeadLetters(tx: ISql, { ids, by, reason, at }: Discard): Promise<DeadLetter[]> {
  await findOpenDeadLetters(tx, ids, { lock: true })
  return await tx<DeadLetter[]>`
    update dead_letters set status = 'discarded', discarded_by = ${by}, discarded_reason = ${reason}, discarded_at = ${at}, updated_at = ${at}
    where id in ${tx([...ids])} returning ${columns(tx)}`
}

/** A discarded item of a dataset, and the error it was discarded for. */
export type Discarded = Pick<DeadLetter, 'item' | 'dataset' | 'errorClass'>

/** Those of these items that are discarded and have no open letter beside it, which would be about another failure. */
export async function listDiscarded(sql: ISql, sport: string, items: readonly string[]): Promise<Discarded[]> {
  if (items.length === 0) return []
  return await sql<Discarded[]>`
    select item, dataset, error_class as "errorClass" from dead_letters d
    where sport = ${sport} and status = 'discarded' and item in ${sql([...items])} and not exists (
      select from dead_letters o where o.sport = d.sport and o.dataset = d.dataset and o.item = d.item and o.status = 'open')`
}

const columns = (sql: ISql) => sql`
  id, sport, dataset, item, day, stage, error_class as "errorClass", message, attempts, status, run_id as "runId",
  discarded_by as "discardedBy", discarded_reason as "discardedReason", discarded_at as "discardedAt", created_at as "createdAt", updated_at as "updatedAt"`

/** Newest first; all of them where no status is given. */
export async function listDeadLetters(
  sql: ISql,
  { status, limit }: { status?: DeadLetterStatus; limit: number },
): Promise<DeadLetter[]> {
  return await sql<DeadLetter[]>`
    select ${columns(sql)} from dead_letters ${status ? sql`where status = ${status}` : sql``} order by id desc limit ${limit}`
}

export async function findDeadLetter(sql: ISql, id: number): Promise<typeof deadLetters.$inferSelect | undefined> {
  const [row] = await sql<(typeof deadLetters.$inferSelect)[]>`
    select ${columns(sql)}, payload from dead_letters where id = ${id}`
  return row
}

/** The open dead letters, oldest day first; of one sport, and of these items, only where given. */
export async function listOpenDeadLetters(sql: ISql, sport?: string, items?: readonly string[]): Promise<DeadLetter[]> {
  return await sql<DeadLetter[]>`
    select ${columns(sql)} from dead_letters
    where status = 'open' ${sport ? sql`and sport = ${sport}` : sql``} ${items ? sql`and item in ${sql(['', ...items])}` : sql``}
    order by day, item, id`
}

/** How many dead letters of a sport are open; of these items only, where given. */
export async function countOpenDeadLetters(sql: ISql, sport: string, items?: readonly string[]): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from dead_letters
    where sport = ${sport} and status = 'open' ${items ? sql`and item in ${sql(['', ...items])}` : sql``}`
  return row?.count ?? 0
}

/** Why most of the open dead letters of a sport are there: how many of one kind there are, and what the newest of them says. */
export async function readMainTrouble(
  sql: ISql,
  sport: string,
): Promise<{ dataset: string; count: number; message: string } | undefined> {
  const [found] = await sql<{ dataset: string; count: number; message: string }[]>`
    select dataset, count(*)::int as count, (array_agg(message order by id desc))[1] as message from dead_letters
    where sport = ${sport} and status = 'open' group by dataset, error_class order by count(*) desc, dataset limit 1`
  return found
}

/** What the newest open dead letter of a run says. */
export async function readTroubleOf(sql: ISql, runId: number): Promise<string | undefined> {
  const [found] = await sql<{ message: string }[]>`
    select message from dead_letters where run_id = ${runId} and status = 'open' order by id desc limit 1`
  return found?.message
}

/** @throws UsageError for an id that does not exist or is not open */
export async function findOpenDeadLetters(sql: ISql, ids: readonly number[], { lock = false } = {}): Promise<DeadLetter[]> {
  const letters = await sql<DeadLetter[]>`
    select ${columns(sql)} from dead_letters where id in ${sql([...ids])} order by id ${lock ? sql`for update` : sql``}`
  const unknown = ids.find(id => letters.every(letter => letter.id !== id))
  if (unknown !== undefined) throw noSuchLetter(unknown)
  const closed = letters.find(letter => letter.status !== 'open')
  if (closed) throw notOpen(closed)
  return letters
}

export const noSuchLetter = (id: number): UsageError =>
  new UsageError(`There is no dead letter ${id}.`, { hint: 'See sports-ingest dead-letters list --status all.' })

/** Which of these items have an open or discarded letter, as `dataset item`. */
export async function listOpenItems(sql: ISql, sport: string, items: readonly string[]): Promise<Set<string>> {
  if (items.length === 0) return new Set()
  const rows = await sql<{ name: string }[]>`
    select dataset || ' ' || item as name from dead_letters
    where sport = ${sport} and status in ('open', 'discarded') and item in ${sql([...items])}`
  return new Set(rows.map(row => row.name))
}

function notOpen({ id, sport, item, day, status, discardedBy, discardedReason }: DeadLetter): UsageError {
  const known = `Dead letter ${id} is not open: ${item} of ${day} was`
  if (status === 'resolved')
    return new UsageError(`${known} loaded since.`, { hint: 'See sports-ingest dead-letters list for the open ones.' })
  return new UsageError(`${known} discarded by ${discardedBy}, because: ${discardedReason}`, {
    hint: `To ask for it again with its day: sports-ingest schedule daily --sport ${sport} --date ${day}`,
  })
}
