import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Sql } from 'postgres'
import { type CliProcess, startCli } from './cli.ts'
import type { Environment } from './disturbed-run.ts'
import { until } from './until.ts'

export interface WorkerRun extends CliProcess, AsyncDisposable {
  /** Resolves when it says that it is ready. */
  ready(): Promise<void>
}

/** Starts `worker`; killed at the end of the scope. */
export function startWorker(env: Environment, ...flags: string[]): WorkerRun {
  const run = startCli(['worker', ...flags], { LOG_LEVEL: 'info', ...env })
  let isReady = false
  createInterface(run.child.stdout as Readable).on('line', line => {
    if (line.includes(' is ready')) isReady = true
  })
  return {
    ...run,
    ready: () => until('the worker is ready', () => isReady),
    [Symbol.asyncDispose]: async () => {
      run.child.kill('SIGKILL')
      await run.done
    },
  }
}

/** Adds jobs that have nothing to do, and returns their numbers. */
export async function addJobs(sql: Sql, count: number, kind = 'stats'): Promise<number[]> {
  const rows = await sql<{ id: number }[]>`
    insert into background_job_status (kind, status, priority, triggered_by, payload)
    select ${kind}, 'queued', 1, 'admin', '{"functions": [], "sports": []}' from generate_series(1, ${count}) returning id`
  await sql`select pg_notify('sports_ingest_jobs', '')`
  return rows.map(({ id }) => id)
}

/** How many jobs there are of each status. */
export async function countJobs(sql: Sql): Promise<Record<string, number>> {
  const rows = await sql<{ status: string; count: number }[]>`
    select status, count(*)::int as count from background_job_status group by 1`
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
}

/** Counts, from now on, how often each job ends well. */
export async function countEnds(sql: Sql): Promise<() => Promise<number[]>> {
  await sql`create table ends (id bigint)`
  await sql`create function note_end() returns trigger language plpgsql as 'begin insert into public.ends values (new.id); return null; end'`
  await sql`
    create trigger note_end after update on background_job_status for each row
    when (old.status <> 'completed' and new.status = 'completed') execute function note_end()`
  return async () => {
    const rows = await sql<{ count: number }[]>`select count(*)::int as count from ends group by id`
    return rows.map(({ count }) => count)
  }
}
