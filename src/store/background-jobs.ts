import type { ISql, JSONValue, TransactionSql } from 'postgres'
import { BusyError } from '../core/errors.ts'
import type { Database } from './database.ts'
import { isGone } from './leases.ts'
import { deleteOld, type Pruned } from './retention.ts'
import type { backgroundJobs, JobResult } from './tables.ts'

type Row = typeof backgroundJobs.$inferSelect

/** A background job, as people see it. */
export type BackgroundJob = Omit<Row, 'message' | 'mergeKey' | 'lease' | 'sentAt'>
export type JobStatus = Row['status']
export type Trigger = Row['triggeredBy']
export type JobResults = Record<string, JobResult>

export const jobStatuses = ['queued', 'processing', 'completed', 'failed'] as const satisfies readonly JobStatus[]
export const triggers = ['admin', 'cron', 'match'] as const satisfies readonly Trigger[]

/** Where workers listen for new jobs. */
export const jobsChannel = 'sports_ingest_jobs'

export interface NewJob {
  kind: string
  triggeredBy: Trigger
  payload: Record<string, unknown>
  requestId?: string | undefined
  /** While a job of this key waits, none is added: it will see what this transaction has written. */
  mergeKey?: string
  /** It is begun after so long. Default 0. */
  afterMs?: number
}

const priorityOf = (trigger: Trigger): number => (trigger === 'match' ? 2 : 1)

/**
 * Adds a job, in the transaction of what caused it, and wakes the workers when that commits. A waiting job of the same key is locked until
 * then, so that no worker begins it before.
 * @returns the number of the new one, or of the one that was there
 */
export async function addJob(
  tx: ISql,
  { kind, triggeredBy, payload, requestId, mergeKey, afterMs = 0 }: NewJob,
): Promise<{ id: number; isNew: boolean }> {
  const isTaken = mergeKey === undefined ? tx`(request_id)` : tx`(merge_key) where status = 'queued'`
  // In one statement: it is a trip to the server for each unit that is loaded.
  const [{ id, isNew }] = await tx<[{ id: number; isNew: boolean }]>`
    with added as (
      insert into background_job_status as j (kind, status, priority, triggered_by, request_id, payload, merge_key, due_at)
      values (${kind}, 'queued', ${priorityOf(triggeredBy)}, ${triggeredBy}, ${requestId ?? null}, ${tx.json(payload as JSONValue)}, ${mergeKey ?? null},
        now() + ${afterMs} * interval '1 millisecond')
      on conflict ${isTaken} do update set priority = greatest(j.priority, excluded.priority)
      returning id, xmax = 0 as is_new
    )
    select id, is_new as "isNew", case when is_new then pg_notify(${jobsChannel}, '')::text end as woken from added`
  return { id, isNew }
}

/** Jobs that the data of a sport has caused: one waits at a time. */
export const statsKey = (sport: string): string => `stats:${sport}`

/**
 * Adds the job that recomputes the statistics of a sport, in the transaction of the rows that have changed; what changes until it is begun is
 * the same job.
 */
export async function addStatsJob(tx: ISql, sport: string, afterMs: number): Promise<void> {
  await addJob(tx, { kind: 'stats', triggeredBy: 'match', payload: { sports: [sport] }, mergeKey: statsKey(sport), afterMs })
}

export async function wakeWorkers(sql: ISql): Promise<void> {
  await sql`select pg_notify(${jobsChannel}, '')`
}

/** What a queue is given of a job. */
export interface Sendable {
  id: number
  message: string
  priority: number
}

/** A message that nobody has begun for so long is sent again: the queue drops what it has, and gets what it has lost. */
const resendAfterS = 5

/** Jobs that are due and that no queue has, the most urgent first; not those of which somebody is about to commit more reasons. */
const due = (sql: ISql, limit: number) => sql`
  select id from background_job_status
  where status = 'queued' and due_at <= now() and (sent_at is null or sent_at < now() - ${resendAfterS} * interval '1 second')
  order by priority desc, id limit ${limit} for update skip locked`

/**
 * Marks due jobs as sent and returns them, for the caller to send. Where it dies in between they are sent again, as are those that the queue
 * has lost, or that were given to another queue.
 */
export async function takeUnsent(sql: ISql, limit: number): Promise<Sendable[]> {
  return await sql<Sendable[]>`
    with due as materialized (${due(sql, limit)})
    update background_job_status j set sent_at = now() from due where j.id = due.id
    returning j.id, j.message, j.priority`
}

