import type { ISql, TransactionSql } from 'postgres'

/** Changes that not all have read are kept so long; who has not run for a day less than that computes all anew. */
const keptDays = 8
export const keptChangesMs = keptDays * 86_400_000

/** In which database a snapshot means something: transactions have other numbers in a copy that was restored elsewhere. */
const databaseName = `(
  select d.oid || ' ' || 'ingest_stats_changes'::regclass::oid || ' ' || case
    when has_function_privilege('pg_control_system()', 'execute') then (select system_identifier::text from pg_control_system()) else '' end
  from pg_database d where d.datname = current_database())`

/** The lines of a sport, or a stats function, and how they are computed. */
export interface Computed {
  name: string
  sport: string
  version: string
}

/** The stored lines, as others know them. */
export const linesName = 'lines'

/** What triggers have noted of a change: an event, or what is of no event that is known. */
export interface Noted {
  season: string | null
  event: string | null
}

/**
 * What was noted since the lines were stored, by the snapshot that they show: transactions that were under way then are new now. Exact in a
 * transaction with one snapshot, where what was noted and the rows themselves are seen alike.
 * @returns `all` where that cannot be told
 */
export async function readNoted(tx: TransactionSql, { name, sport, version }: Computed): Promise<Noted[] | 'all'> {
  const [last] = await tx<{ snapshot: string }[]>`
    select snapshot::text from ingest_stats_state
    where function = ${name} and sport = ${sport} and version = ${version} and database = ${tx.unsafe(databaseName)}
      and ran_at > now() - ${keptDays - 1} * interval '1 day' and pg_snapshot_xmax(snapshot) <= pg_snapshot_xmax(pg_current_snapshot())`
  if (!last) return 'all'
  const noted = await tx<Noted[]>`
    select distinct season, event_id as event from ingest_stats_changes
    where sport = ${sport} and not pg_visible_in_snapshot(transaction, ${last.snapshot}::text::pg_snapshot)`
  return noted.some(({ season, event }) => season === null && event === null) ? 'all' : noted
}

/** Whether nothing was noted since the lines were stored, within the last day. */
export async function isUpToDate(sql: ISql, { name, sport, version }: Computed): Promise<boolean> {
  const [found] = await sql`
    select from ingest_stats_state s
    where function = ${name} and s.sport = ${sport} and version = ${version} and database = ${sql.unsafe(databaseName)}
      and ran_at > now() - interval '1 day' and pg_snapshot_xmax(snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
      and not exists (
        select from ingest_stats_changes c where c.sport = s.sport and not pg_visible_in_snapshot(c.transaction, s.snapshot))`
  return found !== undefined
}

/** What is kept of a run. */
interface Kept {
  generation: number
  isFull: boolean
  rows: number
  durationMs: number
}

/** Notes which generation of the lines a run has read, or stored, in its transaction; of the lines also what its snapshot shows. */
export async function keepState(tx: TransactionSql, state: Computed & Kept): Promise<void> {
  const { name, sport, version, generation, isFull, rows, durationMs } = state
  const shows = name === linesName ? tx`pg_current_snapshot(), ${tx.unsafe(databaseName)}` : tx`null, null`
  await tx`
    insert into ingest_stats_state (function, sport, generation, snapshot, database, version, is_full, rows, duration_ms, ran_at)
    values (${name}, ${sport}, ${generation}, ${shows}, ${version}, ${isFull}, ${rows}, ${durationMs}, now())
    on conflict (function, sport) do update set generation = excluded.generation, snapshot = excluded.snapshot,
      database = excluded.database, version = excluded.version, is_full = excluded.is_full, rows = excluded.rows,
      duration_ms = excluded.duration_ms, ran_at = excluded.ran_at`
}

/** A number for new lines, higher than all before. Who stores lines does that alone. */
export async function nextGeneration(tx: TransactionSql): Promise<number> {
  const [next] = await tx<{ generation: number }[]>`select nextval('ingest_stats_generation')::int as generation`
  return next?.generation as number
}

/** The generation of the lines that are stored; undefined where they are none of this version. */
export async function readGeneration(tx: TransactionSql, { name, sport, version }: Computed): Promise<number | undefined> {
  const [found] = await tx<{ generation: number }[]>`
    select generation from ingest_stats_state where function = ${name} and sport = ${sport} and version = ${version}`
  return found?.generation
}

/** Which generation of the lines a function has read, if that is not long ago. */
export async function readSeen(tx: TransactionSql, { name, sport, version }: Computed): Promise<number | undefined> {
  const [found] = await tx<{ generation: number }[]>`
    select generation from ingest_stats_state
    where function = ${name} and sport = ${sport} and version = ${version} and ran_at > now() - ${keptDays - 1} * interval '1 day'`
  return found?.generation
}

/** Seasons and players whose stored lines have changed, and seasons of which something else was noted. */
export interface Changes {
  seasons: readonly string[]
  players: readonly string[]
  touched: readonly string[]
}

/** With so many players and their seasons, those of others are few. */
const manyChanges = 20_000

/** What has changed between two generations of the lines. */
export async function readChanges(
  tx: TransactionSql,
  sport: string,
  { after, upTo }: { after: number; upTo: number },
): Promise<Changes | 'all'> {
  const found = await tx<{ season: string | null; player: string | null }[]>`
    select distinct season, player_id as player from ingest_stats_line_changes
    where sport = ${sport} and generation > ${after} and generation <= ${upTo} limit ${manyChanges + 1}`
  if (found.length > manyChanges) return 'all'
  const [seasons, players, touched] = [new Set<string>(), new Set<string>(), new Set<string>()]
  for (const { season, player } of found) {
    if (season === null) return 'all'
    if (player === null) touched.add(season)
    else {
      seasons.add(season)
      players.add(player)
    }
  }
  return { seasons: [...seasons].sort(), players: [...players].sort(), touched: [...touched].sort() }
}

/** Notes what a generation of the lines may change beside them: events of seasons, or all of a sport (null). */
export async function noteTouched(
  tx: TransactionSql,
  { sport, generation }: { sport: string; generation: number },
  seasons: readonly (string | null)[],
): Promise<void> {
  if (seasons.length === 0) return
  await tx`
    insert into ingest_stats_line_changes (sport, generation, season)
    select ${sport}, ${generation}, season from jsonb_array_elements_text(${tx.json([...seasons])}) as touched(season)`
}

/** Deletes noted changes that the stored lines show, changes of lines that all of some functions, and others that run here, have read, and what is old. */
export async function deleteSeenChanges(sql: ISql, functions: readonly string[]): Promise<number> {
  const isOld = sql`c.created_at < now() - ${keptDays} * interval '1 day'`
  const noted = await sql`
    delete from ingest_stats_changes c
    where ${isOld} or exists (
      select from ingest_stats_state s
      where s.function = ${linesName} and s.sport = c.sport and s.database = ${sql.unsafe(databaseName)}
        and pg_visible_in_snapshot(c.transaction, s.snapshot))`
  const changed = await sql`
    delete from ingest_stats_line_changes c
    where ${isOld} or (
      select count(*) filter (where s.function in ${sql([...functions])}) = ${functions.length} and min(s.generation) >= c.generation
      from ingest_stats_state s where s.sport = c.sport)`
  return noted.count + changed.count
}
