import type { Sql } from 'postgres'
import type { CliResult } from './cli.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { type DisturbedRun, type Environment, haltDisturbed, startDisturbed } from './disturbed-run.ts'
import { loadedDays } from './loaded-days.ts'
import { loadThroughFifth } from './small-league.ts'
import { type TableHashes, tableHashes } from './table-hashes.ts'

const words = ['schedule', 'daily', '--sport', 'nba']

/** Starts `schedule daily --sport nba`. */
export const startDaily = (env: Environment): DisturbedRun => startDisturbed(words, env)

/** Starts it and waits until it has halted at a step of core/steps.ts. */
export const haltDaily = (env: Environment, step: string): Promise<DisturbedRun> => haltDisturbed(words, env, step)

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