/** They could not be sent after all. */
export async function markUnsent(sql: ISql, messages: readonly string[]): Promise<void> {
  await sql`update background_job_status set sent_at = null where status = 'queued' and message = any(${idList(messages)}::uuid[])`
}

/** A list of UUIDs as the server reads it. */
const idList = (ids: readonly string[]): string => `{${ids.join(',')}}`

/** Who works. */
export interface Holder {
  /** The lease of the process. */
  lease: string
  workerId: string
}

/** A job that was begun. */
export type BegunJob = Pick<Row, 'id' | 'kind' | 'payload' | 'results' | 'retryCount' | 'triggeredBy' | 'message'>

const begun = (sql: ISql, { lease, workerId }: Holder) => sql`
  status = 'processing', worker_id = ${workerId}, lease = ${lease}, started_at = now(), completed_at = null, merge_key = null`

const ofBegun = (sql: ISql) => sql`
  id, kind, payload, results, retry_count as "retryCount", triggered_by as "triggeredBy", message`

/** Begins due jobs that no queue has, at most so many. */
export async function beginDue(sql: ISql, limit: number, holder: Holder): Promise<BegunJob[]> {
  return await sql<BegunJob[]>`
    with due as materialized (${due(sql, limit)}), begun as (
      update background_job_status j set ${begun(sql, holder)} from due where j.id = due.id returning j.*
    )
    select ${ofBegun(sql)} from begun order by priority desc, id`
}

/**
 * Begins the jobs of these messages, each if it still waits under its message. What somebody is about to commit locks some: of those it
 * returns `locked`, and undefined of those that are not to be done any more.
 */
export async function beginJobs(
  sql: ISql,
  messages: readonly string[],
  holder: Holder,
): Promise<(BegunJob | 'locked' | undefined)[]> {
  const asked = sql`message = any(${idList(messages)}::uuid[])`
  // The status is looked at after the rows were found: with it, the server would read all that wait, by an index of those.
  const rows = await sql<(BegunJob & { isBegun: boolean })[]>`
    with free as materialized (
      select id, status from background_job_status where ${asked} for update skip locked
    ), begun as (
      update background_job_status j set ${begun(sql, holder)} from free where j.id = free.id and free.status = 'queued' returning j.*
    ), known as materialized (
      select id, message, status from background_job_status where ${asked}
    )
    select ${ofBegun(sql)}, true as "isBegun" from begun
    union all
    select id, null, null, null, null, null, message, false from known where status = 'queued' and id not in (select id from free)`
  const found = new Map(rows.map(({ isBegun, ...job }) => [job.message, isBegun ? job : ('locked' as const)]))
  return messages.map(message => found.get(message))
}

/** What has become of a job that was begun. */
export type JobEnd = { message: string; results: JobResults } & (
  | { status: 'completed'; error?: undefined }
  | { status: 'failed'; error: string }
  /** Again after a while; `counts` as an attempt. */
  | { status: 'queued'; error: string | null; afterMs: number; counts: boolean }
)

/** Writes the ends of jobs, of each only if this holder still has it under its message. Returns whether it had, in their order. */
export async function endJobs(sql: ISql, ends: readonly JobEnd[], { lease }: Holder): Promise<boolean[]> {
  const values = ends.map(end => ({
    ...{ message: end.message, status: end.status, results: end.results, error: end.error ?? null },
    ...{ after: end.status === 'queued' ? end.afterMs : 0, counts: end.status === 'queued' && end.counts ? 1 : 0 },
  }))
  const ended = await sql<{ former: string }[]>`
    with ends as materialized (
      select * from jsonb_to_recordset(${sql.json(values as unknown as JSONValue)}) as e(
        message uuid, status text, results jsonb, error text, after float8, counts int)
    )
    update background_job_status j set status = e.status, results = j.results || e.results, last_error = e.error,
      retry_count = j.retry_count + e.counts, lease = null,
      message = case when e.status = 'queued' then gen_random_uuid() else j.message end,
      sent_at = case when e.status = 'queued' then null else j.sent_at end,
      due_at = case when e.status = 'queued' then now() + e.after * interval '1 millisecond' else j.due_at end,
      completed_at = case when e.status = 'queued' then null else now() end
    from ends e where j.message = any(${idList(ends.map(({ message }) => message))}::uuid[]) and j.message = e.message and j.lease = ${lease}
    returning e.message as former`
  const done = new Set(ended.map(({ former }) => former))
  return ends.map(({ message }) => done.has(message))
}

