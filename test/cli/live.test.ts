import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HeapSpaceInfo } from 'node:v8'
import { afterAll, describe, expect, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { createSimulatedNba } from '../../src/sandbox/nba/providers.ts'
import type { SimulatedProvider } from '../../src/sandbox/provider.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { runCli, startCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { reply, startProviderServer } from '../support/provider-server.ts'
import { createScratch } from '../support/scratch.ts'
import { at } from '../support/test-clock.ts'
import { expectOneLine, logLines } from '../support/told.ts'
import { until } from '../support/until.ts'

const evening = '2027-01-20T01:30:00Z'
const morning = '2027-01-20T15:00:00Z'

/** The simulated NBA at an instant, and what makes a command ask it. */
async function startAt(now: string, leagues?: readonly SimulatedProvider[]) {
  const server = await startSandbox({ clock: createClock(at(now)), ...(leagues ? { leagues } : {}) })
  const env = {
    SPORTS_INGEST_PROVIDER_NBA_CDN_URL: server.baseUrlOf('nba-cdn'),
    SPORTS_INGEST_PROVIDER_NBA_STATS_URL: server.baseUrlOf('nba-stats'),
    SPORTS_INGEST_NOW: now,
  }
  return { server, env }
}

const playing = await startAt(evening)
const quiet = await startAt(morning)
afterAll(async () => {
  await playing.server.close()
  await quiet.server.close()
})

describe.concurrent('live --once', () => {
  test('in the evening: the schedule first, then the games that are on; the second time only those', async () => {
    await using db = await createTestDatabase()
    const env = { ...playing.env, DATABASE_URL: db.url }
    const first = await runCli(['live', '--sport', 'nba', '--once'], env)
    expect(first.code, first.stderr).toBe(0)
    expect(first.stdout).toMatch(
      /^nba live +done in [\d.]+ s, run \d+\n {2}mode +live: \w{3}-\w{3} Q\d .+, \d more\n {2}schedule +updated/,
    )
    for (const line of first.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    const second = await runCli(['live', '--once', '--json'], { ...env, SPORTS_INGEST_NOW: '2027-01-20T01:34:00Z' })
    expect(second.code, second.stderr).toBe(0)
    const { runs, failures } = JSON.parse(second.stdout) as { runs: object[]; failures: number }
    expect(failures).toBe(0)
    expect(runs).toMatchObject([
      { job: 'live', sport: 'nba', status: 'done', live: { mode: 'live', polls: 1, updates: 0 }, failures: 0 },
    ])
    expect(await db.sql`select status, failures from ingest_runs where job = 'live'`).toEqual([
      { status: 'done', failures: 0 },
      { status: 'done', failures: 0 },
    ])
  })

  test('in the morning: an update, each time', async () => {
    await using db = await createTestDatabase()
    const env = { ...quiet.env, DATABASE_URL: db.url }
    for (const cycle of [1, 2]) {
      const { code, stdout, stderr } = await runCli(['live', '--once', '--json'], env)
      expect(code, `${cycle}: ${stderr}`).toBe(0)
      const { runs } = JSON.parse(stdout) as { runs: object[] }
      expect(runs).toMatchObject([
        { live: { mode: 'update', updates: 1, polls: 0, why: expect.stringMatching(/^next game \w{3} \d\d:\d\d$/) } },
      ])
    }
  })

  test('a provider that gives its schedule and refuses the scoreboard: 104, and nothing else is lost', async () => {
    const leagues = createSimulatedNba(1).map(league => ({
      ...league,
      answer: (path: string, query: URLSearchParams, now: Date) =>
        path.includes('todaysScoreboard') ? undefined : league.answer(path, query, now),
    }))
    const { server, env } = await startAt(evening, leagues)
    await using db = await createTestDatabase()
    const { code, stdout, stderr } = await runCli(['live', '--once'], { ...env, DATABASE_URL: db.url, LOG_LEVEL: 'error' })
    expect([code, stdout]).toEqual([104, ''])
    expect(stderr).toMatch(
      /^nba-cdn answered 403 to GET .*todaysScoreboard_00\.json\. Hint: The provider may block this client.*\n$/m,
    )
    expect(await db.sql`select status from ingest_runs where job = 'live'`).toEqual([{ status: 'stopped' }])
    await server.close()
  })

  test('of two sports the receipt of one that had its cycle is shown, though the other has failed; runs show has both', async () => {
    await using db = await createTestDatabase()
    await using nowhere = await startProviderServer([reply(403)])
    const away = Object.fromEntries(['NFLVERSE', 'NFLDATA', 'ESPN'].map(id => [`SPORTS_INGEST_PROVIDER_${id}_URL`, nowhere.url]))
    const env = { ...playing.env, ...away, SPORTS_INGEST_SPORTS_NFL_ENABLED: 'true', DATABASE_URL: db.url }
    const { code, stdout, stderr } = await runCli(['live', '--once'], env)
    expect(code, stderr).toBe(104)
    expect(stdout).toMatch(/^nba live +done in .+\n {2}mode +live: /)
    expect(stdout).not.toContain('nfl')
    expect(stderr).toContain('nfldata answered 403 to GET ')
    const runs = await db.sql<{ id: number; sport: string; status: string; failures: number }[]>`
      select id, sport, status, failures from ingest_runs where job = 'live' order by sport`
    expect(runs).toMatchObject([
      { sport: 'nba', status: 'done', failures: 0 },
      { sport: 'nfl', status: 'stopped', failures: 1 },
    ])
    const shown = await Promise.all(runs.map(({ id }) => runCli(['runs', 'show', String(id)], env)))
    expect(shown.map(each => each.code)).toEqual([0, 0])
    const [nba, nfl] = shown.map(each => each.stdout)
    expect(nba).toMatch(/^followed +1 polls, \d+ games had changed, \d+ ended; 1 updates; 0 incidents$/m)
    expect(nba).not.toMatch(/^(watermark|unit)/m)
    expect(nfl).toMatch(/^status +stopped, 1 failure$/m)
    expect(nfl).toMatch(/^error +.*403/m)
  })

  test('--only scoreboard polls the feed, and asks for no box score and no schedule; the games are stored', async () => {
    const { server, env } = await startAt(evening)
    await using db = await createTestDatabase()
    const live = ['live', '--sport', 'nba', '--once', '--only', 'scoreboard']
    const { code, stdout, stderr } = await runCli([...live, '--json'], { ...env, DATABASE_URL: db.url })
    expect(code, stderr).toBe(0)
    expect(server.requests().map(({ path }) => path.split('/').at(-1))).toEqual(['todaysScoreboard_00.json'])
    const { runs } = JSON.parse(stdout) as { runs: { live: { changed: number }; items: object[] }[] }
    expect(runs).toMatchObject([{ status: 'done', requests: 1, live: { mode: 'live', polls: 1, updates: 0 }, failures: 0 }])
    const changed = runs[0]?.live.changed
    expect(changed).toBeGreaterThan(0)
    expect(runs[0]?.items).toMatchObject([{ noun: 'games', asked: changed, loaded: changed, dead: 0 }])
    const stored = await db.sql<{ status: string }[]>`select distinct status from games`
    expect(stored.map(({ status }) => status)).toContain('live')
    expect(await db.sql`select 1 from nba_player_game_stats`).toEqual([])
    expect(await db.sql`select 1 from dead_letters`).toEqual([])

    // It has not updated the schedule, so the next one without the choice does.
    const all = await runCli(['live', '--sport', 'nba', '--once', '--json'], { ...env, DATABASE_URL: db.url })
    expect(all.code, all.stderr).toBe(0)
    expect(JSON.parse(all.stdout)).toMatchObject({ runs: [{ live: { mode: 'live', polls: 1, updates: 1 } }] })
    await server.close()
  })

  test('an unknown dataset of --only is a usage error with the names there are', async () => {
    await using db = await createTestDatabase()
    await expectOneLine(['live', '--sport', 'nba', '--once', '--only', 'scorebord'], {
      code: 100,
      says: 'There is no dataset called scorebord. Hint: did you mean scoreboard? (schedule, box-scores, scoreboard)',
      env: { DATABASE_URL: db.url },
    })
    expect(await db.sql`select 1 from ingest_runs`).toEqual([])
  })

  test('an unknown sport is a usage error, and a dry run a wrong setting', async () => {
    await using db = await createTestDatabase()
    const env = { DATABASE_URL: db.url }
    await expectOneLine(['live', '--sport', 'nbaa'], { code: 100, says: 'There is no sport called nbaa.', env })
    await expectOneLine(['live'], {
      code: 101,
      says: 'features.dry_run is on',
      env: { ...env, SPORTS_INGEST_FEATURES_DRY_RUN: 'true' },
    })
    await expectOneLine(['live'], {
      code: 101,
      says: 'LIVE_LIVE_INTERVAL must be a duration from 10 s to 24 days',
      env: { ...env, SPORTS_INGEST_LIVE_LIVE_INTERVAL: '9s' },
    })
  })
})

test('a cycle is one line with its state and the next poll, and SIGINT ends it with 130; V8 has little room for what is new', async () => {
  await using db = await createTestDatabase()
  using scratch = createScratch()
  const heap = join(scratch.path, 'heap.json')
  const live = startCli(['live', '--sport', 'nba'], {
    ...playing.env,
    ...{ DATABASE_URL: db.url, LOG_LEVEL: 'info', NODE_OPTIONS: `--import=${heapWriter(heap)}` },
  })
  await until('its first cycle is over', async () => (await db.sql`select 1 from ingest_heartbeats`).length > 0)
  live.child.kill('SIGINT')
  const ended = await live.done
  expect(ended.code, ended.stderr).toBe(130)
  expect(ended.stdout).toMatch(/^nba live until \d\d:\d\d: \w{3}-\w{3} Q\d .+, \d more · next poll 20:3\d:\d\d EST\n$/)
  const lines = logLines(ended)
  expect(lines.map(({ event }) => event)).toEqual(expect.arrayContaining(['live.mode', 'live.cycle', 'job.end']))
  expect(lines.find(({ event }) => event === 'live.cycle')).toMatchObject({ sport: 'nba', mode: 'live', games: 9 })
  expect(await db.sql`select status from ingest_runs where job = 'live'`).toEqual([{ status: 'stopped' }])
  const spaces = JSON.parse(readFileSync(heap, 'utf8')) as HeapSpaceInfo[]
  // It would be 16 MB by the time the program is loaded, and stay so.
  expect(spaces.find(space => space.space_name === 'new_space')?.space_size).toBeLessThan(10 * 1024 * 1024)
})

/** A module that writes how large the spaces of V8's heap are when the process ends. */
function heapWriter(file: string): string {
  const code = `import v8 from 'node:v8'; import fs from 'node:fs'
    process.on('exit', () => fs.writeFileSync(${JSON.stringify(file)}, JSON.stringify(v8.getHeapSpaceStatistics())))`
  return `data:text/javascript,${encodeURIComponent(code)}`
}
