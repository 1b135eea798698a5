import { hostname } from 'node:os'
import type { ISql, JSONValue } from 'postgres'
import type { chunks, runs } from './tables.ts'

export type Run = Omit<typeof runs.$inferSelect, 'since' | 'watermarkNoted' | 'leaseToken'>
export type RunStatus = Run['status']

export type Chunk = Omit<typeof chunks.$inferSelect, 'runId'>

/** `targetDate`, `season`: the day and the season it is about, where it is about one. */
export type NewRun = Pick<
  typeof runs.$inferInsert,
  'job' | 'season' | 'targetDate' | 'since' | 'watermarkBefore' | 'leaseToken'
> & {
  /** Null of a job of the user's own. */
  sport: string | null
  /** The caller holds the only lease of the sport: all other runs of it that are still `running` have died. */
  alone?: boolean
  /** Its receipt so far. */
  counts: object
  at: Date
}

/**
 * Begins a run. The caller holds the job's lease, so a run of the same job that is still `running` has died: it becomes `lost`.
 * If the answer to the commit was lost and the same process repeats it with the same `at`, it is the same run.
 */
export async function beginRun(
  tx: ISql,
  { job, sport, season, targetDate, watermarkBefore, since, leaseToken, counts, alone = false, at }: NewRun,
): Promise<number> {
  const same = alone ? tx`job <> 'live'` : tx`job = ${job} and season is not distinct from ${season ?? null}`
  const running = tx`${sport === null ? tx`sport is null` : tx`sport = ${sport}`} and ${same} and status = 'running'`
  const [begun] = await tx<{ id: number }[]>`
    select id from ingest_runs where ${running} and started_at = ${at} and host = ${hostname()} and pid = ${process.pid}`
  if (begun) return begun.id
  const lost = await tx<{ id: number }[]>`
    update ingest_runs r set status = 'lost', finished_at = ${at}, watermark_after = coalesce(
      (select h.value from ingest_watermark_history h where h.run_id = r.id order by h.id desc limit 1), watermark_after)
    where ${running} returning id`
  for (const { id } of lost) await leaveChunks(tx, id)
  const [run] = await tx<{ id: number }[]>`
    insert into ingest_runs (job, sport, season, status, target_date, since, counts, failures, watermark_before, watermark_after, lease_token,
      started_at, host, pid)
    values (${job}, ${sport}, ${season ?? null}, 'running', ${targetDate ?? null}, ${since ?? null}, ${tx.json(counts as JSONValue)}, 0,
      ${watermarkBefore ?? null}, ${watermarkBefore ?? null}, ${leaseToken ?? null}, ${at}, ${hostname()}, ${process.pid})
    returning id`
  return (run as { id: number }).id
}

/** The first day, of one on, that any run of a job wanted to load; undefined if a person named the days of all of them. */
export async function readFirstDay(sql: ISql, job: string, sport: string, from: string): Promise<string | undefined> {
  const [first] = await sql<{ day: string | null }[]>`
    select min(since) as day from ingest_runs where job = ${job} and sport = ${sport} and since >= ${from}`
  return first?.day ?? undefined
}

/** When the newest run of a job began that goes by the calendar and has loaded at least a part of what it asked for. */
export async function readNewestLoad(sql: ISql, job: string, sport: string, upTo: Date): Promise<Date | undefined> {
  const [newest] = await sql<{ at: Date }[]>`
    select started_at as at from ingest_runs
    where job = ${job} and sport = ${sport} and since is not null and started_at <= ${upTo} and (status = 'done' or (status = 'failed'
      and coalesce((counts #>> '{units,done}')::int, 0) + coalesce((counts #>> '{units,unchanged}')::int, 0) > 0))
    order by id desc limit 1`
  return newest?.at
}

/** What the newest run of a job was about. */
export interface NewestTarget {
  day: string
  /** A run before it began at a later time, by more than hosts differ: one of the two had a wrong clock. */
  isEarlier: boolean
}

