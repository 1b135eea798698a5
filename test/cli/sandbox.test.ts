import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { runCli, startCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { createScratch } from '../support/scratch.ts'
import { tableHashes } from '../support/table-hashes.ts'

const now = { SPORTS_INGEST_NOW: '2025-01-16T12:00:00Z' }
const daily = ['schedule', 'daily', '--sandbox']
const nothing = { rows: 0, hash: expect.any(String) }

describe("on a server of one's own", () => {
  let url = ''
  afterEach(async () => {
    const admin = await open('postgres')
    await admin.run(sql => sql`drop database if exists sandbox with (force)`)
    await admin.close()
  })

  function open(name: string) {
    const settings = { url, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 1 }
    return openDatabase({ settings, name, schema: 'as-is', clock: createClock(), log: silentLog })
  }

  const hashes = async () => {
    const sandbox = await open('sandbox')
    const found = await sandbox.run(tableHashes)
    await sandbox.close()
    return found
  }

  test('what the README shows comes out on that day', async () => {
    await using store = await createTestDatabase()
    url = store.url.replace(store.name, 'postgres')
    const env = { SPORTS_INGEST_NOW: '2026-11-22T12:00:00Z', DATABASE_URL: store.url }
    const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
    const blocks = readme.slice(readme.indexOf('## Try it')).split(/^```(?:sh)?\n/m)
    const [, , , receipt = '', , query = '', , rows] = blocks
    const run = await runCli([...daily, '--sport', 'nba'], env)
    const withoutTime = (text: string) => text.replace(/done in \S+ s/, 'done').trim()
    expect(withoutTime(run.stdout)).toBe(withoutTime(receipt))
    const [, sql = ''] = /^npx sports-ingest db query --sandbox "(.*)"\n$/s.exec(query) ?? []
    expect((await runCli(['db', 'query', '--sandbox', sql], env)).stdout).toBe(rows)
  })

  test('rows go to the database sandbox, never to the real one; a second run writes none, and one under faults leaves the same', async () => {
    await using store = await createTestDatabase()
    url = store.url.replace(store.name, 'postgres')
    const env = { ...now, DATABASE_URL: store.url }
    expect(await runCli([...daily, '--sandbox-faults', '429,500,truncate'], env)).toMatchObject({ code: 0 })
    const faulty = await hashes()
    expect(faulty['games']?.rows).toBeGreaterThan(0)
    expect(faulty['nba_player_game_stats']?.rows).toBeGreaterThan(100)
    expect(faulty['runners']?.rows).toBeGreaterThan(100)
    for (const [table, found] of Object.entries(await tableHashes(store.sql))) expect(found, table).toEqual(nothing)

    const second = await runCli(daily, env)
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining('0 written: nothing had changed') })
    expect(await hashes()).toEqual(faulty)

    await store.sql`drop database sandbox with (force)`
    expect(await runCli(daily, env)).toMatchObject({ code: 0 })
    expect(await hashes()).toEqual(faulty)

    // What reads asks the same database when told so.
    const get = ['watermark', 'get', 'schedule', 'daily']
    expect(await runCli([...get, '--sandbox'], env)).toMatchObject({ code: 0, stdout: '2025-01-15\n' })
    expect(await runCli(get, env)).toMatchObject({ code: 1, stdout: '' })
    expect((await runCli(['db', 'status', '--sandbox'], env)).stdout).toMatch(/^the database sandbox at /)
    const runs = JSON.parse((await runCli(['runs', 'list', '--sandbox', '--json'], env)).stdout) as { sport: string }[]
    expect(runs.map(({ sport }) => sport).sort()).toEqual(['nba', 'racing'])
    expect(JSON.parse((await runCli(['runs', 'list', '--json'], env)).stdout)).toEqual([])
  })
})

describe('on the embedded server', () => {
  test('it needs nothing: no settings, no network, no key; the second run writes nothing', async () => {
    using dir = createScratch()
    const env = { ...now, SPORTS_INGEST_DATA_DIR: dir.path, http_proxy: 'http://127.0.0.1:1', https_proxy: 'http://127.0.0.1:1' }
    const first = await runCli(daily, env)
    expect(first, first.stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^nba daily 2025-01-15 +done in /) })
    expect(await runCli(daily, env)).toMatchObject({ code: 0, stdout: expect.stringContaining('0 written: nothing had changed') })
    expect((await runCli(['db', 'status', '--sandbox'], env)).stdout).toMatch(/^the embedded database sandbox, PostgreSQL 18/)
    // The real database is another one, made when it is asked for.
    expect(await runCli(['watermark', 'get', 'schedule', 'daily'], env)).toMatchObject({ code: 1, stdout: '' })
    expect(JSON.parse((await runCli(['runs', 'list', '--json'], env)).stdout)).toEqual([])
  })
})

test('the command serves all simulated providers and prints where each one is', async () => {
  const { child, done } = startCli(['sandbox', '--json'], { SPORTS_INGEST_NOW: '2026-11-29T19:00:00Z' })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = child.stdout ? await once(child.stdout, 'data') : []
  const { environment } = JSON.parse(String(line)) as { environment: Record<string, string> }
  const providers = ['NBA_CDN', 'NBA_STATS', 'NFLDATA', 'NFLVERSE', 'ESPN', 'THE_RACING_API']
  expect(Object.keys(environment)).toEqual([
    ...providers.map(name => `SPORTS_INGEST_PROVIDER_${name}_URL`),
    ...['RACING_API_USERNAME', 'RACING_API_PASSWORD'],
  ])
  const board = await fetch(`${environment['SPORTS_INGEST_PROVIDER_ESPN_URL']}/apis/site/v2/sports/football/nfl/scoreboard`)
  expect(await board.text()).toContain('STATUS_IN_PROGRESS')
  // They are all that other commands want.
  await using db = await createTestDatabase({ empty: true })
  const env = { ...environment, DATABASE_URL: db.url, SPORTS_INGEST_NOW: '2026-11-29T19:00:00Z' }
  expect(await runCli(['schedule', 'daily', '--sport', 'racing'], env)).toMatchObject({ code: 0 })
  const verified = await runCli(['watermark', 'verify'], env)
  expect(verified).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/nothing is missing, \d+ stored races of 2026-11-28 checked/),
  })
  child.kill('SIGTERM')
  expect(await done).toMatchObject({ code: 143 })
})
