import { tmpdir } from 'node:os'
import type { Sql } from 'postgres'
import { type App, openApp } from '../../src/app.ts'
import { createClock } from '../../src/core/clock.ts'
import { loadConfig } from '../../src/core/config/load.ts'
import { StoppedError } from '../../src/core/errors.ts'
import type { JobKind } from '../../src/jobs/background/job-kind.ts'
import { runWorker } from '../../src/jobs/background/run-worker.ts'
import type { JobNote } from '../../src/jobs/background/work-job.ts'
import { addJob, type NewJob } from '../../src/store/background-jobs.ts'
import { createTestDatabase } from './database.ts'
import type { Logged } from './live-world.ts'
import { until } from './until.ts'

/** A job as the table has it. */
export interface StoredJob {
  id: number
  kind: string
  status: string
  retryCount: number
  lastError: string | null
  results: object
  workerId: string | null
}

export interface BackgroundWorld extends AsyncDisposable {
  sql: Sql
  app: App
  logged: Logged[]
  add(job?: Partial<NewJob>): Promise<{ id: number; isNew: boolean }>
  jobs(): Promise<StoredJob[]>
  /** Resolves once the jobs have these statuses, in the order of their numbers. */
  have(...statuses: string[]): Promise<void>
}

/** A database of its own and the parts of the program on it. */
export async function openBackgroundWorld(settings: Record<string, string> = {}): Promise<BackgroundWorld> {
  const db = await createTestDatabase()
  const env = { DATABASE_URL: db.url, SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.01', ...settings }
  const { config } = await loadConfig({ env, cwd: tmpdir() })
  const logged: Logged[] = []
  const log = logInto(logged)
  const app = await openApp({ config, clock: createClock(), log, signal: new AbortController().signal, schema: 'as-is' })
  const jobs = async () => {
    return [
      ...(await db.sql<StoredJob[]>`
        select id, kind, status, retry_count as "retryCount", last_error as "lastError", results, worker_id as "workerId"
        from background_job_status order by id`),
    ]
  }
  return {
    ...{ sql: db.sql, app, logged, jobs },
    add: job => app.database.transaction(tx => addJob(tx, { kind: 'trial', triggeredBy: 'admin', payload: {}, ...job })),
    have: async (...statuses) => {
      await until(`the jobs are ${statuses}`, async () => `${(await jobs()).map(({ status }) => status)}` === `${statuses}`)
    },
    async [Symbol.asyncDispose]() {
      await app.close()
      await db[Symbol.asyncDispose]()
    },
  }
}

function logInto(logged: Logged[]): App['log'] {
  const note = (level: string) => (event: string, fields?: object) => void logged.push({ level, event, ...fields })
  const log: App['log'] = {
    ...{ trace: note('trace'), debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
    with: () => log,
  }
  return log
}

export interface TestWorker extends AsyncDisposable {
  notes: JobNote[]
  stop(): Promise<void>
}

/** A worker in this process that does these kinds of jobs; ready when this returns. */
export async function startTestWorker(
  { app }: BackgroundWorld,
  kinds: Record<string, JobKind>,
  concurrency = 2,
): Promise<TestWorker> {
  const stop = new AbortController()
  const notes: JobNote[] = []
  const { promise: isReady, resolve, reject } = Promise.withResolvers<void>()
  const listener = { onReady: () => resolve(), onBegin: () => {}, onEnd: (note: JobNote) => void notes.push(note) }
  const ended = runWorker({ ...app, signal: stop.signal }, { concurrency, kinds }, listener).catch((error: unknown) => {
    if (!stop.signal.aborted) reject(error)
  })
  await isReady
  const end = async () => {
    stop.abort(new StoppedError('SIGTERM'))
    await ended
  }
  return { notes, stop: end, [Symbol.asyncDispose]: end }
}
