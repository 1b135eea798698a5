import { existsSync, globSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Check } from '../../src/health/check.ts'
import { runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { createScratch } from '../support/scratch.ts'
import { install } from '../support/situations.ts'

const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1').filter(existsSync)
if (!library) process.stderr.write('Skipped: libfaketime, which sets the clock of a process, is not installed.\n')

interface Outcome {
  checks: Check[]
  findings: number
}

/** Those that are wrong, as `status check about: message`; each has a remedy. */
function wrong({ checks, findings }: Outcome): string[] {
  const found = checks.filter(({ status }) => status === 'failure' || status === 'warning')
  expect(found).toHaveLength(findings)
  for (const { remedy, message } of found) expect([message, remedy]).toEqual([message, expect.stringMatching(/\w.*\w/)])
  return found.map(({ status, check, about, message }) => `${status} ${check}${about ? ` ${about}` : ''}: ${message}`)
}

test('nothing is made where there is nothing, and nothing is migrated', async () => {
  using scratch = createScratch()
  const dataDir = join(scratch.path, 'none')
  const none = await runCli(['health', '--json'], { SPORTS_INGEST_DATA_DIR: dataDir }, scratch.path)
  expect(none.code, none.stderr).toBe(102)
  expect(wrong(JSON.parse(none.stdout) as Outcome)).toEqual([`failure database: There is no database in ${dataDir}.`])
  expect(none.stdout).toContain('comes from the environment (SPORTS_INGEST_DATA_DIR)')
  expect(existsSync(dataDir)).toBe(false)

  await using empty = await createTestDatabase({ empty: true })
  const env = { DATABASE_URL: empty.url, SPORTS_INGEST_DATA_DIR: dataDir }
  const unused = await runCli(['health'], env, scratch.path)
  expect(unused, unused.stdout).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/has\s+no\s+tables\s+of\s+this\s+program/),
  })
  expect(await empty.sql`select from pg_class where relname = 'ingest_runs'`).toHaveLength(0)

  await using old = await createTestDatabase()
  await old.sql`delete from ingest_migrations where id = (select max(id) from ingest_migrations)`
  const behind = await runCli(['health'], { ...env, DATABASE_URL: old.url }, scratch.path)
  expect(behind, behind.stdout).toMatchObject({ code: 1, stdout: expect.stringContaining('Run sports-ingest db migrate') })
  await old.sql`insert into ingest_migrations (hash, created_at) values ('x', 9999999999999)`
  const newer = await runCli(['health'], { ...env, DATABASE_URL: old.url }, scratch.path)
  expect(newer, newer.stdout).toMatchObject({ code: 102, stdout: expect.stringContaining('Update sports-ingest on this host.') })
  // On 80 columns, as they are.
  for (const line of unused.stdout.split('\n')) expect(line.length).toBeLessThan(80)
})

