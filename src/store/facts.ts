import type { ISql } from 'postgres'
import { isGone } from './leases.ts'
import type { heartbeats, occurrences, runs } from './tables.ts'

/** What the server says of itself, and how many sessions it has. */
export interface ServerFacts {
  version: string
  now: Date
  isStandby: boolean
  bytes: number
  /** Sessions of all programs, and how many may be. */
  sessions: number
  mostSessions: number
}

export async function readServer(sql: ISql): Promise<ServerFacts> {
  const [found] = await sql<[ServerFacts]>`
    select current_setting('server_version') as version, clock_timestamp() as now, pg_is_in_recovery() as "isStandby",
      pg_database_size(current_database())::float8 as bytes,
      (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as sessions,
      (select least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        nullif(r.rolconnlimit, -1), nullif(d.datconnlimit, -1)) from pg_roles r, pg_database d
        where r.rolname = session_user and d.datname = current_database()) as "mostSessions"`
  return found
}

export interface LeaseFacts {
  name: string
  host: string
  pid: number
  acquiredAt: Date
  expiresAt: Date
  /** By the database's clock. */
  isExpired: boolean
  /** Its session has ended. */
  isGone: boolean
}

export async function listLeases(sql: ISql): Promise<LeaseFacts[]> {
  return await sql<LeaseFacts[]>`
    select name, host, pid, acquired_at as "acquiredAt", expires_at as "expiresAt", expires_at < now() as "isExpired", ${isGone(sql)} as "isGone"
    from ingest_leases l order by name`
}

/** How a job of the settings has fared. */
export interface JobFacts {
  job: string
  /** All its due times up to then are decided; null where nothing has looked at it yet. */
  decidedUntil: Date | null
  lastDoneAt: Date | null
  /** How many have ended in another way since, and the last of them. */
  failedSince: number
  last: Pick<
    typeof occurrences.$inferSelect,
    'dueAt' | 'status' | 'message' | 'failures' | 'runs' | 'finishedAt' | 'host' | 'pid'
  > | null
  running: Pick<typeof occurrences.$inferSelect, 'dueAt' | 'startedAt' | 'host' | 'pid'> | null
  waiting: number
  /** Due times of the last day at which it still ran for the one before. */
  overlapped: number
  /** Due times that were decided on in the last day, long after they were due: the first, until when it took, and how many. */
  late: { from: Date; to: Date; count: number } | null
}

/** @param since the last day begins there; @param lateMs what is decided so long after it was due is late */
export async function listJobFacts(
  sql: ISql,
  jobs: readonly string[],
  { since, lateMs }: { since: Date; lateMs: number },
): Promise<JobFacts[]> {
  const rows = await sql<JobFacts[]>`
    with named as (select jsonb_array_elements_text(${sql.json([...jobs])}) as job)
    select n.job, s.decided_until as "decidedUntil", d.at as "lastDoneAt", coalesce(f.count, 0) as "failedSince",
      to_jsonb(l) as last, to_jsonb(r) as running,
      (select count(*)::int from ingest_occurrences o where o.job = n.job and o.status = 'waiting') as waiting,
      (select count(*)::int from ingest_occurrences o where o.job = n.job and o.reason = 'overlap' and o.due_at >= ${since}) as overlapped,
      (select case when count(*) > 0 then jsonb_build_object('from', min(due_at), 'to', max(decided_at), 'count', count(*)) end
        from ingest_occurrences o where o.job = n.job and o.decided_at >= ${since} and o.reason is distinct from 'disabled'
          and o.decided_at - o.due_at > ${lateMs} * interval '1 millisecond') as late
    from named n
    left join ingest_schedules s using (job)
    left join lateral (select max(finished_at) as at, max(due_at) as due from ingest_occurrences o where o.job = n.job and o.status = 'done') d on true
    left join lateral (
      select count(*)::int as count from ingest_occurrences o
      where o.job = n.job and o.status in ('failed', 'stopped', 'lost') and o.due_at > coalesce(d.due, '-infinity')) f on true
    left join lateral (
      select due_at as "dueAt", status, message, failures, runs, finished_at as "finishedAt", host, pid from ingest_occurrences o
      where o.job = n.job and o.status in ('done', 'failed', 'stopped', 'lost') order by o.due_at desc limit 1) l on true
    left join lateral (
      select due_at as "dueAt", started_at as "startedAt", host, pid from ingest_occurrences o
      where o.job = n.job and o.status = 'running' order by o.due_at desc limit 1) r on true`
  return rows.map(row => ({ ...row, last: withDates(row.last), running: withDates(row.running), late: withDates(row.late) }))
}

const dates = ['dueAt', 'startedAt', 'finishedAt', 'from', 'to']

/** JSON has no instants: they come as text. */
function withDates<T extends object>(row: T | null): T | null {
  if (!row) return null
  const entries = Object.entries(row).map(([key, value]) => [key, dates.includes(key) && value ? new Date(value) : value])
  return Object.fromEntries(entries) as T
}

export type RunFacts = Pick<
  typeof runs.$inferSelect,
  'id' | 'job' | 'sport' | 'status' | 'error' | 'failures' | 'startedAt' | 'host'
> & {
  /** What the first of its failures says. */
  reason: string | null
}