/**
 * Fails the caller's transaction unless the job is still held under its message; nobody else can take it before the transaction ends.
 * @throws BusyError
 */
export async function checkHeld(tx: TransactionSql, id: number, message: string): Promise<void> {
  const [held] = await tx`
    select from background_job_status where id = ${id} and message = ${message} and status = 'processing' for update`
  if (!held)
    throw new BusyError(`The job ${id} has gone to another worker, or was cancelled.`, {
      hint: 'Nothing of this step was committed.',
    })
}

/** A job at work, as those see it who look after dead workers. */
export interface HeldJob {
  id: number
  message: string
  workerId: string | null
  lease: string | null
  /** Its worker has been silent for too long, or has let go. */
  isExpired: boolean
  /** The session of its worker has ended; with a server that starts anew, it comes back at once. */
  isGone: boolean
}

export async function listHeld(sql: ISql): Promise<HeldJob[]> {
  return await sql<HeldJob[]>`
    select j.id, j.message, j.worker_id as "workerId", j.lease, l.name is null or l.expires_at < now() as "isExpired", ${isGone(sql)} as "isGone"
    from background_job_status j left join ingest_leases l on l.name = j.lease
    where j.status = 'processing'`
}

/**
 * Puts jobs back whose workers are gone, under new messages: whatever those still do with them is not kept. Each counts as an attempt; after
 * the last one, the job has failed.
 */
export async function takeBack(
  sql: ISql,
  messages: readonly string[],
  { maxAttempts, counts, error }: { maxAttempts: number; counts: boolean; error: string },
): Promise<{ id: number; status: JobStatus }[]> {
  if (messages.length === 0) return []
  const more = counts ? 1 : 0
  return await sql<{ id: number; status: JobStatus }[]>`
    with held as materialized (
      select id, retry_count + ${more} >= ${maxAttempts} and ${counts} as is_over from background_job_status
      where status = 'processing' and message = any(${idList(messages)}::uuid[]) for update skip locked
    )
    update background_job_status j set status = case when is_over then 'failed' else 'queued' end, retry_count = retry_count + ${more},
      message = gen_random_uuid(), lease = null, sent_at = null, due_at = now(), last_error = ${error},
      completed_at = case when is_over then now() end
    from held where j.id = held.id returning j.id, j.status`
}

/** Removes the leases of workers that are gone and hold nothing. */
export async function dropDeadWorkers(sql: ISql): Promise<void> {
  await sql`
    delete from ingest_leases l where starts_with(name, ${workerLease('')}) and (expires_at < now() - interval '1 minute' or ${isGone(sql)})
      and not exists (select from background_job_status j where j.lease = l.name and j.status = 'processing')`
}

export const workerLease = (name: string): string => `worker:${name}`

const columns = (sql: ISql) => sql`
  id, kind, status, priority, triggered_by as "triggeredBy", request_id as "requestId", payload, results, retry_count as "retryCount",
  worker_id as "workerId", created_at as "createdAt", due_at as "dueAt", started_at as "startedAt", completed_at as "completedAt", last_error as "lastError"`

export async function findJob(sql: ISql, id: number): Promise<BackgroundJob | undefined> {
  const [job] = await sql<BackgroundJob[]>`select ${columns(sql)} from background_job_status where id = ${id}`
  return job
}

/** Those of some jobs that have ended. */
export async function listEnded(sql: ISql, ids: readonly number[]): Promise<BackgroundJob[]> {
  return await sql<BackgroundJob[]>`
    select ${columns(sql)} from background_job_status
    where id = any(${`{${ids.join(',')}}`}::bigint[]) and status in ('completed', 'failed')`
}

/** Why one of some jobs that wait was put back. */
export async function findReason(sql: ISql, ids: readonly number[]): Promise<string | undefined> {
  const [job] = await sql<{ reason: string }[]>`
    select last_error as reason from background_job_status
    where id = any(${`{${ids.join(',')}}`}::bigint[]) and status = 'queued' and last_error is not null order by id limit 1`
  return job?.reason
}

/** Newest first. */
export async function listJobs(
  sql: ISql,
  { status, limit }: { status?: JobStatus | undefined; limit: number },
): Promise<BackgroundJob[]> {
  return await sql<BackgroundJob[]>`
    select ${columns(sql)} from background_job_status ${status ? sql`where status = ${status}` : sql``}
    order by id desc limit ${limit}`
}

