import { userInfo } from 'node:os'
import { describe, expect, test } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import { takeLease } from '../../src/store/leases.ts'
import { startCache } from '../support/cache.ts'
import { runCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { accessDenied, type HandMadeGame, type HandMadeLeague, scheduleOf, startHandMadeNba } from '../support/hand-made-nba.ts'
import { reply } from '../support/provider-server.ts'
import { expectOneLine } from '../support/told.ts'

const [one, two, three] = ['0022400561', '0022400562', '0022400570']
const games: HandMadeGame[] = [
  { id: one, day: '2025-01-15' },
  { id: two, day: '2025-01-15', sides: [1610612739, 1610612740] },
  { id: three, day: '2025-01-16', sides: [1610612741, 1610612742] },
]
const malformed = () => reply(200, {}, { game: { gameId: two } })

/** A league of three games on two days, loaded on the morning of the 17th, and the words to a database of its own. */
async function startLoaded(boxes: NonNullable<HandMadeLeague['boxes']>, change: Partial<HandMadeLeague> = {}) {
  const league: HandMadeLeague = { games: [...games], boxes, ...change }
  const api = await startHandMadeNba(league)
  const store: TestDatabase = await createTestDatabase()
  const env = { ...api.env, DATABASE_URL: store.url, SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '1' }
  const run = (args: string[], now = '2025-01-17T12:00:00Z') => runCli(args, { ...env, SPORTS_INGEST_NOW: now })
  await run(['schedule', 'daily', '--days-back', '2'])
  return {
    league,
    api,
    store,
    env,
    run,
    json: async (args: string[], now?: string) => {
      const { code, stdout } = await run([...args, '--json'], now)
      return { code, ...JSON.parse(stdout) } as { code: number; runs: Record<string, unknown>[]; [name: string]: unknown }
    },
    letters: () =>
      store.sql`select id, item, dataset, status, attempts, error_class as error from dead_letters order by day, item, id`,
    idOf: async (item: string) => {
      const [letter] = await store.sql`select id from dead_letters where item = ${item} and status = 'open'`
      return String(letter?.['id'])
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await api[Symbol.asyncDispose]()
    },
  }
}

describe('dead-letters retry', () => {
  test('--all: what the provider has now is loaded and resolved, the rest has one attempt more and is the exit code', async () => {
    await using loaded = await startLoaded({ [two]: accessDenied, [three]: malformed })
    const { league, store } = loaded
    const watermark = () => store.sql`select value, updated_at from ingest_watermarks`
    const before = await watermark()
    league.boxes = { [three]: malformed }
    const retried = await loaded.json(['dead-letters', 'retry', '--all'])
    expect(retried).toMatchObject({
      code: 1,
      failures: 1,
      runs: [
        {
          job: 'dead-letters-retry',
          sport: 'nba',
          run: 2,
          status: 'failed',
          items: [
            { noun: 'letters', asked: 2, loaded: 1, dead: 1 },
            { noun: 'games', asked: 2, dead: 1 },
          ],
          failed: [
            {
              unit: three,
              dataset: 'box-scores',
              isMissing: false,
              message: expect.stringMatching(new RegExp(`^Dead letter \\d+: The box score of game ${three} `)),
            },
          ],
          watermarks: [{ stage: 'schedule', key: 'daily:nba', before: '2025-01-16', after: '2025-01-16' }],
          stillOpen: 1,
          requests: 3,
        },
      ],
    })
    expect(await loaded.letters()).toMatchObject([
      { item: two, status: 'resolved', attempts: 1 },
      { item: three, status: 'open', attempts: 2 },
    ])
    expect(await store.sql`select 1 from nba_player_game_stats where game_id = ${two}`).toHaveLength(4)
    expect(await watermark()).toEqual(before)
    const [kept] = await store.sql`select job, status, failures, target_date as target from ingest_runs where id = 2`
    expect(kept).toEqual({ job: 'dead-letters-retry', status: 'failed', failures: 1, target: null })

    league.boxes = {}
    const last = await loaded.run(['dead-letters', 'retry', '--all', '--sport', 'nba'])
    expect(last.code).toBe(0)
    expect(last.stdout).toMatch(/^nba dead letters {2,}done in [\d.]+ s, run 3$/m)
    expect(last.stdout).toMatch(/^ {2}letters +1 tried: 1 resolved, 0 still open$/m)
    const none = await loaded.run(['dead-letters', 'retry', '--all'])
    expect(none).toMatchObject({ code: 0, stdout: 'No dead letter is open.\n' })
    expect(await loaded.json(['dead-letters', 'retry', '--all'])).toEqual({ code: 0, runs: [], failures: 0 })
  })

  test('by id: those alone, more than three times too; the receipt says why it still fails', async () => {
    await using loaded = await startLoaded({ [two]: accessDenied, [three]: malformed })
    const id = await loaded.idOf(three)
    for (const _ of [1, 2, 3]) expect((await loaded.run(['dead-letters', 'retry', id, id])).code).toBe(1)
    const { stdout } = await loaded.run(['dead-letters', 'retry', id])
    expect(stdout).toMatch(new RegExp(`^ {2}failed +${three}: Dead letter ${id}: The box score of game`, 'm'))
    expect(await loaded.letters()).toMatchObject([
      { item: two, attempts: 1 },
      { item: three, attempts: 5 },
    ])
  })

  test('two files of one day that are still not there are two failures, not a refusal of us', async () => {
    await using loaded = await startLoaded({ [two]: malformed })
    await loaded.store
      .sql`insert into dead_letters (sport, dataset, item, day, stage, error_class, message, attempts, status, created_at, updated_at)
      select sport, dataset, ${one}, day, 'fetch', 'ProviderRejectedError', '403', 1, 'open', created_at, updated_at from dead_letters`
    loaded.league.boxes = { [one]: accessDenied, [two]: accessDenied }
    expect(await loaded.json(['dead-letters', 'retry', '--all'])).toMatchObject({ code: 2, failures: 2 })
  })

  test('an id that there is not, or that is not open, is wrong use; nothing is asked for', async () => {
    await using loaded = await startLoaded({ [two]: accessDenied, [three]: malformed })
    const { env, api } = loaded
    const [resolved, discarded] = [await loaded.idOf(two), await loaded.idOf(three)]
    loaded.league.boxes = { [three]: malformed }
    await loaded.run(['dead-letters', 'retry', resolved])
    await loaded.run(['dead-letters', 'discard', discarded, '--reason', 'never played'])
    const asked = api.requests.length
    const wrong = (args: string[], says: string) =>
      expectOneLine(['dead-letters', ...args], { code: 100, says, env: { ...env, SPORTS_INGEST_NOW: '2025-01-17T12:00:00Z' } })
    await wrong(['retry', resolved, '99'], 'There is no dead letter 99. Hint: ')
    await wrong(['retry', resolved], `Dead letter ${resolved} is not open: ${two} of 2025-01-15 was loaded since. Hint: `)
    await wrong(
      ['retry', discarded],
      `is not open: ${three} of 2025-01-16 was discarded by ${userInfo().username}, because: never played Hint: To ask for it again with its day: sports-ingest schedule daily --sport nba --date 2025-01-16`,
    )
    await wrong(['discard', discarded, '--reason', 'again'], `Dead letter ${discarded} is not open`)
    await wrong(['retry'], 'Missing ids, or --all. Hint: ')
    await wrong(['retry', '--all', resolved], 'Either ids or --all, not both. Hint: ')
    await wrong(['retry', 'first'], 'first is not the id of a dead letter. Hint: ')
    await wrong(['retry', '--all', '--sport', 'nbaa'], 'There is no sport called nbaa. Hint: did you mean nba?')
    await wrong(['discard', '1'], 'Missing --reason. Hint: ')
    await wrong(['discard', '--reason', 'x'], 'Missing argument ID')
    expect(api.requests).toHaveLength(asked)
  })

  test('never runs beside a daily run: 103, and nothing changed', async () => {
    await using loaded = await startLoaded({ [two]: accessDenied })
    const lease = await takeLease(loaded.store.database, 'daily:nba', silentLog)
    await expectOneLine(['dead-letters', 'retry', '--all'], { code: 103, says: 'Already at work on daily:nba', env: loaded.env })
    await lease.release()
    expect(await loaded.letters()).toMatchObject([{ item: two, status: 'open', attempts: 1 }])
  })

  test('a game of a former season, which the schedule does not list, is asked for as it is stored', async () => {
    await using loaded = await startLoaded({ [two]: accessDenied })
    const { league, store } = loaded
    league.schedule = () => reply(200, {}, scheduleOf([{ id: '0022500001', day: '2025-10-22' }], '2025-26'))
    league.boxes = {}
    expect(await loaded.json(['dead-letters', 'retry', '--all'], '2025-10-24T12:00:00Z')).toMatchObject({
      code: 0,
      runs: [{ items: [{ noun: 'letters', asked: 1, loaded: 1 }, {}] }],
    })
    expect(await store.sql`select season, status from games where provider_id = ${two}`).toEqual([
      { season: '2024-25', status: 'final' },
    ])
    expect(await store.sql`select 1 from nba_player_game_stats where game_id = ${two}`).toHaveLength(4)
  })

  test('a game that was never stored and is listed no more cannot be asked for, and says so', async () => {
    const broken = { ...(games[1] as HandMadeGame), more: { gameStatusText: 7 } }
    await using loaded = await startLoaded({}, { games: [games[0] as HandMadeGame, broken, games[2] as HandMadeGame] })
    expect(await loaded.letters()).toMatchObject([{ item: two, dataset: 'schedule', error: 'PayloadError' }])
    loaded.league.games = [games[0] as HandMadeGame, games[2] as HandMadeGame]
    const failed = [{ unit: two, message: `Dead letter 1: The schedule of 2024-25 does not list ${two}.` }]
    expect(await loaded.json(['dead-letters', 'retry', '--all'])).toMatchObject({ code: 1, runs: [{ failed }] })
    expect(await loaded.letters()).toMatchObject([{ item: two, dataset: 'schedule', attempts: 2 }])
    const payload = await loaded.json(['dead-letters', 'show', await loaded.idOf(two)])
    expect(JSON.parse(String(payload['payload']))).toMatchObject({ gameId: two, gameStatusText: 7 })
    // Listed again and whole, it is loaded with all there is of it.
    loaded.league.games = games
    expect(await loaded.json(['dead-letters', 'retry', '--all'])).toMatchObject({
      code: 0,
      runs: [{ items: [{ noun: 'letters', asked: 1, loaded: 1 }, {}] }],
    })
    expect(await loaded.store.sql`select 1 from nba_player_game_stats where game_id = ${two}`).toHaveLength(4)
  })

  test('a game whose entry can be read now, but not its box score, still fails: under the letter of that', async () => {
    const broken = { ...(games[1] as HandMadeGame), more: { gameStatusText: 7 } }
    await using loaded = await startLoaded({ [two]: malformed }, { games: [games[0] as HandMadeGame, broken] })
    loaded.league.games = games
    const failed = [{ unit: two, dataset: 'box-scores' }]
    expect(await loaded.json(['dead-letters', 'retry', '--all'])).toMatchObject({
      code: 1,
      runs: [{ items: [{ noun: 'letters', asked: 1, loaded: 1, dead: 0 }, {}], failed, stillOpen: 1 }],
    })
    expect(await loaded.letters()).toMatchObject([
      { item: two, dataset: 'schedule', status: 'resolved' },
      { item: two, dataset: 'box-scores', status: 'open' },
    ])
  })

  test('of a game that was called off after all there is nothing to load: resolved', async () => {
    const live: HandMadeGame = { ...(games[1] as HandMadeGame), status: 2, text: 'Q1 3:00', score: [9, 8] }
    await using loaded = await startLoaded({ [two]: malformed }, { games: [games[0] as HandMadeGame, live] })
    loaded.league.games = [games[0] as HandMadeGame, { ...live, status: 1, text: 'PPD' }]
    expect(await loaded.json(['dead-letters', 'retry', '--all'])).toMatchObject({
      code: 0,
      runs: [{ items: [{ noun: 'letters' }, { noun: 'games', postponed: 1 }] }],
    })
  })

  test('posts the cache invalidations of what it has loaded', async () => {
    await using cache = await startCache(204)
    await using loaded = await startLoaded({ [two]: accessDenied })
    const retry = () =>
      runCli(['dead-letters', 'retry', '--all'], { ...loaded.env, ...cache.settings, SPORTS_INGEST_NOW: '2025-01-17T12:00:00Z' })
    // Nothing has changed, so there is nothing to invalidate.
    expect((await retry()).code).toBe(1)
    expect(cache.told).toEqual([])
    loaded.league.boxes = {}
    expect((await retry()).code).toBe(0)
    expect(cache.told).toEqual([
      { tags: ['games', `game:nba:${two}`, 'players:nba', 'teams:nba'], authorization: 'Bearer sesame' },
    ])
    expect(await loaded.store.sql`select attempts, sent_at is not null as sent from ingest_outbox`).toEqual([
      { attempts: 1, sent: true },
    ])
  })

  test('a schedule that is refused: 104, and no attempt is counted', async () => {
    await using loaded = await startLoaded({ [two]: malformed })
    loaded.league.schedule = accessDenied
    expect((await loaded.run(['dead-letters', 'retry', '--all'])).code).toBe(104)
    expect(await loaded.letters()).toMatchObject([{ item: two, status: 'open', attempts: 1 }])
    expect(await loaded.store.sql`select status from ingest_runs where job = 'dead-letters-retry'`).toEqual([
      { status: 'stopped' },
    ])
  })
})

describe('dead-letters discard', () => {
  const discard = (id: string) => ['dead-letters', 'discard', id, '--reason', 'no box score, says the league']

  test('keeps who, when and why; list and show have it', async () => {
    await using loaded = await startLoaded({ [two]: accessDenied, [three]: malformed })
    const ids = [await loaded.idOf(two), await loaded.idOf(three)] as const
    const discarded = await loaded.run(['dead-letters', 'discard', ...ids, '--reason', 'no box score'])
    expect(discarded).toMatchObject({
      code: 0,
      stdout: `${ids[0]}: nba box-scores ${two} of 2025-01-15 is discarded.\n${ids[1]}: nba box-scores ${three} of 2025-01-16 is discarded.\n`,
    })
    expect((await loaded.run(['dead-letters', 'list'])).stdout).toContain('There are none')
    const { stdout } = await loaded.run(['dead-letters', 'list', '--status', 'discarded', '--json'])
    expect(JSON.parse(stdout)).toMatchObject([
      { item: three },
      { item: two, status: 'discarded', discardedReason: 'no box score' },
    ])
    expect((await loaded.run(['dead-letters', 'show', ids[0]])).stdout).toMatch(
      new RegExp(`^discarded at 2025-01-17 12:00:\\d\\dZ by ${userInfo().username}: no box score$`, 'm'),
    )
  })

  test('all or none: one id that is unknown, and none is discarded', async () => {
    await using loaded = await startLoaded({ [two]: accessDenied })
    expect((await loaded.run(['dead-letters', 'discard', await loaded.idOf(two), '99', '--reason', 'x'])).code).toBe(100)
    expect(await loaded.letters()).toMatchObject([{ item: two, status: 'open' }])
  })

  test('no later run tries it for its own sake; where its day is loaded anyway it is no failure and opens no letter', async () => {
    await using loaded = await startLoaded({ [two]: accessDenied })
    await loaded.run(discard(await loaded.idOf(two)))
    // The day of the letter is among those whose lines are compared again.
    const again = await loaded.json(['schedule', 'daily'], '2025-01-17T12:00:00Z')
    expect(again).toMatchObject({
      code: 0,
      failures: 0,
      runs: [{ items: [{ noun: 'games', dead: 0 }], rows: { inserted: 0, updated: 0, deleted: 0 } }],
    })
    expect(await loaded.json(['schedule', 'daily'], '2025-01-30T12:00:00Z')).toMatchObject({ code: 0 })
    const asked = loaded.api.requests.length
    expect(await loaded.json(['schedule', 'daily'], '2025-01-31T12:00:00Z')).toMatchObject({ code: 0 })
    expect(loaded.api.requests.slice(asked).some(({ path }) => path.includes(two))).toBe(false)
    const whole = await loaded.json(['schedule', 'daily', '--date', '2025-01-15'], '2025-01-30T12:00:00Z')
    expect(whole).toMatchObject({ code: 0, failures: 0, runs: [{ items: [{ noun: 'games', asked: 2, dead: 0, unchanged: 2 }] }] })
    expect(loaded.api.requests.at(-1)?.path.includes('boxscore')).toBe(true)
    expect(await loaded.letters()).toMatchObject([{ item: two, status: 'discarded', attempts: 1 }])
  })

  test('a provider that is down does not bring it up again; another kind of failure does, and loading resolves it', async () => {
    await using loaded = await startLoaded({ [two]: accessDenied })
    await loaded.run(discard(await loaded.idOf(two)))
    const day = ['schedule', 'daily', '--date', '2025-01-15']
    loaded.league.boxes = { [two]: () => reply(503) }
    expect((await loaded.run(day)).code).toBe(0)
    loaded.league.boxes = { [two]: malformed }
    expect((await loaded.run(day)).code).toBe(1)
    expect(await loaded.letters()).toMatchObject([
      { status: 'discarded', error: 'ProviderRejectedError' },
      { status: 'open', error: 'PayloadError' },
    ])
    loaded.league.boxes = {}
    expect((await loaded.run(day)).code).toBe(0)
    expect((await loaded.letters()).map(letter => letter['status'])).toEqual(['resolved', 'resolved'])
    // Loaded once, and gone again: that is news.
    loaded.league.boxes = { [two]: accessDenied }
    expect((await loaded.run(day)).code).toBe(1)
  })
})
