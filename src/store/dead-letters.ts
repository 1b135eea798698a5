import type { ISql } from 'postgres'

export type DeadLetterStatus = 'open' | 'resolved' | 'discarded'

export interface DeadLetter {
  id: number
  sport: string
  dataset: string
  item: string
  day: string
  stage: 'fetch' | 'transform' | 'load'
  errorClass: string
  message: string
  attempts: number
  status: DeadLetterStatus
  runId: number | null
  createdAt: Date
  updatedAt: Date
}

export interface NewDeadLetter {
  sport: string
  dataset: string
  item: string
  day: string
  stage: DeadLetter['stage']
  error: Error
  /** What the provider sent, whole. */
  payload: Uint8Array | undefined
  runId: number
  at: Date
}

/** Sets an item aside. One that is aside already gets another attempt and the newer reason. */
export async function setAside(tx: ISql, letter: NewDeadLetter): Promise<void> {
  const { sport, dataset, item, day, stage, error, payload, runId, at } = letter
  await tx`
    insert into dead_letters (sport, dataset, item, day, stage, error_class, message, payload, attempts, status, run_id, created_at, updated_at)
    values (${sport}, ${dataset}, ${item}, ${day}, ${stage}, ${error.name}, ${error.message}, ${payload ?? null}, 1, 'open', ${runId}, ${at}, ${at})
    on conflict (sport, dataset, item) where status = 'open' do update set day = excluded.day, stage = excluded.stage,
      error_class = excluded.error_class, message = excluded.message, payload = coalesce(excluded.payload, dead_letters.payload),
      attempts = dead_letters.attempts + 1, run_id = excluded.run_id, updated_at = excluded.updated_at`
}

/** Closes the open dead letters of items that have been loaded since. Returns how many there were. */
export async function resolveDeadLetters(tx: ISql, sport: string, dataset: string, items: string[], at: Date): Promise<number> {
  if (items.length === 0) return 0
  const { count } = await tx`
    update dead_letters set status = 'resolved', updated_at = ${at}
    where sport = ${sport} and dataset = ${dataset} and status = 'open' and item in ${tx(items)}`
  return count
}

const columns = (sql: ISql) => sql`
  id, sport, dataset, item, day, stage, error_class as "errorClass", message, attempts, status, run_id as "runId",
  created_at as "createdAt", updated_at as "updatedAt"`

/** Newest first; all of them where no status is given. */
export async function listDeadLetters(
  sql: ISql,
  { status, limit }: { status?: DeadLetterStatus; limit: number },
): Promise<DeadLetter[]> {
  return await sql<DeadLetter[]>`
    select ${columns(sql)} from dead_letters ${status ? sql`where status = ${status}` : sql``} order by id desc limit ${limit}`
}

export async function findDeadLetter(sql: ISql, id: number): Promise<(DeadLetter & { payload: Uint8Array | null }) | undefined> {
  const [row] = await sql<(DeadLetter & { payload: Uint8Array | null })[]>`
    select ${columns(sql)}, payload from dead_letters where id = ${id}`
  return row
}
