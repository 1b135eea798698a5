import { tmpdir } from 'node:os'
import type { Sql } from 'postgres'
import { openApp } from '../../src/app.ts'
import { exitCodeOf, failuresToExitCode, toLine } from '../../src/cli/exit-codes.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import { silentLog } from '../../src/core/log.ts'
import { type DailyOptions, runDaily } from '../../src/jobs/daily.ts'
import type { DailyReceipt } from '../../src/jobs/daily-receipt.ts'
import { nba } from '../../src/sports/nba/index.ts'
import { moveWatermark } from '../../src/store/watermarks.ts'
import { createTestDatabase } from './database.ts'
import { type HandMadeGame, type HandMadeLeague, startHandMadeNba } from './hand-made-nba.ts'
import { createTestClock } from './test-clock.ts'

/** How a run ended: with its receipt, or with what it said instead. */
export type Outcome = { code: number; said: string } & Partial<DailyReceipt>

/** A league, a database of its own, and the daily job, run in this process at any instant. */
export interface DailyWorld extends AsyncDisposable {
  sql: Sql
  daily(now: string, options?: Partial<DailyOptions>): Promise<Outcome>
  /** Runs it at noon of each of these days. */
  mornings(...days: string[]): Promise<Outcome[]>
  setWatermark(value: string): Promise<void>
  watermark(): Promise<string | undefined>
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

const asked: DailyOptions = { date: undefined, daysBack: 1, daysAhead: 0, only: [], catchUp: true, dryRun: false }

/** The nth game of a league, between clubs that play no other game of the next fourteen. */
export function game(n: number, day: string, more: Partial<HandMadeGame> = {}): HandMadeGame {
  const home = 1610612737 + (n % 15) * 2
  return { id: `00224${String(n).padStart(5, '0')}`, day, sides: [home, home + 1], ...more }
}

/** `league` may change between runs. */
export async function startDailyWorld(league: HandMadeLeague): Promise<DailyWorld> {
  const api = await startHandMadeNba(league)
  const store = await createTestDatabase()
  const { sql } = store
  const env = { DATABASE_URL: store.url, ...api.env, SPORTS_INGEST_API_RATE_LIMIT: '500' }
  const { config } = await loadConfig({ env, cwd: tmpdir() })

  async function daily(now: string, options: Partial<DailyOptions> = {}): Promise<Outcome> {
    // A provider's pause is kept by the database's own time, and the hours between two runs of a test are none to it.
    await sql`update ingest_rate_budgets set paused_until = null`
    const app = await openApp({ config, clock: createTestClock(now), log: silentLog, signal: new AbortController().signal })
    try {
      const receipt = await runDaily(app, nba, { ...asked, ...options }, () => {})
      const said = receipt.failedDays.map(({ day, message }) => `${day}: ${message}`).join('\n')
      return { code: failuresToExitCode(receipt.failures), said, ...receipt }
    } catch (error) {
      return { code: exitCodeOf(error), said: toLine(error) }
    } finally {
      await app.close()
    }
  }

  return {
    sql,
    daily,
    mornings: async (...days) => {
      const outcomes: Outcome[] = []
      for (const day of days) outcomes.push(await daily(`${day}T12:00:00Z`))
      return outcomes
    },
    setWatermark: async value => {
      const by = { user: 'test', reason: undefined }
      const move = { stage: 'schedule', key: 'daily:nba', value, at: new Date(`${value}T12:00:00Z`), by }
      await store.database.transaction(tx => moveWatermark(tx, move))
    },
    watermark: async () =>
      (await sql<{ value: string }[]>`select value from ingest_watermarks where key = 'daily:nba'`)[0]?.value,
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
