import { tmpdir } from 'node:os'
import type { Sql } from 'postgres'
import { type App, openApp } from '../../src/app.ts'
import { exitCodeOf, failuresToExitCode, toLine } from '../../src/cli/exit-codes.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import { silentLog } from '../../src/core/log.ts'
import { runDailyOfFiles } from '../../src/jobs/import/daily-of-files.ts'
import { type ImportOptions, runImport } from '../../src/jobs/import/import.ts'
import type { ImportReceipt } from '../../src/jobs/import/import-receipt.ts'
import { retryFiles } from '../../src/jobs/import/retry-files.ts'
import { verifyFiles } from '../../src/jobs/import/verify-files.ts'
import type { RetryReceipt } from '../../src/jobs/retry-dead-letters.ts'
import type { Verification } from '../../src/jobs/verify-watermark.ts'
import { nfl } from '../../src/sports/nfl/index.ts'
import { moveWatermark, readWatermark, type WatermarkName } from '../../src/store/watermarks.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { type HandMadeNfl, type NflFiles, startHandMadeNfl } from './hand-made-nfl.ts'
import { at, createTestClock } from './test-clock.ts'

/** How a run ended: with its receipt, or with what it said instead; and which files it asked for meanwhile. */
export type Outcome<Receipt> = { code: number; said: string; asked: string[] } & Partial<Receipt>

interface Letter {
  dataset: string
  item: string
  status: string
  message: string
}

/** A league's files, a database of its own, and the jobs that load them, run in this process at any instant. */
export interface NflWorld extends AsyncDisposable {
  store: TestDatabase
  sql: Sql
  api: HandMadeNfl
  /** Season 2024, one file at a time, where the options do not say otherwise. */
  backfill(options?: Partial<ImportOptions> & { now?: string; signal?: AbortSignal }): Promise<Outcome<ImportReceipt>>
  daily(now: string, options?: { date?: string; only?: string[]; dryRun?: boolean }): Promise<Outcome<ImportReceipt>>
  retry(ids?: readonly number[]): Promise<Outcome<RetryReceipt>>
  verify(name?: WatermarkName): Promise<Verification>
  /** As `watermark set` does. */
  setWatermark(value: string, now: string): Promise<void>
  /** Of 2024, or the one with that key. */
  watermark(key?: string): Promise<string | undefined>
  /** But for those that are resolved. */
  letters(): Promise<Letter[]>
  count(table: string): Promise<number>
}

/** After the second week of 2024. */
const afterwards = '2024-09-20T12:00:00Z'

const season: WatermarkName = { stage: 'backfill', key: 'nfl:2024' }

const plain: ImportOptions = {
  job: 'backfill',
  seasons: ['2024'],
  only: [],
  concurrency: 1,
  retryFailed: false,
  restart: undefined,
  dryRun: false,
}

/** `files` may change between runs. */
export async function startNflWorld(
  files: NflFiles,
  { tags = true, settings = {} }: { tags?: boolean; settings?: Record<string, string> } = {},
): Promise<NflWorld> {
  const api = await startHandMadeNfl(files, { tags })
  const store = await createTestDatabase()
  const { sql, database } = store
  const env = { DATABASE_URL: store.url, ...api.env, SPORTS_INGEST_API_RATE_LIMIT: '500', ...settings }
  const { config } = await loadConfig({ env, cwd: tmpdir() })

  async function run<Receipt extends object>(
    work: (app: App) => Promise<Receipt>,
    { now = afterwards, signal = new AbortController().signal } = {},
  ): Promise<Outcome<Receipt>> {
    // A provider's pause is kept by the database's own time, and the hours between two runs of a test are none to it.
    await sql`update ingest_rate_budgets set paused_until = null`
    api.asked()
    const app = await openApp({ config, clock: createTestClock(now), log: silentLog, signal })
    try {
      const receipt = await work(app)
      const { failures = 0, failedFiles = [] } = receipt as { failures?: number; failedFiles?: { message: string }[] }
      const said = failedFiles.map(({ message }) => message).join('\n')
      return { code: failuresToExitCode(failures), said, asked: api.asked(), ...receipt }
    } catch (error) {
      return { code: exitCodeOf(error), said: toLine(error), asked: api.asked() } as Outcome<Receipt>
    } finally {
      await app.close()
    }
  }

  return {
    store,
    sql,
    api,
    backfill: ({ now, signal, ...options } = {}) =>
      run(app => runImport(app, nfl, { ...plain, ...options }, () => {}), { ...(now && { now }), ...(signal && { signal }) }),
    daily: (now, { date, only = [], dryRun = false } = {}) => {
      const options = { date, daysBack: 1, daysAhead: 0, only, catchUp: true, dryRun }
      return run(app => runDailyOfFiles(app, nfl, options, () => {}), { now })
    },
    retry: ids => run(app => retryFiles(app, nfl, ids, () => {})),
    verify: async (name = season) => await verifyFiles({ database }, nfl, name, (await readWatermark(sql, name)) ?? ''),
    setWatermark: async (value, now) => {
      const by = { user: 'test', reason: undefined }
      await database.transaction(tx => moveWatermark(tx, { ...season, value, at: at(now), by }))
    },
    watermark: async (key = season.key) =>
      await readWatermark(sql, { stage: key.startsWith('daily') ? 'schedule' : 'backfill', key }),
    letters: async () => [
      ...(await sql<
        Letter[]
      >`select dataset, item, status, message from dead_letters where status <> 'resolved' order by dataset, item`),
    ],
    count: async table => (await sql<{ count: number }[]>`select count(*)::int as count from ${sql(table)}`)[0]?.count ?? 0,
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