/** Brings a failed job back, with all its attempts before it. Undefined where it has not failed, or is not there. */
export async function retryJob(tx: ISql, id: number): Promise<BackgroundJob | undefined> {
  const [job] = await tx<BackgroundJob[]>`
    update background_job_status set status = 'queued', retry_count = 0, message = gen_random_uuid(), sent_at = null, due_at = now(),
      completed_at = null, started_at = null, worker_id = null
    where id = ${id} and status = 'failed' returning ${columns(tx)}`
  if (job) await wakeWorkers(tx)
  return job
}

/** Ends a job that waits or is at work: it has failed, and what its worker still does is not kept. Undefined where it has ended. */
export async function cancelJob(
  tx: ISql,
  id: number,
  reason: string,
): Promise<(BackgroundJob & { wasAtWork: boolean }) | undefined> {
  const [former] = await tx<{ status: JobStatus }[]>`
    select status from background_job_status where id = ${id} and status in ('queued', 'processing') for update`
  if (!former) return undefined
  const [job] = await tx<BackgroundJob[]>`
    update background_job_status set status = 'failed', message = gen_random_uuid(), lease = null, merge_key = null, completed_at = now(),
      last_error = ${reason}
    where id = ${id} returning ${columns(tx)}`
  return job && { ...job, wasAtWork: former.status === 'processing' }
}

/** Removes jobs that have not ended, of which nobody is to hear any more: what their workers still do with them is not kept. */
export async function removeJobs(sql: ISql, ids: readonly number[]): Promise<void> {
  await sql`delete from background_job_status where id = any(${`{${ids.join(',')}}`}::bigint[]) and status in ('queued', 'processing')`
}

/** What is queued, at work and failed, for who looks after it. By the database's clock. */
export interface JobFacts {
  queued: number
  /** Since when the oldest of those that are due waits. */
  waitsSince: Date | null
  processing: number
  /** Of those at work, the ones whose workers are gone: one that lives takes them within seconds. */
  abandoned: number
  failed: number
  lastError: string | null
  workers: number
  now: Date
}

export async function readJobFacts(sql: ISql): Promise<JobFacts> {
  const [facts] = await sql<[JobFacts]>`
    select count(*) filter (where status = 'queued')::int as queued,
      min(greatest(created_at, due_at)) filter (where status = 'queued' and due_at <= now()) as "waitsSince",
      count(*) filter (where status = 'processing')::int as processing, count(*) filter (where status = 'failed')::int as failed,
      (array_agg(last_error order by id desc) filter (where status = 'failed'))[1] as "lastError",
      (select count(*)::int from background_job_status j left join ingest_leases l on l.name = j.lease
        where j.status = 'processing' and j.started_at < now() - interval '1 minute'
          and (l.name is null or l.expires_at < now() - interval '1 minute' or ${isGone(sql)})) as abandoned,
      (select count(*)::int from ingest_leases l where starts_with(name, ${workerLease('')}) and expires_at >= now() and not ${isGone(sql)}) as workers,
      now() as now
    from background_job_status`
  return facts
}

/** Deletes jobs that ended before an instant, by both clocks. Returns how many. */
export const pruneJobs = (database: Database, before: Date, goOn: () => boolean): Promise<number> => {
  const isOld: Pruned['isOld'] = sql =>
    sql`coalesce(t.status in ('completed', 'failed') and t.completed_at < least(${before}, now()), false)`
  return deleteOld(database, { table: 'background_job_status', key: ['id'], batch: 1_000, isOld }, goOn)
}

/** Some jobs: these, those of a trigger, or those that a sport's data has caused. */
export type WaitingFilter = { ids: readonly number[] } | { trigger: Trigger } | { sport: string }

/** The messages of waiting jobs that are due, in the order in which they are to be worked. */
export async function listMessages(sql: ISql, filter: WaitingFilter): Promise<string[]> {
  const which =
    'ids' in filter
      ? sql`id = any(${`{${filter.ids.join(',')}}`}::bigint[])`
      : 'trigger' in filter
        ? sql`triggered_by = ${filter.trigger}`
        : sql`triggered_by = 'match' and payload @> ${sql.json({ sports: [filter.sport] })}`
  const found = await sql<{ message: string }[]>`
    select message from background_job_status where status = 'queued' and due_at <= now() and ${which} order by priority desc, id`
  return found.map(({ message }) => message)
}
