import type { Sql } from 'postgres'
import type { App } from '../../../src/app.ts'
import { exitCodeOf, failuresToExitCode, toLine } from '../../../src/cli/exit-codes.ts'
import { eachDay } from '../../../src/core/days.ts'
import { runBackfill } from '../../../src/jobs/backfill.ts'
import type { BackfillOptions } from '../../../src/jobs/backfill-options.ts'
import { type DailyOptions, runDaily } from '../../../src/jobs/daily.ts'
import { retryDeadLetters } from '../../../src/jobs/retry.ts'
import { type Verification, verifyWatermark } from '../../../src/jobs/verify.ts'
import type { Receipt } from '../../../src/pipeline/receipt.ts'
import { seasonSpan } from '../../../src/pipeline/seasons.ts'
import type { Sport } from '../../../src/pipeline/sport.ts'
import { dailyWatermark, seasonWatermark } from '../../../src/pipeline/watermark-names.ts'
import { readSettled } from '../../../src/store/settled.ts'
import { readWatermark, type WatermarkName } from '../../../src/store/watermarks.ts'
import { createTestDatabase, type TestDatabase } from '../database.ts'
import { createTestClock } from '../test-clock.ts'
import { backfillOptions, dailyOptions, withApp } from './jobs.ts'
import { type Office, type OfficeServer, startOffice } from './office.ts'
import { regatta } from './sport.ts'
import { createRegattaTables } from './tables.ts'

/** How a run ended: with its receipt, or with its message; and the paths it asked for. */
export type Outcome<Result = Receipt> = { code: number; said: string; asked: string[] } & Partial<Result>

/** The test sport, its provider, a database of its own, and the jobs that load it. */
export interface RegattaWorld extends AsyncDisposable {
  store: TestDatabase
  sql: Sql
  server: OfficeServer
  /** Of 2024-25, one unit at a time, where the options do not say otherwise. */
  backfill(options?: Partial<BackfillOptions> & { seasons?: string[]; now?: string }): Promise<Outcome>
  daily(now: string, options?: Partial<DailyOptions>): Promise<Outcome>
  retry(ids?: readonly number[]): Promise<Outcome>
  verify(name?: WatermarkName): Promise<Outcome<Verification>>
  watermark(name?: WatermarkName): Promise<string | undefined>
  /** Units settled beyond the watermark of 2024-25, in order. */
  settled(): Promise<string[]>
  /** Those, and the days up to the watermark. */
  settledUnits(): Promise<string[]>
  /** But for those that are resolved. */
  letters(): Promise<{ dataset: string; item: string; status: string; attempts: number }[]>
  /** Status by race. */
  statuses(): Promise<Record<string, string>>
  count(table: string): Promise<number>
  /** What the tables hold, but for what says when and by which run it was written. */
  tables(): Promise<Record<string, unknown[]>>
}

/** A week after the later season has begun. */
export const afterwards = '2025-01-06T12:00:00Z'

export const season = seasonWatermark('regatta', '2024-25')
export const daily = dailyWatermark('regatta')

/** `office` may change between runs. */
export async function startRegatta(office: Office, settledBy: Sport['settledBy'] = 'run'): Promise<RegattaWorld> {
  const server = await startOffice(office)
  const store = await createTestDatabase()
  const { sql } = store
  await createRegattaTables(sql)
  const sport = regatta(server.url, settledBy)

  async function run<Result extends object>(work: (app: App) => Promise<Result>, now = afterwards): Promise<Outcome<Result>> {
    // A provider's pause is kept by the database's own time, and the hours between two runs of a test are none to it.
    await sql`update ingest_rate_budgets set paused_until = null`
    server.asked()
    try {
      const result = await withApp(store.url, createTestClock(now), work)
      const { failures = 0, failed = [] } = result as Partial<Receipt>
      const said = failed.map(({ unit, message }) => `${unit}: ${message}`).join('\n')
      return { code: failuresToExitCode(failures), said, asked: server.asked(), ...result }
    } catch (error) {
      return { code: exitCodeOf(error), said: toLine(error), asked: server.asked() } as Outcome<Result>
    }
  }

  const settled = async () => [...(await readSettled(sql, season))].sort()

  return {
    store,
    sql,
    server,
    backfill: ({ seasons = ['2024-25'], now, ...options } = {}) =>
      run(app => runBackfill(app, sport, seasons, { ...backfillOptions, concurrency: 1, ...options }), now),
    daily: (now, options) => run(app => runDaily(app, sport, { ...dailyOptions, ...options }, () => {}), now),
    retry: ids => run(app => retryDeadLetters(app, sport, ids, () => {})),
    verify: async (name = season) => {
      const value = (await readWatermark(sql, name)) ?? ''
      return await run(app => verifyWatermark(app, sport, name, value))
    },
    watermark: (name = season) => readWatermark(sql, name),
    settled,
    settledUnits: async () => {
      const value = await readWatermark(sql, season)
      return [...(value ? eachDay(seasonSpan(sport, '2024-25').from, value) : []), ...(await settled())]
    },
    letters: async () => [
      ...(await sql<{ dataset: string; item: string; status: string; attempts: number }[]>`
        select dataset, item, status, attempts from dead_letters where status <> 'resolved' order by dataset, item`),
    ],
    statuses: async () => {
      const rows = await sql<{ id: string; status: string }[]>`select provider_id as id, status from regatta_races order by id`
      return Object.fromEntries(rows.map(({ id, status }) => [id, status]))
    },
    count: async table => (await sql<{ count: number }[]>`select count(*)::int as count from ${sql(table)}`)[0]?.count ?? 0,
    tables: async () => {
      const found: Record<string, unknown[]> = {}
      for (const [table, unlike] of Object.entries(compared)) {
        const rows = await sql<{ row: unknown }[]>`
          select to_jsonb(t) - ${unlike}::text[] as row from ${sql(table)} t order by (to_jsonb(t) - ${unlike}::text[])::text`
        found[table] = rows.map(({ row }) => row)
      }
      return found
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

/** What a run leaves behind, and the columns in which two runs that come to the same may differ. */
const compared: Record<string, string> = {
  regatta_races: '{created_at,updated_at,last_checked_at}',
  regatta_boats: '{created_at,updated_at}',
  regatta_rowers: '{created_at,updated_at}',
  ingest_files: '{url,run_id,loaded_at}',
  ingest_watermarks: '{updated_at}',
  ingest_settled: '{}',
  dead_letters: '{id,created_at,updated_at,run_id,attempts,message}',
}
