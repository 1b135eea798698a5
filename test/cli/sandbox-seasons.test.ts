import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { createSimulatedNba } from '../../src/sandbox/nba/providers.ts'
import { createSimulatedNfl } from '../../src/sandbox/nfl/providers.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { runCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const now = '2026-11-18T12:00:00Z'
let store: TestDatabase
let sandbox: Sandbox
let env: Record<string, string>
beforeAll(async () => {
  sandbox = await startSandbox({
    clock: createClock(new Date(now)),
    leagues: [...createSimulatedNba(1), ...createSimulatedNfl(1)],
  })
  store = await createTestDatabase()
  const urls = sandbox.providers.map(id => [
    `SPORTS_INGEST_PROVIDER_${id.toUpperCase().replace('-', '_')}_URL`,
    sandbox.baseUrlOf(id),
  ])
  env = { ...Object.fromEntries(urls), DATABASE_URL: store.url, SPORTS_INGEST_NOW: now }
})
afterAll(async () => {
  await sandbox.close()
  await store[Symbol.asyncDispose]()
})

/** What a backfill of the sandbox has left: games of the season, those with lines of players, and dead letters of anything. */
async function left(sport: string, season: string, lines: string) {
  const [found] = await store.sql`
    select count(*)::int as games, count(*) filter (where status = 'final')::int as final,
      (select count(*)::int from dead_letters) as letters, ${store.sql.unsafe(lines)} as lines
    from games where sport = ${sport} and season = ${season}`
  return found
}

// What began when in reality: weekly rosters 2002, injuries 2009, snap counts 2012. Kicking and totals of a season are not simulated.
test.each([
  ['1999', { games: 267, final: 267 }, 'player-stats rosters team-stats'],
  ['2010', { games: 267, final: 267 }, 'injuries player-stats rosters team-stats weekly-rosters'],
  ['2026', { games: 272, final: expect.any(Number) }, 'injuries player-stats rosters snap-counts team-stats weekly-rosters'],
])('a backfill of the NFL of %s has all of its games, and leaves no dead letter', async (season, games, datasets) => {
  const { code, stdout } = await runCli(['schedule', 'backfill', '--sport', 'nfl', '--season', season, '--json'], env)
  expect({ code, failures: JSON.parse(stdout).failures }).toEqual({ code: 0, failures: 0 })
  expect(await left('nfl', season, 'null')).toEqual({ ...games, letters: 0, lines: null })
  const files = await store.sql<{ dataset: string }[]>`select dataset from ingest_files where unit = ${season} order by dataset`
  expect(files.map(({ dataset }) => dataset).join(' ')).toBe(datasets)
  const verified = await runCli(['watermark', 'verify', 'backfill', `nfl:${season}`], env)
  expect(verified.stdout).toMatch(/nothing is missing, \d{3} games checked/)
})

test.each([
  ['1946-47', '1946-12-03', '1946-12-04'],
  ['1999-00', '2000-01-04', '2000-01-05'],
  ['2026-27', '2026-11-10', '2026-11-11'],
])(
  'a backfill of days of the NBA of %s has their games with their lines, and leaves no dead letter',
  async (season, from, to) => {
    const days = ['--season', season, '--from', from, '--to', to]
    const { code, stdout } = await runCli(['schedule', 'backfill', '--sport', 'nba', ...days, '--json'], env)
    const [receipt] = JSON.parse(stdout).runs
    expect({ code, failures: receipt.failures, dead: receipt.items[0].dead }).toEqual({ code: 0, failures: 0, dead: 0 })
    const { asked } = receipt.items[0]
    expect(asked).toBeGreaterThan(10)
    const lines = `(select count(distinct l.game_id)::int from nba_player_game_stats l join games g on g.provider_id = l.game_id where g.season = '${season}')`
    expect(await left('nba', season, lines)).toEqual({ games: asked, final: asked, letters: 0, lines: asked })
  },
)
