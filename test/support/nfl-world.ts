import { tmpdir } from 'node:os'
import type { Sql } from 'postgres'
import { type App, openApp } from '../../src/app.ts'
import { exitCodeOf, failuresToExitCode, toLine } from '../../src/cli/exit-codes.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import { silentLog } from '../../src/core/log.ts'
import { runBackfill } from '../../src/jobs/backfill.ts'
import type { BackfillOptions } from '../../src/jobs/backfill-options.ts'
import { type DailyOptions, runDaily } from '../../src/jobs/daily.ts'
import { type FilesForecast, forecastBackfill } from '../../src/jobs/forecast.ts'
import { retryDeadLetters } from '../../src/jobs/retry.ts'
import { type Verification, verifyWatermark } from '../../src/jobs/verify.ts'
import type { Receipt } from '../../src/pipeline/receipt.ts'
import { nfl } from '../../src/sports/nfl/index.ts'
import { moveWatermark, readWatermark, type WatermarkName } from '../../src/store/watermarks.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import type { DatabaseOptions } from './database-server.ts'
import { type ElsewhereOption, perhapsElsewhere } from './elsewhere.ts'
import { type HandMadeNfl, type NflFiles, startHandMadeNfl } from './hand-made-nfl.ts'
import { factsOf, type ReceiptFacts } from './receipt-facts.ts'
import { at, createTestClock } from './test-clock.ts'

/** How a run ended: with its receipt and its facts, or with its message; and which files it asked for meanwhile. */
export type Outcome<Result = Receipt & ReceiptFacts> = { code: number; said: string; asked: string[] } & Partial<Result>

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
  backfill(
    options?: Partial<BackfillOptions> & ElsewhereOption & { seasons?: string[]; now?: string; signal?: AbortSignal },
  ): Promise<Outcome>
  forecast(now: string, options?: Partial<BackfillOptions> & { seasons?: string[] }): Promise<Outcome<FilesForecast>>
  daily(now: string, options?: Partial<DailyOptions>): Promise<Outcome>
  retry(ids?: readonly number[]): Promise<Outcome>
  verify(name?: WatermarkName, options?: { values: boolean }): Promise<Outcome<Verification>>
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

const backfillOptions: BackfillOptions = {
  since: undefined,
  from: undefined,
  to: undefined,
  chunkDays: undefined,
  only: [],
  concurrency: 1,
  retryFailed: false,
  restart: undefined,
  dryRun: false,
}

const dailyOptions: DailyOptions = { date: undefined, daysBack: 1, daysAhead: 0, only: [], catchUp: true, dryRun: false }

/** `files` may change between runs. */
export async function startNflWorld(
  files: NflFiles,
  { tags = true, settings = {}, ...options }: DatabaseOptions & { tags?: boolean; settings?: Record<string, string> } = {},
): Promise<NflWorld> {
  const api = await startHandMadeNfl(files, { tags })
  const store = await createTestDatabase(options)
  const { sql, database } = store
  const env = { DATABASE_URL: store.url, ...api.env, SPORTS_INGEST_API_RATE_LIMIT: '500', ...settings }
  const { config } = await loadConfig({ env, cwd: tmpdir() })

  async function run<Result extends object>(
    work: (app: App) => Promise<Result>,
    { now = afterwards, signal = new AbortController().signal } = {},
  ): Promise<Outcome<Result>> {
    // A provider's pause is kept by the database's own time, and the hours between two runs of a test are none to it.
    await sql`update ingest_rate_budgets set paused_until = null`
    api.asked()
    const app = await openApp({ config, clock: createTestClock(now), log: silentLog, signal })
    try {
      const result = await work(app)
      const { failures = 0, failed = [] } = result as Partial<Receipt>
      const said = failed.map(({ message }) => message).join('\n')
      return { code: failuresToExitCode(failures), said, asked: api.asked(), ...result }
    } catch (error) {
      return { code: exitCodeOf(error), said: toLine(error), asked: api.asked() } as Outcome<Result>
    } finally {
      await app.close()
    }
  }

  const withFacts = async (receipt: Promise<Receipt>) => ({ ...(await receipt), ...factsOf(await receipt) })

  return {
    store,
    sql,
    api,
    backfill: ({ seasons = ['2024'], now, signal, elsewhere, ...options } = {}) =>
      run(
        app =>
          withFacts(
            perhapsElsewhere(app, how => runBackfill(app, nfl, seasons, { ...backfillOptions, ...options }, how), {
              ...options,
              elsewhere,
            }),
          ),
        {
          ...(now && { now }),
          ...(signal && { signal }),
        },
      ),
    forecast: (now, { seasons = ['2024'], ...options } = {}) =>
      run(
        async app => {
          const [forecast] = await forecastBackfill(app, nfl, seasons, { ...backfillOptions, ...options })
          return forecast as FilesForecast
        },
        { now },
      ),
    daily: (now, options) => run(app => withFacts(runDaily(app, nfl, { ...dailyOptions, ...options }, () => {})), { now }),
    retry: ids => run(app => withFacts(retryDeadLetters(app, nfl, ids, () => {}))),
    verify: async (name = season, options = { values: false }) => {
      const value = (await readWatermark(sql, name)) ?? ''
      return await run(app => verifyWatermark(app, nfl, name, value, options))
    },
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
