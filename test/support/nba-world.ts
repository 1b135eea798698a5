import { tmpdir } from 'node:os'
import type { Sql } from 'postgres'
import { type App, openApp } from '../../src/app.ts'
import { exitCodeOf, failuresToExitCode, toLine } from '../../src/cli/exit-codes.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import { silentLog } from '../../src/core/log.ts'
import { runBackfill } from '../../src/jobs/backfill.ts'
import type { BackfillOptions } from '../../src/jobs/backfill-options.ts'
import { type BackfillOutcome, runBackfillOfSeasons } from '../../src/jobs/backfill-seasons.ts'
import { type DailyOptions, runDaily } from '../../src/jobs/daily.ts'
import { type EventsForecast, forecastBackfill } from '../../src/jobs/forecast.ts'
import { retryDeadLetters } from '../../src/jobs/retry.ts'
import { type Verification, verifyWatermark } from '../../src/jobs/verify.ts'
import type { Receipt } from '../../src/pipeline/receipt.ts'
import { nba } from '../../src/sports/nba/index.ts'
import { forgetSettled, readSettled } from '../../src/store/settled.ts'
import { moveWatermark, readWatermark, type WatermarkName } from '../../src/store/watermarks.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { type ElsewhereOption, perhapsElsewhere } from './elsewhere.ts'
import { type HandMadeGame, type HandMadeLeague, startHandMadeNba } from './hand-made-nba.ts'
import { factsOf, type ReceiptFacts } from './receipt-facts.ts'
import { at, createTestClock } from './test-clock.ts'

/** How a run ended: with its receipt, or with what it said instead; and what it asked for meanwhile. */
export type Outcome<Result = Receipt & ReceiptFacts> = { code: number; said: string; asked: Asked } & Partial<Result>

interface Asked {
  /** Games whose box scores were asked for, by id; as often as they were. */
  boxes: string[]
  /** Paths of stats.nba.com. */
  stats: string[]
}

/** A league, a database of its own, and the jobs that load it, run in this process at any instant. */
export interface NbaWorld extends AsyncDisposable {
  sql: Sql
  store: TestDatabase
  /** Addresses of the providers, as settings. */
  env: Record<string, string>
  daily(now: string, options?: Partial<DailyOptions> & { signal?: AbortSignal }): Promise<Outcome>
  /** Runs it at noon of each of these days. */
  mornings(...days: string[]): Promise<Outcome[]>
  /** Of 2024-25, one chunk at a time, where the options do not say otherwise. */
  backfill(now: string, options?: Partial<BackfillOptions> & ElsewhereOption & { season?: string }): Promise<Outcome>
  /** One season after the other. */
  backfillSeasons(now: string, seasons: readonly string[], options?: Partial<BackfillOptions>): Promise<Outcome<BackfillOutcome>>
  forecast(now: string, options?: Partial<BackfillOptions> & { season?: string }): Promise<Outcome<EventsForecast>>
  retryLetters(now: string): Promise<Outcome>
  /** As `watermark set` does. */
  setWatermark(value: string, name?: WatermarkName): Promise<void>
  watermark(name?: WatermarkName): Promise<string | undefined>
  /** Of the season's watermark. */
  verify(): Promise<Outcome<Verification>>
  /** Beyond the season's watermark, in order. */
  settled(): Promise<string[]>
  /** Status by id. */
  statuses(): Promise<Record<string, string>>
  letters(): Promise<Letter[]>
  /** Ids of the games that have player lines, with the points of all. */
  points(): Promise<Record<string, number>>
}

interface Letter {
  dataset: string
  item: string
  stage: string
  message: string
  attempts: number
  status: string
}

const daily: WatermarkName = { stage: 'schedule', key: 'daily:nba' }
export const season: WatermarkName = { stage: 'backfill', key: 'nba:2024-25' }

const dailyOptions: DailyOptions = { date: undefined, daysBack: 1, daysAhead: 0, only: [], catchUp: true, dryRun: false }

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

/** The nth game of a league, between clubs that play no other game of the next fourteen. */
export function game(n: number, day: string, more: Partial<HandMadeGame> = {}): HandMadeGame {
  const home = 1610612737 + (n % 15) * 2
  return { id: `00224${String(n).padStart(5, '0')}`, day, sides: [home, home + 1], ...more }
}

/** Three games on each of these days: enough of a chunk to tell the provider's trouble from a game's. */
export const threeADay = (days: readonly string[]): HandMadeGame[][] =>
  days.map((day, i) => [1, 2, 3].map(n => game(3 * i + n, day)))

const boxScorePath = /\/boxscore_(\d{10})\.json$/

