import type { Sql } from 'postgres'
import { type CliProcess, type CliResult, startCli } from './cli.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { loadedDays } from './loaded-days.ts'
import { loadThroughFifth } from './small-league.ts'
import { type TableHashes, tableHashes } from './table-hashes.ts'
import { halted } from './until.ts'

const words = ['schedule', 'daily', '--sport', 'nba']

type Environment = Record<string, string | undefined>

/** Starts `schedule daily --sport nba`. Killed at the end of the scope: a halted process would outlive a failed test. */
export function startDaily(env: Environment): CliProcess & AsyncDisposable {
  const run = startCli(words, { LOG_LEVEL: 'warn', ...env })
  return {
    ...run,
    [Symbol.asyncDispose]: async () => {
      run.child.kill('SIGKILL')
      await run.done
    },
  }
}

/** Starts it and waits until it has halted at a step of core/steps.ts. */
export async function haltDaily(env: Environment, step: string): Promise<CliProcess & AsyncDisposable> {
  const run = startDaily({ ...env, SPORTS_INGEST_STEP: `stop:${step}` })
  await halted(run.pid)
  return run
}

/** Runs it to its end. */
export const runDaily = (env: Environment): Promise<CliResult> => startDaily(env).done

/** What a run without any trouble leaves behind. */
export async function runUndisturbed(env: Environment): Promise<{ days: Record<string, string>; tables: TableHashes }> {
  await using db = await openCatchUp()
  const { code, stderr } = await runDaily({ ...env, DATABASE_URL: db.url })
  if (code === null || code > 1) throw new Error(`The undisturbed run failed: ${stderr}`)
  return { days: await loadedDays(db.sql), tables: await tableHashes(db.sql) }
}

/** A database of its own that looks loaded through the 5th, so that a run has four days to catch up with. */
export async function openCatchUp(): Promise<TestDatabase> {
  const db = await createTestDatabase()
  await loadThroughFifth(db.database)
  return db
}

/** Each run's status, oldest first. */
export async function runStatuses(sql: Sql): Promise<string[]> {
  const rows = await sql<{ status: string }[]>`select status from ingest_runs order by id`
  return rows.map(({ status }) => status)
}

/** The values the watermark has had, oldest first. */
export async function watermarkValues(sql: Sql): Promise<string[]> {
  const rows = await sql<{ value: string }[]>`select value from ingest_watermark_history order by id`
  return rows.map(({ value }) => value)
}
