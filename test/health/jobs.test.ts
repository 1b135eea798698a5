import { describe, expect, test } from 'vitest'
import { jobDefaults } from '../../src/core/config/config.ts'
import { checkJobs } from '../../src/health/jobs.ts'
import type { FileJob } from '../../src/schedule/file-job.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createTestClock } from '../support/test-clock.ts'

const now = '2026-03-05T12:00:00Z'
const clock = createTestClock(now)
const daily: FileJob = { ...jobDefaults, name: 'daily_data', frequency: '0 6 * * *', timezone: 'UTC', run: 'daily' }

/** Each as `status check about: message → remedy`. */
async function look({ database }: TestDatabase, ...jobs: FileJob[]): Promise<string[]> {
  const checks = await checkJobs(database, jobs, clock)
  return checks.map(({ status, check, about, message, remedy }) => {
    return `${status} ${check}${about ? ` ${about}` : ''}: ${message}${remedy ? ` → ${remedy}` : ''}`
  })
}

const decide = ({ sql }: TestDatabase, until = '2026-03-05T11:50:00Z') =>
  sql`
    insert into ingest_schedules (job, frequency, timezone, decided_until, first_seen_at)
    values ('daily_data', '0 6 * * *', 'UTC', ${until}, '2026-03-01T00:00:00Z')
    on conflict (job) do update set decided_until = excluded.decided_until`

interface Occurrence {
  due: string
  status: string
  reason?: string
  message?: string
  failures?: number
  runs?: number[]
  decided?: string
  started?: string
  finished?: string
}

const put = ({ sql }: TestDatabase, { due, status, ...more }: Occurrence) =>
  sql`
    insert into ingest_occurrences (job, due_at, status, reason, message, failures, runs, host, pid, decided_at, started_at, finished_at)
    values ('daily_data', ${due}, ${status}, ${more.reason ?? null}, ${more.message ?? null}, ${more.failures ?? null},
      ${sql.json(more.runs ?? [])}, 'elsewhere', 77, ${more.decided ?? due}, ${more.started ?? due}, ${more.finished ?? due})`

const isCalled = 'ok schedule: sports-ingest schedule run was last called at 2026-03-05 11:50Z.'

describe('the orchestrator', () => {
  const remedy =
    'sports-ingest schedule crontab --install writes the line for cron. If it is there (crontab -l): does cron run, and was this host awake?'

  test('that was never called is a failure, and one that is called is well', async () => {
    await using db = await createTestDatabase()
    expect(await look(db, daily)).toEqual([
      `failure schedule: sports-ingest schedule run was never called: no job can run. → ${remedy}`,
      'not-checked jobs daily_data: It has not run yet: the next sports-ingest schedule run starts it. Next due at 2026-03-06 06:00Z.',
    ])
    await decide(db)
    expect((await look(db, daily))[0]).toBe(isCalled)
  })

  test('that nobody calls any more is a failure, with what it has missed', async () => {
    await using db = await createTestDatabase()
    await decide(db, '2026-03-03T12:00:00Z')
    await put(db, { due: '2026-03-03T06:00:00Z', status: 'done' })
    expect(await look(db, daily)).toEqual([
      `failure schedule: Nobody has called sports-ingest schedule run for 2 days, since 2026-03-03 12:00Z: 2 due times have passed, the first at 2026-03-04 06:00Z. → ${remedy} Then it makes up for them by itself.`,
      'not-checked jobs daily_data: Overdue since 2026-03-04 06:00Z, because schedule run is not called. Last success at 2026-03-03 06:00Z.',
    ])
  })

  test('that was not called for a while is a warning for a day', async () => {
    await using db = await createTestDatabase()
    await decide(db)
    await put(db, { due: '2026-03-05T06:00:00Z', status: 'done', decided: '2026-03-05T09:30:00Z' })
    expect(await look(db, daily)).toEqual([
      'warning schedule: Nobody called sports-ingest schedule run from about 2026-03-05 06:00Z to 2026-03-05 09:30Z; 1 due time was looked at late, in the last day. It was last called at 2026-03-05 11:50Z. → Nothing is to be done now: what was missed has been made up for, or skipped, as the job says (missed); sports-ingest schedule why JOB TIME tells of each. Was this host asleep, or cron not running?',
      'ok jobs daily_data: Last success at 2026-03-05 06:00Z. Next due at 2026-03-06 06:00Z.',
    ])
  })
})

