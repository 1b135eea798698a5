import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Receipt } from '../../src/pipeline/receipt.ts'
import { type CliResult, runCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { type HandMadeGame, startHandMadeNba } from '../support/hand-made-nba.ts'
import { factsOf } from '../support/receipt-facts.ts'
import { tableHashes } from '../support/table-hashes.ts'
import { expectOneLine } from '../support/told.ts'

/** One game a day, from 2024-10-25 to 2025-04-05. */
const games: HandMadeGame[] = Array.from({ length: 163 }, (_, i) => {
  const day = new Date(Date.UTC(2024, 9, 25 + i)).toISOString().slice(0, 10)
  return { id: `00224${String(i).padStart(5, '0')}`, day }
})

let api: Awaited<ReturnType<typeof startHandMadeNba>>
beforeAll(async () => {
  api = await startHandMadeNba({ games })
})
afterAll(() => api[Symbol.asyncDispose]())

async function daily({ url }: { url: string }, now: string, ...args: string[]) {
  const run = await runCli(['schedule', 'daily', '--json', ...args], { ...api.env, DATABASE_URL: url, SPORTS_INGEST_NOW: now })
  expect(run.code, run.stderr).toBe(0)
  const receipt = JSON.parse(run.stdout).runs[0] as Receipt
  return { ...receipt, ...factsOf(receipt) }
}

const storedDays = async ({ sql }: TestDatabase) =>
  (await sql<{ day: string }[]>`select distinct game_date as day from games order by 1`).map(({ day }) => day)

const watermark = ({ url }: TestDatabase): Promise<CliResult> =>
  runCli(['watermark', 'get', 'schedule', 'daily'], { DATABASE_URL: url })

describe('yesterday is the civil day before, in the league’s zone', () => {
  test.each([
    ['the last minute of an Eastern day in winter', '2025-01-16T04:59:00Z', '2025-01-14'],
    ['the first minute of the next', '2025-01-16T05:01:00Z', '2025-01-15'],
    ['the end of the day of 23 hours', '2025-03-10T03:59:00Z', '2025-03-08'],
    ['the day after the day of 23 hours', '2025-03-10T04:01:00Z', '2025-03-09'],
    ['the beginning of the day of 23 hours', '2025-03-09T05:01:00Z', '2025-03-08'],
    ['the beginning of the day of 25 hours', '2024-11-03T04:01:00Z', '2024-11-02'],
    ['the second 1 o’clock of that day', '2024-11-03T06:30:00Z', '2024-11-02'],
    ['its last minute', '2024-11-04T04:59:00Z', '2024-11-02'],
    ['the first minute of the day after', '2024-11-04T05:01:00Z', '2024-11-03'],
  ])('%s (%s): %s', async (_, now, target) => {
    await using store = await createTestDatabase()
    expect(await daily(store, now)).toMatchObject({ targetDate: target, from: target, to: target, watermarkAfter: target })
    expect(await storedDays(store)).toEqual([target])
  })

  test('today may be asked for by --date, and leaves the watermark, for it is not over', async () => {
    await using store = await createTestDatabase()
    await daily(store, '2025-01-16T04:59:00Z', '--date', '2025-01-15')
    expect(await storedDays(store)).toEqual(['2025-01-15'])
    expect(await watermark(store)).toMatchObject({ code: 1 })
    const env = { DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2025-01-16T04:59:00Z' }
    await expectOneLine(['schedule', 'daily', '--date', '2025-01-16'], { code: 100, says: /is in the future/, env })
  })
})

describe('days that were missed', () => {
  const after = '2025-01-20T12:00:00Z'

  test('are caught up, in order, and the watermark moves a day at a time', async () => {
    await using store = await createTestDatabase()
    await daily(store, '2025-01-16T12:00:00Z')
    const receipt = await daily(store, after)
    expect(receipt).toMatchObject({ from: '2025-01-16', to: '2025-01-19', watermarkAfter: '2025-01-19' })
    expect(await storedDays(store)).toEqual(['2025-01-15', '2025-01-16', '2025-01-17', '2025-01-18', '2025-01-19'])
    const history = await runCli(['watermark', 'history', 'schedule', 'daily', '--json'], { DATABASE_URL: store.url })
    expect(JSON.parse(history.stdout).map(({ value }: { value: string }) => value)).toEqual([
      '2025-01-19',
      '2025-01-18',
      '2025-01-17',
      '2025-01-16',
      '2025-01-15',
    ])
  })

  test('are left out with --no-catch-up, and then the watermark stays before the gap until they are there', async () => {
    await using store = await createTestDatabase()
    await daily(store, '2025-01-16T12:00:00Z')
    const receipt = await daily(store, after, '--no-catch-up')
    expect(receipt).toMatchObject({ from: '2025-01-19', to: '2025-01-19', watermarkAfter: '2025-01-15' })
    expect(await storedDays(store)).toEqual(['2025-01-15', '2025-01-19'])
    const next = await daily(store, after)
    expect(next).toMatchObject({ watermarkAfter: '2025-01-19', rows: { inserted: expect.any(Number) } })
    expect(await storedDays(store)).toEqual(['2025-01-15', '2025-01-16', '2025-01-17', '2025-01-18', '2025-01-19'])
  })

  test('before a watermark set back by hand are loaded again and write nothing', async () => {
    await using store = await createTestDatabase()
    await daily(store, after, '--days-back', '5')
    const before = await tableHashes(store.sql)
    const env = { DATABASE_URL: store.url, SPORTS_INGEST_NOW: after }
    expect(await runCli(['watermark', 'set', 'schedule', 'daily', '2025-01-16'], env)).toMatchObject({ code: 0 })
    expect(await daily(store, after)).toMatchObject({
      from: '2025-01-17',
      to: '2025-01-19',
      rows: { inserted: 0, updated: 0, deleted: 0 },
      watermarkAfter: '2025-01-19',
    })
    expect(await tableHashes(store.sql)).toEqual(before)
  })
})

describe('other days', () => {
  const now = '2025-01-16T12:00:00Z'

  test.each([
    [['--date', '2025-01-10'], ['2025-01-10'], '2025-01-10'],
    [['--days-back', '3'], ['2025-01-13', '2025-01-14', '2025-01-15'], '2025-01-15'],
    [
      ['--weekly'],
      ['2025-01-09', '2025-01-10', '2025-01-11', '2025-01-12', '2025-01-13', '2025-01-14', '2025-01-15'],
      '2025-01-15',
    ],
    // Days that are not over are loaded as they stand; the watermark stays before them.
    [['--days-ahead', '2'], ['2025-01-15', '2025-01-16', '2025-01-17'], '2025-01-15'],
    [['--date', '2025-01-10', '--days-back', '2', '--days-ahead', '1'], ['2025-01-09', '2025-01-10', '2025-01-11'], '2025-01-11'],
  ])('%j loads %j', async (args, days, after) => {
    await using store = await createTestDatabase()
    expect(await daily(store, now, ...args)).toMatchObject({ from: days[0], to: days.at(-1), watermarkAfter: after })
    expect(await storedDays(store)).toEqual(days)
  })

  test('--only schedule loads games without lines and leaves the watermark; both datasets together move it', async () => {
    await using store = await createTestDatabase()
    expect(await daily(store, now, '--only', 'schedule')).toMatchObject({ watermarkAfter: null, requests: 1 })
    expect(await storedDays(store)).toEqual(['2025-01-15'])
    expect(await store.sql`select 1 from nba_player_game_stats`).toHaveLength(0)
    expect(await daily(store, now, '--only', 'schedule', '--only', 'box-scores')).toMatchObject({ watermarkAfter: '2025-01-15' })
    expect(await store.sql`select 1 from nba_player_game_stats`).toHaveLength(4)
  })

  test('--sport nba is what is loaded without it, as long as nba is the only one there', async () => {
    await using store = await createTestDatabase()
    expect(await daily(store, now, '--sport', 'nba')).toMatchObject({ sport: 'nba', from: '2025-01-15', to: '2025-01-15' })
  })
})

describe('--dry-run', () => {
  test('says what would change and writes nothing at all: no rows, no run, no payload, no lease', async () => {
    await using store = await createTestDatabase()
    const everything = async () => {
      const [counts] =
        await store.sql`select (select count(*) from ingest_runs)::int as runs, (select count(*) from payloads)::int as payloads,
        (select count(*) from ingest_chunks)::int as chunks, (select count(*) from ingest_leases)::int as leases,
        (select count(*) from ingest_watermark_history)::int as history`
      return { ...(await tableHashes(store.sql)), ...counts }
    }
    await daily(store, '2025-01-15T12:00:00Z')
    const before = await everything()
    const receipt = await daily(store, '2025-01-16T12:00:00Z', '--dry-run')
    expect(receipt).toMatchObject({ dryRun: true, run: null, rows: { inserted: 7, updated: 0, deleted: 0 } })
    expect(await everything()).toEqual(before)
    const env = { ...api.env, DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z' }
    const shown = await runCli(['schedule', 'daily', '--dry-run'], env)
    expect(shown.stdout).toMatch(/rows +7 to write: 7 new, 0 changed/)
    expect(shown.stdout).toMatch(/dry run +nothing was written/)
    // The same by the settings, and then for real: it writes what was said.
    expect(await runCli(['schedule', 'daily'], { ...env, SPORTS_INGEST_FEATURES_DRY_RUN: 'true' })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing was written'),
    })
    expect(await everything()).toEqual(before)
    expect(await daily(store, '2025-01-16T12:00:00Z')).toMatchObject({ rows: receipt.rows })
  })
})