test('each thing that is wrong is a finding with its remedy, and they are the exit code', async () => {
  await using at = await install()
  const { sql } = at.store
  const now = '2026-03-05T12:30:00Z'
  const [own] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
  await sql`
    insert into ingest_leases (name, owner, token, host, pid, backend_pid, backend_start, acquired_at, expires_at)
    values ('daily:nba', gen_random_uuid(), 1, 'elsewhere', 1, 1, now(), '2026-03-05T11:00:00Z', now() + interval '1 hour'),
      ('daily:nfl', gen_random_uuid(), 1, 'elsewhere', 77, null, null, '2026-03-05T11:00:00Z', now() - interval '1 hour'),
      ('backfill:nba:2025-26', gen_random_uuid(), 1, ${hostname()}, ${process.pid}, null, null, '2026-03-05T11:00:00Z', now() + interval '1 hour')`
  await sql`
    insert into ingest_heartbeats (name, sport, host, pid, mode, why, started_at, beat_at, next_look_at, last_error, incident_since)
    values ('live:nba', 'nba', 'elsewhere', 1, 'live', 'games are on', ${now}, '2026-03-05T11:00:00Z', '2026-03-05T11:05:00Z', null, null),
      ('live:nfl', 'nfl', ${hostname()}, ${process.pid}, 'live', 'games are on', ${now}, ${now}, ${now}, 'espn answered 500', '2026-03-05T12:00:00Z'),
      ('live:racing', 'racing', 'elsewhere', 1, 'stopped', 'by a signal', ${now}, '2026-03-05T11:00:00Z', null, null, null)`
  await sql`
    insert into ingest_outbox (channel, sport, tags, created_at, attempts, due_at, last_error)
    values ('cache', 'racing', '[]', '2026-03-05T10:00:00Z', 3, '2026-03-05T13:00:00Z', 'connect ECONNREFUSED'),
      ('webhook', null, null, '2026-03-05T10:00:00Z', 5, 'infinity', 'It answered 400.'),
      ('mail', null, null, '2026-03-05T10:00:00Z', 3, '2026-03-05T13:00:00Z', 'No answer.')`
  at.settle('worker: { cache_invalidation_url: "http://127.0.0.1:9/" }')
  await sql`
    insert into dead_letters (sport, dataset, item, day, stage, error_class, message, attempts, status, created_at, updated_at)
    values ('racing', 'results', 'rac_1', '2026-03-04', 'transform', 'PayloadError', 'Race rac_1 is malformed.', 1, 'open', ${now}, ${now})`
  await sql`update ingest_rate_budgets set paused_until = now() + interval '1 hour' where provider not like '%:slower'`
  await sql`
    update ingest_occurrences set status = 'lost', message = 'The process that ran it died.' where job = 'night'`
  expect(own).toBeDefined()
  const result = await at.run(now, 'health', '--json')
  const outcome = JSON.parse(result.stdout) as Outcome
  expect(wrong(outcome)).toEqual([
    expect.stringMatching(/^warning leases daily:nba: Process 1 on elsewhere, .* has died\.$/),
    expect.stringMatching(
      /^warning leases daily:nfl: Process 77 on elsewhere .* no sign of life since .* halted, or its host sleeps\.$/,
    ),
    expect.stringMatching(
      /^failure jobs night: It was lost for 2026-03-05 12:00Z: the process on \S+ died or was halted\. It has never/,
    ),
    expect.stringMatching(/^failure live live:nba: Process 1 on elsewhere gives no sign of life/),
    'failure live live:nfl: It fails since 2026-03-05 12:00Z: espn answered 500',
    expect.stringMatching(/^warning dead-letters racing: 1 is open \(results 1\), since .* Race rac_1 is malformed\.$/),
    expect.stringMatching(
      /^warning outbox cache: 1 notice waits .* since 2026-03-05 10:00Z\. The last attempt: connect ECONNREFUSED$/,
    ),
    expect.stringMatching(/^warning outbox webhook: 1 notice to webhook will not be sent, .* It answered 400\.$/),
    expect.stringMatching(
      /^warning budget the-racing-api: the-racing-api has asked for a pause \(429\): no request is sent before /,
    ),
  ])
  expect(result.code).toBe(9)
  const unknown = outcome.checks.find(({ check, status }) => check === 'outbox' && status === 'not-checked')
  expect(unknown?.message).toMatch(/ to mail, .* The settings of this host do not have it\.$/)
  const held = outcome.checks.find(({ check, status }) => check === 'leases' && status === 'ok')
  expect(held?.message).toContain(`backfill:nba:2025-26 by pid ${process.pid} on ${hostname()} since 2026-03-05 11:00Z`)
})

test('with --sandbox its database is looked at, and the remedies are for it', async () => {
  using scratch = createScratch()
  const env = { SPORTS_INGEST_DATA_DIR: join(scratch.path, 'data') }
  const health = () => runCli(['health', '--sandbox'], env, scratch.path)
  const none = await health()
  expect(none.stdout).toContain('There is no database in')
  expect(none.stdout).toMatch(/\nTo each of these commands add --sandbox\.\n$/)
  expect((await runCli(['schedule', 'daily', '--sport', 'racing', '--sandbox'], env, scratch.path)).code).toBe(0)
  const loaded = await health()
  expect(loaded, loaded.stdout).toMatchObject({ code: 0, stdout: expect.stringMatching(/the\s+embedded\s+database\s+sandbox/) })
  expect(loaded.stdout).toMatch(/ok +runs daily of racing: Run 1 /)
})

test('with --online each provider is asked once, and nothing is kept', async () => {
  await using at = await install()
  const payloads = () =>
    at.store.sql`select provider, url, encode(hash, 'hex') as hash, fetched_at from payloads order by 1, 2, 3`
  const before = await payloads()
  const asked = at.requests().length
  const online = await at.run('2026-03-05T12:30:00Z', 'health', '--online')
  expect(online, online.stdout).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/provider the-racing-api: It answers in \d+ ms\./),
  })
  expect(at.requests().slice(asked)).toEqual(['/v1/courses/regions'])
  expect(await payloads()).toEqual(before)
})

test.skipIf(!library)('a clock that is wrong is named, with by how much', async () => {
  await using at = await install()
  using scratch = createScratch()
  const env = { DATABASE_URL: at.store.url, LD_PRELOAD: library, FAKETIME_DONT_FAKE_MONOTONIC: '1', FAKETIME_NO_CACHE: '1' }
  const clockOf = async (offset: string) => {
    const { stdout } = await runCli(['health', '--json'], { ...env, FAKETIME: offset }, scratch.path)
    const checks = (JSON.parse(stdout) as Outcome).checks.filter(({ check }) => check === 'clock')
    return checks.map(({ status, message }) => `${status} ${message}`)[0]
  }
  expect(await clockOf('-3h')).toMatch(/^failure The clock of this host says .* They differ by 3 hours: jobs refuse to run\.$/)
  expect(await clockOf('+5m')).toMatch(/^warning The clock of this host says .* They differ by (299|300|301)\.\d s\.$/)
  expect(await clockOf('+0')).toMatch(/^ok /)
})
