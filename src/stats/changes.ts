import type { ISql, TransactionSql } from 'postgres'
import { type StatsSport, textArray } from './lines.ts'

/** Seasons and players of which stats have to be computed anew. */
export interface Changes {
  seasons: readonly string[]
  players: readonly string[]
}

/** Changes that nobody has asked for are kept so long; a function that has not run for a day less than that computes all anew. */
const keptDays = 8
export const keptChangesMs = keptDays * 86_400_000

/** In which database a snapshot means something: transactions have other numbers in a copy that was restored elsewhere. */
const databaseName = `(
  select d.oid || ' ' || 'ingest_stats_changes'::regclass::oid || ' ' || case
    when has_function_privilege('pg_control_system()', 'execute') then (select system_identifier::text from pg_control_system()) else '' end
  from pg_database d where d.datname = current_database())`

/** What triggers have noted of a change. */
export interface Noted {
  season: string | null
  event: string | null
  player: string | null
}

/**
 * What was noted since a run that is known by its name, by the snapshot of that run: transactions that were under way then are new now. Exact
 * in a transaction with one snapshot, where what was noted and the rows themselves are seen alike.
 * @param upTo a snapshot: what it does not show is left out
 * @returns `all` where that cannot be told
 */
export async function readNoted(
  tx: TransactionSql,
  { name, version }: { name: string; version: string },
  sport: StatsSport,
  upTo?: string,
): Promise<Noted[] | 'all'> {
  const [last] = await tx<{ snapshot: string }[]>`
    select snapshot::text from ingest_stats_state
    where function = ${name} and sport = ${sport.id} and version = ${version} and database = ${tx.unsafe(databaseName)}
      and ran_at > now() - ${keptDays - 1} * interval '1 day' and pg_snapshot_xmax(snapshot) <= pg_snapshot_xmax(pg_current_snapshot())`
  if (!last) return 'all'
  const noted = await tx<Noted[]>`
    select distinct season, event_id as event, player_id as player from ingest_stats_changes
    where sport = ${sport.id} and not pg_visible_in_snapshot(transaction, ${last.snapshot}::text::pg_snapshot)
      ${upTo === undefined ? tx`` : tx`and pg_visible_in_snapshot(transaction, ${upTo}::text::pg_snapshot)`}
    order by 1, 2, 3`
  return noted.some(({ season, event, player }) => season === null && event === null && player === null) ? 'all' : noted
}

/** The seasons and players that something was noted of, directly or by their events. */
export async function findChanges(tx: TransactionSql, sport: StatsSport, noted: readonly Noted[]): Promise<Changes> {
  const [seasons, events, players, whole] = [new Set<string>(), new Set<string>(), new Set<string>(), new Set<string>()]
  for (const { season, event, player } of noted) {
    if (season !== null) seasons.add(season)
    if (event !== null) events.add(event)
    if (player !== null) players.add(player)
    if (season !== null && event === null && player === null) whole.add(season)
  }
  for (const one of await findTouched(tx, sport, [...events], [...whole])) {
    if (one.season !== null) seasons.add(one.season)
    if (one.player !== null) players.add(one.player)
  }
  return { seasons: [...seasons].sort(), players: [...players].sort() }
}

/** Seasons and players of events, and the players of whole seasons. */
async function findTouched(
  tx: TransactionSql,
  { performances: p }: StatsSport,
  events: readonly string[],
  seasons: readonly string[],
): Promise<{ season: string | null; player: string | null }[]> {
  const players = [
    ...(events.length > 0 ? [p.playersOfEvents(textArray(events))] : []),
    ...(seasons.length > 0 ? [p.playersOfSeasons(textArray(seasons))] : []),
  ].map(query => `select null as season, player from (${query}) p`)
  const found = events.length > 0 ? [`select season, null as player from (${p.seasonsOfEvents(textArray(events))}) e`] : []
  const parts = [...players, ...found]
  return parts.length === 0 ? [] : await tx.unsafe(parts.join(' union '))
}

/** Notes what a run has seen, in its transaction: what its own snapshot shows, where none is given. */
export async function keepState(
  tx: TransactionSql,
  state: { name: string; sport: string; version: string; isFull: boolean; rows: number; durationMs: number; seen?: string },
): Promise<void> {
  const { name, sport, version, isFull, rows, durationMs, seen } = state
  const snapshot = seen === undefined ? tx`pg_current_snapshot()` : tx`${seen}::text::pg_snapshot`
  await tx`
    insert into ingest_stats_state (function, sport, snapshot, database, version, is_full, rows, duration_ms, ran_at)
    values (${name}, ${sport}, ${snapshot}, ${tx.unsafe(databaseName)}, ${version}, ${isFull}, ${rows}, ${durationMs}, now())
    on conflict (function, sport) do update set snapshot = excluded.snapshot, database = excluded.database, version = excluded.version,
      is_full = excluded.is_full, rows = excluded.rows, duration_ms = excluded.duration_ms, ran_at = excluded.ran_at`
}

/** Whether nothing was noted since a run of the last day. */
export async function isUpToDate(
  sql: ISql,
  { name, version }: { name: string; version: string },
  sport: StatsSport,
): Promise<boolean> {
  const [found] = await sql`
    select from ingest_stats_state s
    where function = ${name} and s.sport = ${sport.id} and version = ${version} and database = ${sql.unsafe(databaseName)}
      and ran_at > now() - interval '1 day' and pg_snapshot_xmax(snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
      and not exists (
        select from ingest_stats_changes c where c.sport = s.sport and not pg_visible_in_snapshot(c.transaction, s.snapshot))`
  return found !== undefined
}

/** What the run of a name has seen of a sport, in this database. */
export async function readSeen(
  tx: TransactionSql,
  { name, version }: { name: string; version: string },
  sport: StatsSport,
): Promise<string | undefined> {
  const [found] = await tx<{ snapshot: string }[]>`
    select snapshot::text from ingest_stats_state
    where function = ${name} and sport = ${sport.id} and version = ${version} and database = ${tx.unsafe(databaseName)}`
  return found?.snapshot
}

/**
 * Deletes changes that all of some functions have seen, and old ones. A function that has not run yet, or not for long, will compute all
 * anew; but where its first run is under way it may not have seen a change that can be seen here, so those are kept for longer than a run
 * takes.
 */
export async function deleteSeenChanges(sql: ISql, functions: readonly string[]): Promise<number> {
  const { count } = await sql`
    delete from ingest_stats_changes c
    where c.created_at < now() - ${keptDays} * interval '1 day' or ${functions.length} = (
      select count(*) from ingest_stats_state s
      where s.sport = c.sport and s.function in ${sql([...functions])} and s.database = ${sql.unsafe(databaseName)}
        and pg_visible_in_snapshot(c.transaction, s.snapshot))`
  return count
}