/** The newest run of each job and sport that has begun since. */
export async function listNewestRuns(sql: ISql, since: Date): Promise<RunFacts[]> {
  return await sql<RunFacts[]>`
    select distinct on (job, sport) id, job, sport, status, error, failures, started_at as "startedAt", host,
      counts #>> '{failed,0,message}' as reason
    from ingest_runs where started_at >= ${since} order by job, sport, id desc`
}

/** The newest run that has begun behind an instant. */
export async function findRunAhead(sql: ISql, instant: Date): Promise<RunFacts | undefined> {
  const [found] = await sql<RunFacts[]>`
    select id, job, sport, status, error, failures, started_at as "startedAt", host, null as reason
    from ingest_runs where started_at > ${instant} order by id desc limit 1`
  return found
}

export interface LetterFacts {
  sport: string
  count: number
  /** `box-scores 6, schedule 1` */
  datasets: string
  oldest: Date
  /** Of the newest of them. */
  message: string
}

/** Open dead letters by sport. */
export async function listLetterFacts(sql: ISql): Promise<LetterFacts[]> {
  return await sql<LetterFacts[]>`
    select sport, sum(count)::int as count, string_agg(dataset || ' ' || count, ', ' order by count desc, dataset) as datasets,
      min(oldest) as oldest, (array_agg(message order by newest desc))[1] as message
    from (
      select sport, dataset, count(*), min(created_at) as oldest, max(id) as newest, (array_agg(message order by id desc))[1] as message
      from dead_letters where status = 'open' group by 1, 2
    ) l group by 1 order by 1`
}

export interface UnsentFacts {
  /** `cache`, or a channel of alerts. */
  channel: string
  /** Its receiver has refused them, and they are not sent any more. */
  isGivenUp: boolean
  count: number
  oldest: Date
  lastError: string | null
}

export async function listUnsent(sql: ISql): Promise<UnsentFacts[]> {
  return await sql<UnsentFacts[]>`
    select channel, due_at = 'infinity' as "isGivenUp", count(*)::int as count, min(created_at) as oldest,
      (array_agg(last_error order by id desc) filter (where last_error is not null))[1] as "lastError"
    from ingest_outbox where sent_at is null group by 1, 2 order by 1, 2`
}

export interface BudgetFacts {
  /** The account: the provider’s id, and behind a colon which account. */
  provider: string
  /** Until when it is paused, where it is. */
  pausedUntil: Date | null
  /** Requests of today (UTC). */
  sentToday: number
  /** In so many milliseconds the next request may start, because of those that are booked. */
  waitMs: number
}

/** By the database's clock. */
export async function listBudgets(sql: ISql): Promise<BudgetFacts[]> {
  return await sql<BudgetFacts[]>`
    select provider, case when paused_until > now then paused_until end as "pausedUntil",
      case when counted_day = (now at time zone 'UTC')::date then counted else 0 end as "sentToday",
      greatest(0, extract(epoch from slot_at - now) * 1000)::float8 as "waitMs"
    from ingest_rate_budgets, clock_timestamp() as now order by 1`
}

export async function listHeartbeats(sql: ISql): Promise<(typeof heartbeats.$inferSelect)[]> {
  return await sql<(typeof heartbeats.$inferSelect)[]>`
    select name, sport, host, pid, mode, why, started_at as "startedAt", beat_at as "beatAt", next_look_at as "nextLookAt",
      refreshed_at as "refreshedAt", last_error as "lastError", incident_since as "incidentSince"
    from ingest_heartbeats order by name`
}

/** How much of a table is of late. */
export interface GrowthFacts {
  table: string
  bytes: number
  /** Of rows that came since. */
  newBytes: number
}

/** Of a table that is larger, a part is looked at. */
const lookedAtBytes = 200e6

/** Where a table says when a row came. */
const birthColumns = ['created_at', 'fetched_at', 'started_at', 'changed_at', 'decided_at']

/** What came into each table since: the part of its size that the new ones are of its rows. */
export async function listGrowth(sql: ISql, since: Date): Promise<GrowthFacts[]> {
  const tables = await sql<{ table: string; bytes: number; birth: string | null }[]>`
    select c.relname as table, pg_total_relation_size(c.oid)::float8 as bytes, (
      select b.name from jsonb_array_elements_text(${sql.json(birthColumns)}) with ordinality as b(name, place)
      join pg_attribute a on a.attrelid = c.oid and a.attname = b.name and a.atttypid = 'timestamptz'::regtype order by b.place limit 1) as birth
    from pg_class c where c.relkind = 'r' and c.relnamespace = (select relnamespace from pg_class where oid = to_regclass('ingest_runs'))
      and has_table_privilege(c.oid, 'select')`
  const facts: GrowthFacts[] = []
  for (const { table, bytes, birth } of tables) {
    if (birth === null) continue
    const sample = bytes > lookedAtBytes ? sql`tablesample system (${(100 * lookedAtBytes) / bytes}::real)` : sql``
    const [found] = await sql<[{ part: number | null }]>`
      select (count(*) filter (where ${sql(birth)} >= ${since}))::float8 / nullif(count(*), 0) as part from ${sql(table)} ${sample}`
    facts.push({ table, bytes, newBytes: bytes * (found.part ?? 0) })
  }
  return facts
}
