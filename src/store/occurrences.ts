import { hostname } from 'node:os'
import type { ISql } from 'postgres'
import type { Lease } from './leases.ts'
import type { occurrences, schedules } from './tables.ts'

export type Occurrence = typeof occurrences.$inferSelect
/** What people are told of it. */
export type ToldOccurrence = Omit<Occurrence, 'token'>
export type Schedule = typeof schedules.$inferSelect

/** A due time that was decided on. */
export type NewOccurrence = Pick<Occurrence, 'dueAt' | 'status'> & { reason?: string; by?: Date }

/** The name of the lease under which a job of the file runs. */
export const jobLease = (job: string) => `job:${job}`

/**
 * Locks what is known of a job's due times until the transaction ends, so that one process at a time decides about them.
 * @returns undefined where the job was never seen before
 */
export async function lockSchedule(tx: ISql, job: string): Promise<Schedule | undefined> {
  // Of a job that has no row yet, too.
  await tx`select pg_advisory_xact_lock(hashtextextended(${`sports-ingest ${jobLease(job)}`}, 0))`
  return await readSchedule(tx, job)
}

/** Notes until when the due times of a job are decided; not back. */
export async function keepSchedule(tx: ISql, { job, frequency, timezone, decidedUntil, firstSeenAt }: Schedule): Promise<void> {
  await tx`
    insert into ingest_schedules as s (job, frequency, timezone, decided_until, first_seen_at)
    values (${job}, ${frequency}, ${timezone}, ${decidedUntil}, ${firstSeenAt})
    on conflict (job) do update set frequency = excluded.frequency, timezone = excluded.timezone,
      decided_until = greatest(s.decided_until, excluded.decided_until)`
}

/** Adds due times that were decided on. */
export async function addOccurrences(tx: ISql, job: string, decided: readonly NewOccurrence[], at: Date): Promise<void> {
  const rows = decided.map(({ dueAt, status, reason = null, by = null }) => ({ dueAt, status, reason, by }))
  for (let i = 0; i < rows.length; i += addedAtOnce)
    await tx`
      insert into ingest_occurrences (job, due_at, status, reason, by, runs, decided_at)
      select ${job}, d."dueAt", d.status, d.reason, d.by, '[]', ${at}
      from jsonb_to_recordset(${tx.json(rows.slice(i, i + addedAtOnce) as never)}) as d ("dueAt" timestamptz, status text, reason text, by timestamptz)
      on conflict do nothing`
}

/** As JSON they are some MB. */
const addedAtOnce = 50_000

/** Those of a job that are not over, oldest first, and whether any was ever started. */
export async function readOpenOccurrences(
  tx: ISql,
  job: string,
): Promise<{ running: Pick<Occurrence, 'dueAt' | 'token'>[]; waiting: Date[]; hasRun: boolean }> {
  const open = await tx<Pick<Occurrence, 'dueAt' | 'token' | 'status'>[]>`
    select due_at as "dueAt", token::int8 as token, status from ingest_occurrences
    where job = ${job} and status in ('waiting', 'running') order by due_at`
  const [started] =
    await tx`select 1 from ingest_occurrences where job = ${job} and (started_at is not null or status = 'waiting') limit 1`
  return {
    running: open.filter(({ status }) => status === 'running').map(({ dueAt, token }) => ({ dueAt, token: Number(token) })),
    waiting: open.filter(({ status }) => status === 'waiting').map(({ dueAt }) => dueAt),
    hasRun: started !== undefined,
  }
}

/** The token of who holds the lease of a job now, or held it last. */
export async function readJobToken(tx: ISql, job: string): Promise<number | undefined> {
  const [found] = await tx<{ token: string }[]>`select token from ingest_leases where name = ${jobLease(job)}`
  return found && Number(found.token)
}

/** The caller holds the job's lease: whatever else is said to run has died. */
export async function loseRunning(tx: ISql, job: string, at: Date): Promise<Date[]> {
  const lost = await tx<{ dueAt: Date }[]>`
    update ingest_occurrences set status = 'lost', finished_at = ${at}, message = 'The process that ran it died.'
    where job = ${job} and status = 'running' returning due_at as "dueAt"`
  // Those of a job of the user's own; of others no one but their next run knows.
  if (lost.length > 0)
    await tx`update ingest_runs set status = 'lost', finished_at = ${at} where job = ${job} and sport is null and status = 'running'`
  return lost.map(({ dueAt }) => dueAt)
}

/** Starts the oldest that waits; undefined where none does. */
export async function startOldest(tx: ISql, job: string, { token }: Pick<Lease, 'token'>, at: Date): Promise<Date | undefined> {
  const [started] = await tx<{ dueAt: Date }[]>`
    update ingest_occurrences set status = 'running', token = ${token}, host = ${hostname()}, pid = ${process.pid}, started_at = ${at}
    where job = ${job} and due_at = (select min(due_at) from ingest_occurrences where job = ${job} and status = 'waiting')
    returning due_at as "dueAt"`
  return started?.dueAt
}

