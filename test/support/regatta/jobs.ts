import { tmpdir } from 'node:os'
import { type App, openApp } from '../../../src/app.ts'
import type { Clock } from '../../../src/core/clock.ts'
import { loadConfig } from '../../../src/core/config/load.ts'
import { silentLog } from '../../../src/core/log.ts'
import type { BackfillOptions } from '../../../src/jobs/backfill-options.ts'
import type { DailyOptions } from '../../../src/jobs/daily.ts'

export const backfillOptions: BackfillOptions = {
  since: undefined,
  from: undefined,
  to: undefined,
  chunkDays: undefined,
  only: [],
  concurrency: undefined,
  retryFailed: false,
  restart: undefined,
  dryRun: false,
}

export const dailyOptions: DailyOptions = { date: undefined, daysBack: 1, daysAhead: 0, only: [], catchUp: true, dryRun: false }

/** Does some work with an app of its own on that database, and closes it. */
export async function withApp<T>(databaseUrl: string, clock: Clock, work: (app: App) => Promise<T>): Promise<T> {
  const env = {
    DATABASE_URL: databaseUrl,
    SPORTS_INGEST_API_RATE_LIMIT: '500',
    SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.01',
  }
  const { config } = await loadConfig({ env, cwd: tmpdir() })
  const app = await openApp({ config, clock, log: silentLog, signal: new AbortController().signal })
  try {
    return await work(app)
  } finally {
    await app.close()
  }
}
