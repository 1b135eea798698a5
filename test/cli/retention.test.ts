import { afterAll, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { type HandMadeLeague, startHandMadeNba } from '../support/hand-made-nba.ts'
import { game } from '../support/nba-world.ts'

const league: HandMadeLeague = { games: [game(1, '2025-01-14'), game(2, '2025-01-15')], today: '2025-01-16' }
const [api, store] = await Promise.all([startHandMadeNba(league), createTestDatabase()])
afterAll(async () => {
  await Promise.all([api[Symbol.asyncDispose](), store[Symbol.asyncDispose]()])
})
const { sql } = store
const env = { ...api.env, DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z' }

/** What two years of another sport, which is not loaded here, have left. */
async function addOldRows() {
  await sql`
    insert into ingest_runs (job, sport, status, target_date, since, counts, failures, started_at, finished_at, host, pid)
    select 'daily', 'racing', 'done', day::date, day::date, '{}', 0, day, day, 'h', 1
    from generate_series(timestamptz '2023-01-02', '2024-12-31', interval '1 day') day`
  await sql`
    insert into ingest_chunks (run_id, unit, window_from, window_to, status, attempts, counts)
    select id, target_date::text, target_date, target_date, 'done', 1, '{}' from ingest_runs where sport = 'racing'`
  await sql`
    insert into ingest_watermark_history (stage, key, previous, value, run_id, changed_by, changed_at)
    select 'schedule', 'daily:racing', lag(target_date) over (order by id), target_date, id, 'run', started_at from ingest_runs where sport = 'racing'`
  await sql`
    insert into dead_letters (sport, dataset, item, day, stage, error_class, message, attempts, status, created_at, updated_at)
    select 'racing', 'results', status, '2024-01-01', 'fetch', 'PayloadError', '', 1, status, '2024-01-01', '2024-01-01'
    from unnest(array['open', 'resolved', 'discarded']) status`
  await sql`
    insert into ingest_outbox (sport, tags, created_at, sent_at, attempts, due_at)
    values ('racing', '[]', '2024-12-01', '2024-12-01', 1, '2024-12-01'), ('racing', '[]', '2024-12-01', null, 9, '2024-12-01'),
      ('racing', '[]', '2025-01-10', null, 9, '2025-01-10')`
  await sql`
    insert into ingest_schedules (job, frequency, timezone, decided_until, first_seen_at)
    values ('a_former_job', '0 6 * * *', 'UTC', '2024-06-03', '2024-06-01')`
  await sql`
    insert into ingest_occurrences (job, due_at, status, runs, decided_at, started_at)
    values ('a_former_job', '2024-06-02', 'skipped', '[]', '2024-06-02', null), ('a_former_job', '2024-06-01', 'done', '[]', '2024-06-01', '2024-06-01')`
  await sql`
    insert into payloads (provider, url, hash, body, bytes, status, fetched_at)
    values ('the-racing-api', 'https://example.test/results', '\\x01', '\\x00', 1, 200, '2024-12-01'),
      ('a-former-provider', 'https://example.test/results', '\\x01', '\\x00', 1, 200, '2024-12-01')`
}

const countsOf = async (words: readonly string[] = []) => {
  const { stdout } = await runCli(['db', 'status', '--json', ...words], env)
  const { tables } = JSON.parse(stdout) as { tables: { table: string; rows: number; oldest: string | null; bytes: number }[] }
  return Object.fromEntries(tables.map(one => [one.table, one]))
}

test('a daily run deletes what is old, of all sports; db status shows what there is; a dry run deletes nothing', async () => {
  await addOldRows()
  const before = await countsOf()
  expect(before).toMatchObject({
    ingest_runs: { rows: 730, oldest: '2023-01-02T00:00:00.000Z', bytes: expect.any(Number) },
    payloads: { rows: 2, oldest: '2024-12-01T00:00:00.000Z' },
    ingest_schedules: { rows: 1, oldest: '2024-06-01T00:00:00.000Z', bytes: expect.any(Number) },
    ingest_occurrences: { rows: 2, oldest: '2024-06-01T00:00:00.000Z', bytes: expect.any(Number) },
  })
  expect((await runCli(['schedule', 'daily', '--sport', 'nba', '--dry-run'], env)).code).toBe(0)
  expect(await countsOf()).toMatchObject({ ingest_runs: { rows: 730 }, payloads: { rows: 2 } })

  const { code, stderr } = await runCli(['schedule', 'daily', '--sport', 'nba'], env)
  expect(code, stderr).toBe(0)
  expect(stderr).toContain('notices.dropped')
  const after = await countsOf()
  // Of 90 days, those of the NBA, and what is kept.
  expect(after).toMatchObject({
    dead_letters: { rows: 2 },
    ingest_outbox: { rows: 1 },
    ingest_occurrences: { rows: 1 },
    payloads: { rows: 2, oldest: expect.stringMatching(/^2025-01-16T12:00:/) },
  })
  const ofRacing = await sql`select min(target_date) as first, count(*)::int as runs from ingest_runs where sport = 'racing'`
  expect(ofRacing).toEqual([{ first: '2023-01-02', runs: 76 }])
  const values = await sql`select previous, value from ingest_watermark_history where key = 'daily:racing' order by id limit 3`
  expect([...values]).toEqual([
    { previous: null, value: '2023-01-02' },
    { previous: '2023-01-02', value: '2024-10-18' },
    { previous: '2024-10-18', value: '2024-10-19' },
  ])
  const { stdout } = await runCli(['db', 'status'], env)
  expect(stdout).toMatch(/^table +size +rows +oldest$/m)
  expect(stdout).toMatch(/^payloads +0\.\d MB +2 +2025-01-16 12:00:\d\dZ$/m)
})