/** Of the runs whose target nobody named, and was a day of these. */
export async function readNewestTarget(
  sql: ISql,
  { job, sport, from, before }: { job: string; sport: string; from: string; before: string },
): Promise<NewestTarget | undefined> {
  const [newest] = await sql<NewestTarget[]>`
    select target_date as day, exists (
      select from ingest_runs w
      where w.job = r.job and w.sport = r.sport and w.id < r.id and w.started_at > r.started_at + interval '1 hour') as "isEarlier"
    from ingest_runs r
    where job = ${job} and sport = ${sport} and since is not null and target_date >= ${from} and target_date < ${before}
    order by id desc limit 1`
  return newest
}

export interface RunEnd {
  status: Exclude<RunStatus, 'running' | 'lost'>
  counts: object
  failures: number
  watermarkAfter: string | undefined
  error?: string
  at: Date
}

export async function endRun(tx: ISql, id: number, end: RunEnd): Promise<void> {
  await tx`
    update ingest_runs set status = ${end.status}, counts = ${tx.json(end.counts as JSONValue)}, failures = ${end.failures},
      watermark_after = ${end.watermarkAfter ?? null}, error = ${end.error ?? null}, finished_at = ${end.at}
    where id = ${id}`
  await leaveChunks(tx, id)
}

/** Writes what a run has done so far, while it continues. */
export async function updateRun(tx: ISql, id: number, { counts, failures }: Pick<RunEnd, 'counts' | 'failures'>): Promise<void> {
  await tx`update ingest_runs set counts = ${tx.json(counts as JSONValue)}, failures = ${failures} where id = ${id}`
}

/** Whether a run has not ended, which it then cannot before the caller's transaction does. */
export async function holdRunning(tx: ISql, id: number): Promise<boolean> {
  const [run] = await tx`select from ingest_runs where id = ${id} and status = 'running' for share`
  return run !== undefined
}

/** A run of a job of the user's own, locked while it has not ended: the value that its program has noted for its watermark. */
export async function lockRunning(sql: ISql, id: number): Promise<{ noted: string | null } | undefined> {
  const [run] = await sql<{ noted: string | null }[]>`
    select watermark_noted as noted from ingest_runs where id = ${id} and status = 'running' for update`
  return run
}

/** Whether a run has not ended; it may at any time. */
export async function isRunning(sql: ISql, id: number): Promise<boolean> {
  const [run] = await sql`select from ingest_runs where id = ${id} and status = 'running'`
  return run !== undefined
}

/** What a program's run is, for who wants to note a value for its watermark. */
export async function lockNotableRun(
  tx: ISql,
  id: number,
): Promise<(Pick<Run, 'job' | 'status'> & { token: number | null }) | undefined> {
  const [run] = await tx<(Pick<Run, 'job' | 'status'> & { token: number | null })[]>`
    select job, status, lease_token as token from ingest_runs where id = ${id} and lease_token is not null for update`
  return run
}

/** Notes a value for the watermark of a run's job, which the end of the run commits. */
export async function noteWatermark(tx: ISql, id: number, value: string): Promise<void> {
  await tx`update ingest_runs set watermark_noted = ${value} where id = ${id}`
}

/** Chunks that a run was working on when it ended become pending again. */
async function leaveChunks(tx: ISql, runId: number): Promise<void> {
  await tx`update ingest_chunks set status = 'pending' where run_id = ${runId} and status = 'running'`
}

export interface ChunkState extends Pick<Chunk, 'unit' | 'part' | 'status'> {
  from: string
  to: string
  error?: Error
  counts?: object
  at: Date
}

/** Writes where a chunk of a run stands; each time it becomes `running` is one attempt. */
export async function recordChunk(
  tx: ISql,
  runId: number,
  { unit, part, from, to, status, error, counts = {}, at }: ChunkState,
): Promise<void> {
  const ended = status === 'done' || status === 'failed' ? at : null
  await tx`
    insert into ingest_chunks (run_id, unit, part, window_from, window_to, status, attempts, error_class, message, counts, finished_at)
    values (${runId}, ${unit}, ${part}, ${from}, ${to}, ${status}, ${status === 'pending' ? 0 : 1}, ${error?.name ?? null}, ${error?.message ?? null},
      ${tx.json(counts as JSONValue)}, ${ended})
    on conflict (run_id, unit, part) do update set status = excluded.status, error_class = excluded.error_class,
      message = excluded.message, counts = excluded.counts, finished_at = excluded.finished_at,
      attempts = greatest(ingest_chunks.attempts + (${status} = 'running' and ingest_chunks.status <> 'running')::int, excluded.attempts)`
}