/** `league` may change between runs. */
export async function startNbaWorld(league: HandMadeLeague, settings: Record<string, string> = {}): Promise<NbaWorld> {
  const api = await startHandMadeNba(league)
  const store = await createTestDatabase()
  const { sql, database } = store
  const env = { DATABASE_URL: store.url, ...api.env, SPORTS_INGEST_API_RATE_LIMIT: '500', ...settings }
  const { config } = await loadConfig({ env, cwd: tmpdir() })

  async function run<Result extends object>(
    now: string,
    work: (app: App) => Promise<Result>,
    failed: (result: Result) => string[] = () => [],
  ): Promise<Outcome<Result>> {
    // A provider's pause is kept by the database's own time, and the hours between two runs of a test are none to it.
    await sql`update ingest_rate_budgets set paused_until = null`
    const earlier = api.requests.length
    const asked = (): Asked => {
      const paths = api.requests.slice(earlier).map(({ path }) => path)
      const boxes = paths.flatMap(path => boxScorePath.exec(path)?.[1] ?? []).sort()
      return { boxes, stats: paths.filter(path => path.startsWith('/stats/')) }
    }
    const app = await openApp({ config, clock: createTestClock(now), log: silentLog, signal: new AbortController().signal })
    try {
      const result = await work(app)
      const { failures = 0 } = result as { failures?: number }
      return { code: failuresToExitCode(failures), said: failed(result).join('\n'), asked: asked(), ...result }
    } catch (error) {
      return { code: exitCodeOf(error), said: toLine(error), asked: asked() } as Outcome<Result>
    } finally {
      await app.close()
    }
  }

  /** A job with one receipt, and what tests ask of it. */
  const runOne = (now: string, work: (app: App) => Promise<Receipt>): Promise<Outcome> =>
    run(
      now,
      async app => {
        const receipt = await work(app)
        return { ...receipt, ...factsOf(receipt) }
      },
      ({ failed }) => failed.map(({ unit, message }) => `${unit}: ${message}`),
    )

  const runDay: NbaWorld['daily'] = (now, { signal, ...options } = {}) =>
    runOne(now, app => runDaily(signal ? { ...app, signal } : app, nba, { ...dailyOptions, ...options }, () => {}))

  return {
    sql,
    store,
    env: api.env,
    daily: runDay,
    mornings: async (...days) => {
      const outcomes: Outcome[] = []
      for (const day of days) outcomes.push(await runDay(`${day}T12:00:00Z`))
      return outcomes
    },
    backfill: (now, { season: of = '2024-25', elsewhere, ...options } = {}) =>
      runOne(now, app =>
        perhapsElsewhere(app, how => runBackfill(app, nba, [of], { ...backfillOptions, ...options }, how), {
          ...options,
          elsewhere,
        }),
      ),
    backfillSeasons: (now, seasons, options = {}) =>
      run(
        now,
        app => {
          const tell = { onProgress: () => {}, onReceipt: () => {} }
          return runBackfillOfSeasons(app, nba, seasons, { ...backfillOptions, ...options }, tell)
        },
        ({ failedSeasons }) => failedSeasons.map(one => `${one.season}: ${one.message}`),
      ),
    forecast: (now, { season: of = '2024-25', ...options } = {}) =>
      run(now, async app => {
        const [forecast] = await forecastBackfill(app, nba, [of], { ...backfillOptions, ...options })
        return forecast as EventsForecast
      }),
    retryLetters: now => runOne(now, app => retryDeadLetters(app, nba, undefined, () => {})),
    setWatermark: async (value, name = daily) => {
      const by = { user: 'test', reason: undefined }
      const move = { ...name, value, at: at('2025-01-01T12:00:00Z'), by }
      await database.transaction(async tx => {
        const before = await readWatermark(tx, name)
        await moveWatermark(tx, move)
        await forgetSettled(tx, name, (before ?? '') > value ? { after: value } : { upTo: value })
      })
    },
    watermark: async (name = daily) => await readWatermark(sql, name),
    verify: () =>
      run('2025-01-01T12:00:00Z', async app => await verifyWatermark(app, nba, season, (await readWatermark(sql, season)) ?? '')),
    settled: async () => [...(await readSettled(sql, season))].sort(),
    statuses: async () => {
      const rows = await sql<{ id: string; status: string }[]>`select provider_id as id, status from games`
      return Object.fromEntries(rows.map(({ id, status }) => [id, status]))
    },
    letters: async () => [
      ...(await sql<Letter[]>`select dataset, item, stage, message, attempts, status from dead_letters order by item`),
    ],
    points: async () => {
      const rows = await sql<{ id: string; sum: number }[]>`
        select game_id as id, sum(points)::int as sum from nba_player_game_stats group by 1`
      return Object.fromEntries(rows.map(({ id, sum }) => [id, sum]))
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
