import { describe, expect, test } from 'vitest'
import { type CliResult, runCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { accessDenied, boxScoreOf, type HandMadeGame, type HandMadeLeague, startHandMadeNba } from '../support/hand-made-nba.ts'
import { breakOff, hang, reply } from '../support/provider-server.ts'
import { tableHashes } from '../support/table-hashes.ts'
import { toldLines } from '../support/told.ts'

const now = '2025-01-16T12:00:00Z'
const [first, second, third] = ['0022400561', '0022400562', '0022400563']
const games: HandMadeGame[] = [first, second, third].map((id, i) => ({
  id,
  day: '2025-01-15',
  sides: [1610612737 + 2 * i, 1610612738 + 2 * i],
}))

/** Runs yesterday against a league that misbehaves; few attempts, for nothing gets better here. */
async function daily(store: TestDatabase, league: HandMadeLeague, args: readonly string[] = []): Promise<CliResult> {
  await using api = await startHandMadeNba(league)
  const env = { ...api.env, DATABASE_URL: store.url, SPORTS_INGEST_NOW: now, SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '2' }
  return await runCli(['schedule', 'daily', ...args], env)
}

const isEmpty = async ({ sql }: TestDatabase) => Object.values(await tableHashes(sql)).every(({ rows }) => rows === 0)

describe('a provider that refuses us', () => {
  test.each([
    ['its schedule is refused', { games, schedule: accessDenied }, /scheduleLeagueV2\.json.*Hint: /],
    [
      'its schedule is a block page',
      { games, schedule: () => reply(200, { 'content-type': 'text/html' }, '<html>Access Denied</html>') },
      /sent an HTML page instead of JSON.*Hint: /,
    ],
    [
      'all its box scores are refused',
      { games, boxes: { [first]: accessDenied, [second]: accessDenied, [third]: accessDenied } },
      /^All 3 games asked for were refused: .*Hint: /,
    ],
  ] as [string, HandMadeLeague, RegExp][])('%s: 104, one line, nothing kept and no watermark', async (_, league, says) => {
    await using store = await createTestDatabase()
    const run = await daily(store, league)
    expect(run).toMatchObject({ code: 104, stdout: '' })
    expect(toldLines(run)).toEqual([expect.stringMatching(says)])
    expect(await isEmpty(store)).toBe(true)
    expect(await store.sql`select status, failures, watermark_after as after from ingest_runs`).toEqual([
      { status: 'stopped', failures: 1, after: null },
    ])
  })

  test('days loaded before the refusal stay; the day of the refusal waits, is no dead letter, and is counted', async () => {
    const before: HandMadeGame = { id: '0022400550', day: '2025-01-14', sides: [1610612745, 1610612746] }
    await using store = await createTestDatabase()
    let asked = 0
    // Given once; when it is asked for again, to see whether it is us, it is refused like the others.
    const once = () => (asked++ === 0 ? reply(200, {}, boxScoreOf(before)) : accessDenied())
    const boxes = { [before.id]: once, [first]: accessDenied, [second]: accessDenied, [third]: accessDenied }
    const run = await daily(store, { games: [before, ...games], boxes }, ['--days-back', '2'])
    expect(run).toMatchObject({ code: 1, stdout: expect.stringContaining('All 3 games asked for were refused') })
    expect(await store.sql`select provider_id as id from games`).toEqual([{ id: before.id }])
    expect(await store.sql`select value from ingest_watermarks`).toEqual([{ value: '2025-01-14' }])
    expect(await store.sql`select 1 from dead_letters`).toHaveLength(0)
  })

  test('games of a day whose box scores are all refused become dead letters while the provider gives others', async () => {
    const before: HandMadeGame = { id: '0022400550', day: '2025-01-14', sides: [1610612745, 1610612746] }
    await using store = await createTestDatabase()
    const boxes = { [first]: accessDenied, [second]: accessDenied, [third]: accessDenied }
    const run = await daily(store, { games: [before, ...games], boxes }, ['--days-back', '2'])
    expect(run.code).toBe(3)
    expect(await store.sql`select value from ingest_watermarks`).toEqual([{ value: '2025-01-15' }])
    expect(await store.sql`select item from dead_letters order by item`).toEqual([first, second, third].map(item => ({ item })))
  })
})

describe('one game that cannot be had', () => {
  const malformed = () => {
    const box = boxScoreOf(games[1] as HandMadeGame) as { game: { homeTeam: { players: { statistics: object }[] } } }
    Object.assign(box.game.homeTeam.players[0]?.statistics ?? {}, { points: 'many' })
    return reply(200, {}, box)
  }
  test.each([
    ['is refused', accessDenied, 'ProviderRejectedError', 'fetch', '<Error><Code>AccessDenied</Code></Error>'],
    ['is not there', () => reply(404, {}, { detail: 'gone' }), 'ProviderRejectedError', 'fetch', '{"detail":"gone"}'],
    ['fails every time', () => reply(500), 'ProviderUnavailableError', 'fetch', null],
    ['breaks off every time', () => breakOff('{"game"'), 'ProviderUnavailableError', 'fetch', null],
    ['has a field of another type', malformed, 'PayloadError', 'transform', expect.stringContaining('"points":"many"')],
    [
      'is that of another game',
      () => reply(200, {}, boxScoreOf(games[0] as HandMadeGame)),
      'PayloadError',
      'transform',
      expect.stringContaining(first),
    ],
  ] as [string, () => ReturnType<typeof reply>, string, string, unknown][])(
    'a box score that %s is one dead letter with what came; the rest is loaded and the watermark moves',
    async (_, answer, errorClass, stage, payload) => {
      await using store = await createTestDatabase()
      const run = await daily(store, { games, boxes: { [second]: answer } })
      expect(run).toMatchObject({ code: 1, stdout: expect.stringMatching(/3 asked for: 2 loaded, .* 1 dead/) })
      expect(toldLines(run)).toEqual([])
      const listed = await runCli(['dead-letters', 'list', '--json'], { DATABASE_URL: store.url })
      const [letter, ...others] = JSON.parse(listed.stdout)
      expect(others).toEqual([])
      expect(letter).toMatchObject({
        sport: 'nba',
        dataset: 'box-scores',
        item: second,
        day: '2025-01-15',
        stage,
        errorClass,
        attempts: 1,
        status: 'open',
      })
      const shown = await runCli(['dead-letters', 'show', String(letter.id), '--json'], { DATABASE_URL: store.url })
      expect(JSON.parse(shown.stdout).payload).toEqual(payload)
      // The game itself is there, by the schedule; its lines are not.
      expect(await store.sql`select status, count(*)::int as games from games group by 1`).toEqual([
        { status: 'final', games: 3 },
      ])
      expect(await store.sql`select distinct game_id as id from nba_player_game_stats order by 1`).toEqual([
        { id: first },
        { id: third },
      ])
      expect(await store.sql`select value from ingest_watermarks`).toEqual([{ value: '2025-01-15' }])
    },
  )

  test("a malformed entry of the schedule is that game's dead letter", async () => {
    await using store = await createTestDatabase()
    const bad = { ...(games[1] as HandMadeGame), more: { gameStatus: 'over' } }
    const run = await daily(store, { games: [games[0] as HandMadeGame, bad, games[2] as HandMadeGame] })
    expect(run.code).toBe(1)
    const letters = await store.sql`select dataset, item, day, stage, convert_from(payload, 'UTF8') as sent from dead_letters`
    expect(letters).toEqual([
      {
        dataset: 'schedule',
        item: second,
        day: '2025-01-15',
        stage: 'transform',
        sent: expect.stringContaining('"gameStatus":"over"'),
      },
    ])
    expect(await store.sql`select provider_id as id from games order by 1`).toEqual([{ id: first }, { id: third }])
  })

  test('an unknown field is kept, warned of once, and stops nothing', async () => {
    const box = boxScoreOf(games[1] as HandMadeGame) as { game: { homeTeam: { players: { statistics: object }[] } } }
    for (const player of box.game.homeTeam.players) Object.assign(player.statistics, { dunks: 3 })
    await using store = await createTestDatabase()
    const run = await daily(store, { games, boxes: { [second]: () => reply(200, {}, box) } })
    expect(run.code).toBe(0)
    expect(run.stderr.match(/dunks/g)?.length).toBeGreaterThan(0)
    expect(run.stderr.split('\n').filter(line => line.includes('dunks'))).toHaveLength(1)
    expect(await store.sql`select 1 from nba_player_game_stats`).toHaveLength(12)
  })
})

describe('a provider that is out of order', () => {
  test.each([
    ['answers 500 to the schedule', { games, schedule: () => reply(500) }, /^nba-cdn answered 500 to GET /],
    ['breaks off its schedule', { games, schedule: () => breakOff('{"leagueSchedule"') }, /^nba-cdn .*scheduleLeagueV2\.json/],
    [
      'sends something else as its schedule',
      { games, schedule: () => reply(200, {}, { hello: 'world' }) },
      /^nba-cdn sent an invalid schedule: /,
    ],
    [
      'sends half a JSON',
      { games, schedule: () => reply(200, { 'content-type': 'application/json' }, '{"leagueSchedule": {') },
      /^nba-cdn sent a body that is not JSON to /,
    ],
    ['sends an empty body', { games, schedule: () => reply(200, {}, '') }, /^nba-cdn sent an empty body to /],
  ] as [string, HandMadeLeague, RegExp][])('%s: 1, one line, nothing kept', async (_, league, says) => {
    await using store = await createTestDatabase()
    const run = await daily(store, league)
    expect(run).toMatchObject({ code: 1, stdout: '' })
    expect(toldLines(run)).toEqual([expect.stringMatching(says)])
    expect(run.stderr).not.toMatch(/^\s+at /m)
    expect(await isEmpty(store)).toBe(true)
  })

  test('keeps us waiting: given up after api.timeout', async () => {
    await using store = await createTestDatabase()
    await using nba = await startHandMadeNba({ games, schedule: hang })
    const patience = { SPORTS_INGEST_API_TIMEOUT: '1', SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '1' }
    const run = await runCli(['schedule', 'daily'], { ...nba.env, ...patience, DATABASE_URL: store.url, SPORTS_INGEST_NOW: now })
    expect(run.code).toBe(1)
    expect(toldLines(run)).toEqual([expect.stringMatching(/^nba-cdn did not finish within 1 s answering GET .*scheduleLeagueV2/)])
  })

  test('is not there at all: 1 and one line', async () => {
    await using store = await createTestDatabase()
    const env = {
      DATABASE_URL: store.url,
      SPORTS_INGEST_PROVIDER_NBA_CDN_URL: 'http://me:s3cretpass@127.0.0.1:1',
      SPORTS_INGEST_NOW: now,
    }
    const run = await runCli(['schedule', 'daily', '--json'], { ...env, SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '2' })
    expect(run.code).toBe(1)
    expect(toldLines(run)).toEqual([expect.stringMatching(/^nba-cdn .*scheduleLeagueV2\.json.* 2 times/)])
    expect(JSON.parse(run.stdout).error).toMatchObject({ name: 'ProviderUnavailableError', exitCode: 1 })
    expect(run.stdout + run.stderr).not.toContain('s3cretpass')
  })
})