/** Inserts the chunks that a run is going to work on, as `pending`. */
export async function planChunks(
  tx: ISql,
  runId: number,
  chunks: readonly Pick<ChunkState, 'unit' | 'part' | 'from' | 'to'>[],
): Promise<void> {
  await tx`
    insert into ingest_chunks (run_id, unit, part, window_from, window_to, status, attempts, counts)
    select ${runId}::bigint, c ->> 'unit', c ->> 'part', (c ->> 'from')::date, (c ->> 'to')::date, 'pending', 0, '{}'
    from jsonb_array_elements(${tx.json([...chunks])}) c
    on conflict do nothing`
}

/** Marks chunks as done that had nothing to write. */
export async function passChunks(
  tx: ISql,
  runId: number,
  chunks: readonly Pick<ChunkState, 'unit' | 'part'>[],
  at: Date,
): Promise<void> {
  await tx`
    update ingest_chunks c set status = 'done', attempts = 1, finished_at = ${at}
    from jsonb_array_elements(${tx.json([...chunks])}) p
    where c.run_id = ${runId} and c.unit = p ->> 'unit' and c.part = p ->> 'part'`
}

/** Windows of chunks that failed in any run of a job about a season. They may have been loaded since. */
export async function listFailedWindows(
  sql: ISql,
  { job, sport, season }: { job: string; sport: string; season: string },
): Promise<{ from: string; to: string }[]> {
  return await sql<{ from: string; to: string }[]>`
    select distinct c.window_from as "from", c.window_to as "to" from ingest_chunks c join ingest_runs r on r.id = c.run_id
    where r.job = ${job} and r.sport = ${sport} and r.season = ${season} and c.status = 'failed' order by 1, 2`
}

/** The counts of a chunk, if it was committed. */
export async function readDoneChunk(
  tx: ISql,
  runId: number,
  { unit, part }: Pick<ChunkState, 'unit' | 'part'>,
): Promise<object | undefined> {
  const [chunk] = await tx<{ counts: object }[]>`
    select counts from ingest_chunks
    where run_id = ${runId} and unit = ${unit} and part = ${part} and status = 'done'`
  return chunk?.counts
}

/** When a run ended, of a run called `r`; what is not over has no end. */
const endOf = (sql: ISql) => sql`case when r.status <> 'running' then coalesce(r.finished_at, r.started_at) end`

/** The condition on a run, called `r`, that it ended before an instant. */
export const endedBefore = (sql: ISql, at: Date) => sql`coalesce(${endOf(sql)} < ${at}, false)`

/**
 * Runs by which jobs and people decide, however long ago they were: the newest of each job and sport; of each season the first `since`
 * (`readFirstDay`); the newest target, and what says that it had a wrong clock (`readNewestTarget`); and those that dead letters name,
 * since the letters of a backfill are not tried again by a daily run.
 * @param turns month and day on which the seasons of each sport begin
 * @param today no zone has an earlier one
 */
export async function listDecidingRuns(
  sql: ISql,
  { turns, today }: { turns: Readonly<Record<string, string>>; today: string },
): Promise<number[]> {
  const rows = await sql<{ id: number }[]>`
    with seen as (
      select r.*, extract(year from since)::int - (to_char(since, 'MM-DD') < coalesce(${sql.json(turns)}::jsonb ->> sport, ''))::int as season_year
      from ingest_runs r
    ), judged as (
      select id, since, target_date, started_at,
        row_number() over (partition by job, sport order by id desc) as newest,
        row_number() over (partition by job, sport, season_year order by since, id) as first_of_season,
        row_number() over (partition by job, sport, since is null, target_date order by id desc) as newest_of_target,
        max(target_date) filter (where since is not null and target_date < ${today}) over later as later_target,
        min(started_at) over later as later_start
      from seen
      window later as (partition by job, sport order by id desc rows between unbounded preceding and 1 preceding)
    )
    select id from judged
    where newest = 1 or later_start < started_at - interval '1 hour' or (since is not null and (first_of_season = 1
      or (newest_of_target = 1 and coalesce(later_target < target_date, true))))
    union select run_id from dead_letters where status in ('open', 'discarded') and run_id is not null`
  return rows.map(({ id }) => id)
}