describe('a job', () => {
  const again = 'Once that is mended: sports-ingest schedule run --update daily_data.'

  test.for([
    [
      'failed once',
      [{ due: '2026-03-05T06:00:00Z', status: 'failed', failures: 2, runs: [7, 8] }],
      `It failed for 2026-03-05 06:00Z, with 2 failures. Last success at 2026-03-03 06:00Z. Next due at 2026-03-06 06:00Z. → sports-ingest runs show 8 says what failed. ${again}`,
    ],
    [
      'failed twice, and says why',
      [
        { due: '2026-03-04T06:00:00Z', status: 'failed' },
        { due: '2026-03-05T06:00:00Z', status: 'failed', message: 'The disk is full.\nLast lines:\nno' },
      ],
      `2 times in a row it did not succeed; at last it failed for 2026-03-05 06:00Z: The disk is full. Last lines: no. Last success at 2026-03-03 06:00Z. Next due at 2026-03-06 06:00Z. → ${again}`,
    ],
    [
      'was lost',
      [{ due: '2026-03-05T06:00:00Z', status: 'lost' }],
      `It was lost for 2026-03-05 06:00Z: the process on elsewhere died or was halted. Last success at 2026-03-03 06:00Z. Next due at 2026-03-06 06:00Z. → ${again}`,
    ],
    [
      'was stopped',
      [{ due: '2026-03-05T06:00:00Z', status: 'stopped' }],
      `It was stopped for 2026-03-05 06:00Z, by a signal on elsewhere. Last success at 2026-03-03 06:00Z. Next due at 2026-03-06 06:00Z. → ${again}`,
    ],
  ] satisfies [string, Occurrence[], string][])('that %s is a failure, until it succeeds', async ([, occurrences, words]) => {
    await using db = await createTestDatabase()
    await decide(db)
    await put(db, { due: '2026-03-03T06:00:00Z', status: 'done' })
    for (const one of occurrences) await put(db, one)
    expect(await look(db, daily)).toEqual([isCalled, `failure jobs daily_data: ${words}`])
    await put(db, { due: '2026-03-05T07:00:00Z', status: 'done' })
    expect(await look(db, daily)).toEqual([
      isCalled,
      'ok jobs daily_data: Last success at 2026-03-05 07:00Z. Next due at 2026-03-06 06:00Z.',
    ])
  })

  test('that runs is well until two hours after its timeout', async () => {
    await using db = await createTestDatabase()
    await decide(db)
    await put(db, { due: '2026-03-04T06:00:00Z', status: 'done' })
    await put(db, { due: '2026-03-05T06:00:00Z', status: 'running', started: '2026-03-05T09:01:00Z' })
    const usual = 'Last success at 2026-03-04 06:00Z.'
    expect(await look(db, daily)).toEqual([
      isCalled,
      `ok jobs daily_data: ${usual} It runs now, since 2026-03-05 09:01Z. Next due at 2026-03-06 06:00Z.`,
    ])
    await db.sql`update ingest_occurrences set started_at = '2026-03-05T08:59:00Z' where status = 'running'`
    expect(await look(db, daily)).toEqual([
      isCalled,
      'failure jobs daily_data: It should have ended: it runs since 2026-03-05 08:59Z as pid 77 on elsewhere, and its timeout is 60 minutes. → The process has died, or hangs: on elsewhere, kill 77. The next schedule run goes on.',
    ])
  })

  test('that was due while it still ran is a warning for a day', async () => {
    await using db = await createTestDatabase()
    await decide(db)
    await put(db, { due: '2026-03-05T06:00:00Z', status: 'done' })
    await put(db, { due: '2026-03-05T06:10:00Z', status: 'skipped', reason: 'overlap' })
    await put(db, { due: '2026-03-05T06:20:00Z', status: 'skipped', reason: 'overlap' })
    expect(await look(db, daily)).toEqual([
      isCalled,
      'warning jobs daily_data: In the last day 2 due times were skipped because the run before had not ended. Last success at 2026-03-05 06:00Z. Next due at 2026-03-06 06:00Z. → Once is no harm. If it comes often: sports-ingest runs list says how long it takes; then make it due less often (jobs.daily_data.frequency), or set jobs.daily_data.overlap to queue.',
    ])
  })

  test('that is switched off is not checked', async () => {
    await using db = await createTestDatabase()
    await decide(db)
    await put(db, { due: '2026-03-05T06:00:00Z', status: 'failed' })
    expect(await look(db, { ...daily, enabled: false })).toEqual([
      'not-checked schedule: All jobs of the settings are switched off.',
      'not-checked jobs daily_data: It is switched off: jobs.daily_data.enabled is false. It has never succeeded. → If it should run: set jobs.daily_data.enabled to true in the settings.',
    ])
  })
})

test('where the settings have no jobs, the newest run of each kind is judged', async () => {
  await using db = await createTestDatabase()
  const counts = (message: string) => db.sql.json({ failed: [{ message }] })
  await db.sql`
    insert into ingest_runs (job, sport, status, counts, failures, error, started_at, host, pid)
    values ('daily', 'nba', 'failed', '{}', 1, 'old', '2026-03-03T06:00:00Z', 'elsewhere', 1),
      ('daily', 'nba', 'done', '{}', 0, null, '2026-03-04T06:00:00Z', 'elsewhere', 1),
      ('daily', 'nfl', 'failed', ${counts('The file 2025 is malformed.')}, 2, null, '2026-03-04T06:00:00Z', 'elsewhere', 1),
      ('backfill', 'nba', 'lost', '{}', 0, null, '2026-03-04T06:00:00Z', 'elsewhere', 1),
      ('backfill', 'nfl', 'stopped', '{}', 0, null, '2026-03-04T06:00:00Z', 'elsewhere', 1),
      ('live', 'nba', 'running', '{}', 0, null, '2026-03-04T06:00:00Z', 'elsewhere', 1),
      ('reference', 'nba', 'failed', '{}', 1, null, '2026-02-20T06:00:00Z', 'elsewhere', 1)`
  const remedy = (run: number) => ` → sports-ingest runs show ${run} says what failed.`
  expect(await look(db)).toEqual([
    'not-checked jobs: The settings have no jobs, so nothing says what should run when. → sports-ingest config init writes a settings file with jobs.',
    `failure runs backfill of nba: Run 4 of 2026-03-04 06:00Z died on elsewhere.${remedy(4)}`,
    `failure runs backfill of nfl: Run 5 of 2026-03-04 06:00Z was stopped.${remedy(5)}`,
    'ok runs daily of nba: Run 2 of 2026-03-04 06:00Z was done.',
    `failure runs daily of nfl: Run 3 of 2026-03-04 06:00Z had 2 failures: The file 2025 is malformed.${remedy(3)}`,
  ])
})
