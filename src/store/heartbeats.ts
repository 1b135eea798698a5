import { hostname } from 'node:os'
import type { ISql } from 'postgres'
import type { heartbeats } from './tables.ts'

/** Writes that this process is alive, and what it is doing. */
export async function beat(tx: ISql, heartbeat: Omit<typeof heartbeats.$inferSelect, 'host' | 'pid'>): Promise<void> {
  const { name, sport, mode, why, startedAt, beatAt, nextLookAt, refreshedAt, lastError, incidentSince } = heartbeat
  await tx`
    insert into ingest_heartbeats (name, sport, host, pid, mode, why, started_at, beat_at, next_look_at, refreshed_at, last_error, incident_since)
    values (${name}, ${sport}, ${hostname()}, ${process.pid}, ${mode}, ${why}, ${startedAt}, ${beatAt}, ${nextLookAt}, ${refreshedAt},
      ${lastError}, ${incidentSince})
    on conflict (name) do update set host = excluded.host, pid = excluded.pid, mode = excluded.mode, why = excluded.why,
      started_at = excluded.started_at, beat_at = excluded.beat_at, next_look_at = excluded.next_look_at,
      refreshed_at = coalesce(excluded.refreshed_at, ingest_heartbeats.refreshed_at), last_error = excluded.last_error,
      incident_since = excluded.incident_since`
}

/** When the schedule was last updated under that name, by this process or another. */
export async function readRefreshedAt(sql: ISql, name: string): Promise<Date | undefined> {
  const [row] = await sql<{ at: Date | null }[]>`select refreshed_at as at from ingest_heartbeats where name = ${name}`
  return row?.at ?? undefined
}

/** Who follows sports live, by the sport: those that have not ended by themselves. */
export async function listBeating(sql: ISql): Promise<Heartbeat[]> {
  return await sql<Heartbeat[]>`
    select sport, host, beat_at as "beatAt", next_look_at as "nextLookAt", last_error as "lastError", incident_since as "incidentSince"
    from ingest_heartbeats where mode <> 'stopped'`
}

export type Heartbeat = Pick<
  typeof heartbeats.$inferSelect,
  'sport' | 'host' | 'beatAt' | 'nextLookAt' | 'lastError' | 'incidentSince'
>
