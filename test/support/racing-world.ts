import { tmpdir } from 'node:os'
import type { Sql } from 'postgres'
import { type App, openApp } from '../../src/app.ts'
import { exitCodeOf, failuresToExitCode, toLine } from '../../src/cli/exit-codes.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import { eachDay } from '../../src/core/days.ts'
import { silentLog } from '../../src/core/log.ts'
import { runBackfill } from '../../src/jobs/backfill.ts'
import type { BackfillOptions } from '../../src/jobs/backfill-options.ts'
import { type DailyOptions, runDaily } from '../../src/jobs/daily.ts'
import { forecastBackfill, type UnitsForecast } from '../../src/jobs/forecast.ts'
import { runReference } from '../../src/jobs/reference.ts'
import { retryDeadLetters } from '../../src/jobs/retry.ts'
import { type Verification, verifyWatermark } from '../../src/jobs/verify.ts'
import type { Receipt } from '../../src/pipeline/receipt.ts'
import type { Sport } from '../../src/pipeline/sport.ts'
import { racing } from '../../src/sports/racing/index.ts'
import { readSettled } from '../../src/store/settled.ts'
import { readWatermark, type WatermarkName } from '../../src/store/watermarks.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { type ElsewhereOption, perhapsElsewhere } from './elsewhere.ts'
import { type HandMadeRacing, startHandMadeRacing } from './hand-made-racing.ts'
import type { ProviderServer } from './provider-server.ts'
import { backfillOptions, dailyOptions } from './regatta/jobs.ts'
import { createTestClock } from './test-clock.ts'

/** How a run ended: with its receipt, or with its message; and the paths it asked for. */
export type Outcome = { code: number; said: string; asked: string[] } & Partial<Receipt>

/** The API, a database of its own, and the jobs that load it, run in this process at any instant. */
export interface RacingWorld extends AsyncDisposable {
  sql: Sql
  store: TestDatabase
  server: ProviderServer
  /** Settings for a process of its own. */
  env: Record<string, string>
  daily(now: string, options?: Partial<DailyOptions>): Promise<Outcome>
  /** Of 2025, where the options do not say otherwise. */
  backfill(now: string, options?: Partial<BackfillOptions> & ElsewhereOption & { season?: string }): Promise<Outcome>
  forecast(now: string, options?: Partial<BackfillOptions> & { season?: string }): Promise<UnitsForecast>
  reference(now: string, only?: readonly string[]): Promise<Outcome>
  retry(now: string): Promise<Outcome>
  /** Of the daily watermark, or of that one. */
  verify(name?: WatermarkName): Promise<Verification>
  /** Days of 2025 up to the backfill's watermark or settled beyond it, in order. */
  settled(): Promise<string[]>
  watermark(key?: string): Promise<string | undefined>
  letters(): Promise<{ dataset: string; item: string; message: string; error_class: string }[]>
}

export async function startRacingWorld(api: HandMadeRacing, settings: Record<string, string> = {}): Promise<RacingWorld> {
  const server = await startHandMadeRacing(api)
  const store = await createTestDatabase()
  const { sql } = store
  const env = {
    ...{ DATABASE_URL: store.url, SPORTS_INGEST_PROVIDER_THE_RACING_API_URL: server.url },
    ...{ RACING_API_USERNAME: 'user', RACING_API_PASSWORD: 'pass' },
    ...{ SPORTS_INGEST_RACING_RATE_LIMIT: '500', SPORTS_INGEST_RACING_FREE_RATE_LIMIT: '500' },
    ...{ SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.01' },
    ...settings,
  }
  const { config } = await loadConfig({ env, cwd: tmpdir() })
  const sport = racing.withSettings?.(config) as Sport

  const open = (now: string) =>
    openApp({ config, clock: createTestClock(now), log: silentLog, signal: new AbortController().signal })

  async function run(now: string, work: (app: App) => Promise<Receipt>): Promise<Outcome> {
    // The pace is another test's matter, and so is a pause: the hours between two runs are none to the database.
    await sql`delete from ingest_rate_budgets`
    const earlier = server.requests.length
    const asked = () => server.requests.slice(earlier).map(({ path }) => path)
    const app = await open(now)
    try {
      const receipt = await work(app)
      const said = receipt.failed.map(({ unit, message }) => `${unit}: ${message}`).join('\n')
      return { code: failuresToExitCode(receipt.failures), said, asked: asked(), ...receipt }
    } catch (error) {
      return { code: exitCodeOf(error), said: toLine(error), asked: asked() }
    } finally {
      await app.close()
    }
  }

  return {
    ...{ sql, store, server, env },
    daily: (now, options = {}) => run(now, app => runDaily(app, sport, { ...dailyOptions, ...options }, () => {})),
    backfill: (now, { season = '2025', elsewhere, ...options } = {}) =>
      run(now, app =>
        perhapsElsewhere(app, how => runBackfill(app, sport, [season], { ...backfillOptions, ...options }, how), {
          ...options,
          elsewhere,
        }),
      ),
    forecast: async (now, { season = '2025', ...options } = {}) => {
      const app = await open(now)
      try {
        const [forecast] = await forecastBackfill(app, sport, [season], { ...backfillOptions, ...options })
        return forecast as UnitsForecast
      } finally {
        await app.close()
      }
    },
    reference: (now, only = []) => run(now, app => runReference(app, sport, { only, dryRun: false }, () => {})),
    retry: now => run(now, app => retryDeadLetters(app, sport, undefined, () => {})),
    verify: async ({ stage, key } = { stage: 'schedule', key: 'daily:racing' }) => {
      const app = await open('2025-12-01T12:00:00Z')
      try {
        const name = { stage, key }
        return await verifyWatermark(app, sport, name, (await readWatermark(sql, name)) ?? '')
      } finally {
        await app.close()
      }
    },
    settled: async () => {
      const name = { stage: 'backfill', key: 'racing:2025' }
      const value = await readWatermark(sql, name)
      return [...(value ? eachDay('2025-01-01', value) : []), ...(await readSettled(sql, name))].sort()
    },
    watermark: async (key = 'daily:racing') =>
      await readWatermark(sql, { stage: key.startsWith('daily') ? 'schedule' : 'backfill', key }),
    letters: async () => [
      ...(await sql<{ dataset: string; item: string; message: string; error_class: string }[]>`
        select dataset, item, message, error_class from dead_letters where status = 'open' order by item`),
    ],
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