/** A chunk of a backfill that failed. */
export interface FailedChunk {
  sport: string
  season: string
  runId: number
  unit: string
  part: string
  from: string
  to: string
  /** A later run of the sport has committed the same unit. */
  isDoneSince: boolean
}

/** Chunks that failed in backfills that ended before an instant: of several with the same window the newest. */
export async function listFailedChunks(sql: ISql, before: Date): Promise<FailedChunk[]> {
  return await sql<FailedChunk[]>`
    with failed as (
      select distinct on (r.sport, r.season, c.part, c.window_from, c.window_to) r.sport, r.season, c.run_id, c.unit, c.part, c.window_from, c.window_to
      from ingest_chunks c join ingest_runs r on r.id = c.run_id
      where c.status = 'failed' and r.job = 'backfill' and r.season is not null and ${endedBefore(sql, before)}
      order by r.sport, r.season, c.part, c.window_from, c.window_to, c.run_id desc
    ), done as (
      select r.sport, c.unit, c.part, max(c.run_id) as run_id from ingest_chunks c join ingest_runs r on r.id = c.run_id
      where c.status = 'done' and exists (select from failed) group by 1, 2, 3
    )
    select f.sport, f.season, f.run_id as "runId", f.unit, f.part, f.window_from as "from", f.window_to as "to",
      coalesce(d.run_id > f.run_id, false) as "isDoneSince"
    from failed f left join done d on d.sport = f.sport and d.unit = f.unit and d.part = f.part`
}

const runColumns = (sql: ISql) => sql`
  id, job, sport, season, status, target_date as "targetDate", counts, failures, watermark_before as "watermarkBefore",
  watermark_after as "watermarkAfter", error, started_at as "startedAt", finished_at as "finishedAt", host, pid`

/** Newest first. */
export async function listRuns(sql: ISql, limit: number): Promise<Run[]> {
  return await sql<Run[]>`select ${runColumns(sql)} from ingest_runs order by id desc limit ${limit}`
}

/** A run that has ended, as far as it tells whether it was in vain. */
export type EndedRun = Pick<Run, 'id' | 'job' | 'sport' | 'status' | 'failures' | 'error' | 'counts' | 'startedAt' | 'host'>

const endedColumns = (sql: ISql) => sql`id, job, sport, status, failures, error, counts, started_at as "startedAt", host`

/** The newest runs of a job and sport that have ended by themselves or died, the newest first; not those that somebody stopped. */
export async function listEndedRuns(
  sql: ISql,
  { jobs, sport, limit }: { jobs: readonly string[]; sport: string; limit: number },
): Promise<EndedRun[]> {
  return await sql<EndedRun[]>`
    select ${endedColumns(sql)} from ingest_runs
    where job in ${sql([...jobs])} and sport = ${sport} and status <> 'running' and not (status = 'stopped' and coalesce(error, '') like 'Stopped by SIG%')
    order by id desc limit ${limit}`
}

/** Runs that one process began within a span and that were in vain, at least in part. */
export async function listFailedRuns(
  sql: ISql,
  { host, pid, from, to }: { host: string; pid: number; from: Date; to: Date },
): Promise<EndedRun[]> {
  return await sql<EndedRun[]>`
    select ${endedColumns(sql)} from ingest_runs
    where host = ${host} and pid = ${pid} and started_at between ${from} and ${to} and status in ('failed', 'stopped', 'lost') order by id`
}

export async function findRun(sql: ISql, id: number): Promise<(Run & { chunks: Chunk[] }) | undefined> {
  const [run] = await sql<Run[]>`select ${runColumns(sql)} from ingest_runs where id = ${id}`
  if (!run) return undefined
  const chunks = await sql<Chunk[]>`
    select unit, window_from as "windowFrom", window_to as "windowTo", part, status, attempts, error_class as "errorClass", message, counts,
      finished_at as "finishedAt"
    from ingest_chunks where run_id = ${id} order by window_from, window_to, unit, part`
  return { ...run, chunks: [...chunks] }
}
