import { tmpdir } from 'node:os'
import { type App, openApp } from '../../src/app.ts'
import { type JobConfig, jobDefaults } from '../../src/core/config/config.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import { Secret } from '../../src/core/config/secret.ts'
import { silentLog } from '../../src/core/log.ts'
import { findJob, listJobs } from '../../src/schedule/jobs-of-file.ts'
import { type RanOccurrence, runDueJobs } from '../../src/schedule/run-due.ts'
import { explain, findDueTime } from '../../src/schedule/why.ts'
import type { Occurrence } from '../../src/store/occurrences.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { type HandMadeRacing, startHandMadeRacing } from './hand-made-racing.ts'
import { createTestClock } from './test-clock.ts'

/** Settings of jobs, by name; what is left out is as in a file without it. */
export type Jobs = Record<string, Partial<JobConfig>>

/** The orchestrator on a database of its own, with The Racing API as its only provider. It may change between calls. */
export interface ScheduleWorld extends AsyncDisposable {
  store: TestDatabase
  jobs: Jobs
  /** Of the database; another way to it where somebody sets it. */
  url: string
  run(now: string, options?: { forced?: boolean; signal?: AbortSignal; only?: string }): Promise<RanOccurrence[]>
  why(job: string, time: string, now: string): Promise<string>
  /** Does something with all parts open, at an instant. */
  withApp<T>(now: string, work: (app: App) => Promise<T>): Promise<T>
  /** What became of each due time: `2026-03-02T06:00 merged 2026-03-03T06:00`. */
  ledger(job?: string): Promise<string[]>
}

export async function startSchedule(
  jobs: Jobs,
  api: HandMadeRacing = { results: {}, cards: {} },
  settings: Record<string, string> = {},
): Promise<ScheduleWorld> {
  const server = await startHandMadeRacing(api)
  const store = await createTestDatabase()
  const env = {
    ...{ DATABASE_URL: store.url, SPORTS_INGEST_PROVIDER_THE_RACING_API_URL: server.url },
    ...{ RACING_API_USERNAME: 'user', RACING_API_PASSWORD: 'pass', SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.01' },
    ...{ SPORTS_INGEST_RACING_RATE_LIMIT: '500', SPORTS_INGEST_RACING_FREE_RATE_LIMIT: '500' },
    ...settings,
  }
  const { config } = await loadConfig({ env, cwd: tmpdir() })
  const world = { jobs, url: store.url }
  const configNow = () => ({
    ...config,
    database: { ...config.database, url: new Secret(world.url) },
    jobs: Object.fromEntries(
      Object.entries(world.jobs).map(([name, job]) => {
        const usual = { ...jobDefaults, frequency: '0 6 * * *', timezone: 'UTC', run: 'daily', sport: 'racing' } as const
        return [name, { ...usual, ...job }]
      }),
    ),
  })
  const withApp = async <T>(now: string, work: (app: App) => Promise<T>, signal = new AbortController().signal): Promise<T> => {
    const app = await openApp({ config: configNow(), clock: createTestClock(now), log: silentLog, signal })
    try {
      return await work(app)
    } finally {
      await app.close()
    }
  }
  return Object.assign(world, {
    store,
    withApp,
    run: (now: string, options: { forced?: boolean; signal?: AbortSignal; only?: string } = {}) => {
      const { forced = false, signal, only } = options
      return withApp(
        now,
        app =>
          runDueJobs(
            app,
            only ? [findJob(app.config, only)] : listJobs(app.config),
            { forced, sandbox: false },
            { onEnd: () => {} },
          ),
        signal,
      )
    },
    why: (name: string, time: string, now: string) =>
      withApp(now, async ({ config: settings, database, clock }) => {
        const job = findJob(settings, name)
        const told = await database.run(
          async sql =>
            await explain(sql, job, await findDueTime(sql, job, time), { now: clock.now(), keptMs: settings.retention.runsMs }),
        )
        return told.why
      }),
    ledger: async (job = 'daily_data') => {
      const rows = await store.sql<Pick<Occurrence, 'dueAt' | 'status' | 'reason' | 'by'>[]>`
        select due_at as "dueAt", status, reason, by from ingest_occurrences where job = ${job} order by due_at`
      const text = (at: Date) => at.toISOString().slice(0, 16)
      return rows.map(({ dueAt, status, reason, by }) =>
        [text(dueAt), status, ...(reason ? [reason] : []), ...(by ? [text(by)] : [])].join(' '),
      )
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  })
}
