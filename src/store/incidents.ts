import type { ISql, JSONValue } from 'postgres'
import type { incidents } from './tables.ts'

export type Incident = typeof incidents.$inferSelect
export type IncidentName = Pick<Incident, 'kind' | 'key'>

const columns = (sql: ISql) => sql`
  id, kind, key, facts, opened_at as "openedAt", seen_at as "seenAt", recovered_at as "recoveredAt", recovery`

/** Opens an incident. Of several hosts that notice the same at once, one does. @returns undefined where it is open already */
export async function openIncident(
  tx: ISql,
  { kind, key, facts, at }: IncidentName & { facts: object; at: Date },
): Promise<number | undefined> {
  const [opened] = await tx<{ id: number }[]>`
    insert into ingest_incidents (kind, key, facts, opened_at, seen_at) values (${kind}, ${key}, ${tx.json(facts as JSONValue)}, ${at}, ${at})
    on conflict (kind, key) where recovered_at is null do nothing returning id`
  return opened?.id
}

/** @returns whether it was open: of several hosts that notice the same at once, one closes it */
export async function closeIncident(tx: ISql, id: number, { recovery, at }: { recovery: string; at: Date }): Promise<boolean> {
  const { count } = await tx`
    update ingest_incidents set recovered_at = ${at}, recovery = ${recovery} where id = ${id} and recovered_at is null`
  return count > 0
}

/** Notes that incidents go on. */
export async function noteSeen(sql: ISql, ids: readonly number[], at: Date): Promise<void> {
  if (ids.length === 0) return
  await sql`update ingest_incidents set seen_at = ${at} where id in ${sql([...ids])} and recovered_at is null`
}

export async function listOpenIncidents(sql: ISql): Promise<Incident[]> {
  return await sql<Incident[]>`select ${columns(sql)} from ingest_incidents where recovered_at is null order by id`
}

/** Newest first. */
export async function listIncidents(sql: ISql, { isOpen, limit }: { isOpen: boolean; limit: number }): Promise<Incident[]> {
  return await sql<Incident[]>`
    select ${columns(sql)} from ingest_incidents ${isOpen ? sql`where recovered_at is null` : sql``} order by id desc limit ${limit}`
}