/** What this process has started under a lease, and not ended. */
export async function findStarted(tx: ISql, job: string, { token }: Pick<Lease, 'token'>): Promise<Date | undefined> {
  const [started] = await tx<{ dueAt: Date }[]>`
    select due_at as "dueAt" from ingest_occurrences
    where job = ${job} and status = 'running' and token = ${token} and host = ${hostname()} and pid = ${process.pid}`
  return started?.dueAt
}

/** Notes the run of an occurrence that runs, so that it is known of one whose process dies. */
export async function noteRun(tx: ISql, job: string, dueAt: Date, run: number): Promise<void> {
  await tx`update ingest_occurrences set runs = ${tx.json([run])} where job = ${job} and due_at = ${dueAt} and status = 'running'`
}

const toldColumns = (sql: ISql) => sql`
  job, due_at as "dueAt", status, reason, by, runs, failures, message, host, pid, decided_at as "decidedAt", started_at as "startedAt",
  finished_at as "finishedAt"`

/** What became of one due time, and what is known of the job. */
export async function findOccurrence(
  sql: ISql,
  job: string,
  dueAt: Date,
): Promise<{ occurrence: ToldOccurrence | undefined; schedule: Schedule | undefined }> {
  const [occurrence] = await sql<ToldOccurrence[]>`
    select ${toldColumns(sql)} from ingest_occurrences where job = ${job} and due_at = ${dueAt}`
  return { occurrence, schedule: await readSchedule(sql, job) }
}

/** The due times in the ledger within a span, its end not included. */
export async function listOccurrenceTimes(sql: ISql, job: string, { from, to }: { from: Date; to: Date }): Promise<Date[]> {
  const found = await sql<{ dueAt: Date }[]>`
    select due_at as "dueAt" from ingest_occurrences where job = ${job} and due_at >= ${from} and due_at < ${to} order by due_at`
  return found.map(({ dueAt }) => dueAt)
}

/** Due times at which a job ended by itself or died, the newest first; not those that somebody stopped. */
export async function listEnds(sql: ISql, job: string, { limit }: { limit: number }): Promise<ToldOccurrence[]> {
  return await sql<ToldOccurrence[]>`
    select ${toldColumns(sql)} from ingest_occurrences
    where job = ${job} and status in ('done', 'failed', 'lost') order by due_at desc limit ${limit}`
}

/** How often a job has failed since it was last done, from when on, and when that was. */
export async function readFailureSpan(
  sql: ISql,
  job: string,
): Promise<{ count: number; since: Date | null; lastDone: Date | null }> {
  const [span] = await sql<{ count: number; since: Date | null; lastDone: Date | null }[]>`
    with done as (select max(due_at) as at from ingest_occurrences where job = ${job} and status = 'done')
    select count(*)::int as count, min(o.due_at) as since, (select at from done) as "lastDone" from ingest_occurrences o
    where job = ${job} and status in ('failed', 'lost') and due_at > coalesce((select at from done), '-infinity')`
  return span ?? { count: 0, since: null, lastDone: null }
}

/** What is known of a job, whether the settings have it or not. */
export async function readSchedule(sql: ISql, job: string): Promise<Schedule | undefined> {
  const [found] = await sql<Schedule[]>`
    select job, frequency, timezone, decided_until as "decidedUntil", first_seen_at as "firstSeenAt"
    from ingest_schedules where job = ${job}`
  return found
}

/** How an occurrence has ended. */
export async function endOccurrence(
  tx: ISql,
  { job, dueAt, status, runs, failures, message }: Pick<Occurrence, 'job' | 'dueAt' | 'status' | 'runs' | 'failures' | 'message'>,
  at: Date,
): Promise<void> {
  await tx`
    update ingest_occurrences set status = ${status}, runs = ${tx.json(runs)}, failures = ${failures}, message = ${message},
      finished_at = ${at}
    where job = ${job} and due_at = ${dueAt} and status = 'running'`
}

/** How long runs of each job have taken, as a rule, in milliseconds: the median of those in the ledger. */
export async function readUsualDurations(sql: ISql): Promise<Map<string, number>> {
  const rows = await sql<{ job: string; ms: number }[]>`
    select job, percentile_cont(0.5) within group (order by extract(epoch from finished_at - started_at) * 1000)::float8 as ms
    from ingest_occurrences where status in ('done', 'failed') and finished_at >= started_at group by job`
  return new Map(rows.map(({ job, ms }) => [job, ms]))
}
