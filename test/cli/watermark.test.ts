import { userInfo } from 'node:os'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import { takeLease } from '../../src/store/leases.ts'
import { runCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { expectOneLine, toldLines } from '../support/told.ts'

let store: TestDatabase
beforeAll(async () => {
  store = await createTestDatabase()
})
afterAll(() => store[Symbol.asyncDispose]())

const run = (...words: string[]) =>
  runCli(['watermark', ...words], { DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z' })

describe('watermark', () => {
  test('get: a missing one exits 1 and says so on stderr; with --json its value is null', async () => {
    const missing = await run('get', 'schedule', 'daily')
    expect(missing).toMatchObject({ code: 1, stdout: '' })
    expect(toldLines(missing)).toEqual([expect.stringMatching(/^There is no watermark schedule daily:nba yet\. Hint: /)])
    const asJson = await run('get', 'schedule', 'daily', '--json')
    expect(asJson.code).toBe(1)
    expect(JSON.parse(asJson.stdout)).toEqual({ stage: 'schedule', key: 'daily:nba', value: null })
    expect(await run('list')).toMatchObject({ code: 0, stdout: 'There are no watermarks yet.\n' })
    expect(await run('history', 'schedule', 'daily')).toMatchObject({ code: 0, stdout: expect.stringContaining('never set') })
  })

  test('set tells what was and what comes; get prints the bare value, by the long name and the short', async () => {
    const set = await run('set', 'schedule', 'daily', '2025-01-10', '--reason', 'bad lines')
    expect(set).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^schedule daily:nba: none → 2025-01-10\nThe next schedule daily loads 2025-01-11 to 2025-01-15\.\n$/,
      ),
    })
    for (const key of ['daily', 'daily:nba'])
      expect(await run('get', 'schedule', key)).toMatchObject({ code: 0, stdout: '2025-01-10\n', stderr: '' })
    expect(JSON.parse((await run('get', 'schedule', 'daily', '--json')).stdout)).toEqual({
      stage: 'schedule',
      key: 'daily:nba',
      value: '2025-01-10',
    })
    expect(await store.sql`select stage, key, value from ingest_watermarks`).toEqual([
      { stage: 'schedule', key: 'daily:nba', value: '2025-01-10' },
    ])
    // Back as well as forward, with or without a reason.
    const back = await run('set', 'schedule', 'daily', '2025-01-08', '--json')
    expect(JSON.parse(back.stdout)).toEqual({ stage: 'schedule', key: 'daily:nba', previous: '2025-01-10', value: '2025-01-08' })
    expect(await run('set', 'backfill', 'nba:2024-25', '0022400561')).toMatchObject({ code: 0 })
    const { stdout } = await run('list', '--json')
    expect(JSON.parse(stdout).map(({ stage, key, value }: Record<string, string>) => `${stage} ${key} ${value}`)).toEqual([
      'backfill nba:2024-25 0022400561',
      'schedule daily:nba 2025-01-08',
    ])
  })

  test('history has every change with its previous value, time, user and reason, newest first', async () => {
    const changes = JSON.parse((await run('history', 'schedule', 'daily', '--json')).stdout)
    const by = { changedBy: userInfo().username, runId: null, changedAt: expect.stringMatching(/^2025-01-16T12:0/) }
    expect(changes).toMatchObject([
      { previous: '2025-01-10', value: '2025-01-08', reason: null, ...by },
      { previous: null, value: '2025-01-10', reason: 'bad lines', ...by },
    ])
    expect((await run('history', 'schedule', 'daily')).stdout).toMatch(/2025-01-16 12:0\d:\d\dZ +- +2025-01-10 +\S+ +bad lines/)
  })

  test('set is refused while a run holds the same watermark: 103, who and since when, nothing changed', async () => {
    const lease = await takeLease(store.database, 'daily:nba', silentLog)
    const says = new RegExp(
      `^Already at work on daily:nba: pid ${process.pid} on \\S+, started at \\d{4}-\\d\\d-\\d\\dT[\\d:]+Z\\. Hint: `,
    )
    const env = { DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z' }
    await expectOneLine(['watermark', 'set', 'schedule', 'daily', '2025-01-09'], { code: 103, says, env })
    await expectOneLine(['schedule', 'daily'], { code: 103, says, env })
    // Of several sports each is told in its order, also in a pipe.
    const other = await takeLease(store.database, 'files:nfl', silentLog)
    const both = await runCli(['schedule', 'daily', '--sport', 'nfl', 'nba'], env)
    expect(both).toMatchObject({ code: 103, stdout: '' })
    const of = (sport: string) => expect.stringMatching(`^Already at work on \\w+:${sport}: pid ${process.pid} `)
    expect(toldLines(both)).toEqual([of('nfl'), of('nba')])
    await other.release()
    await lease.release()
    expect((await run('get', 'schedule', 'daily')).stdout).toBe('2025-01-08\n')
    expect(await run('set', 'schedule', 'daily', '2025-01-15')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('nothing to catch up on'),
    })
  })
})
