import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type LogFields, silentLog } from '../../../src/core/log.ts'
import { emptyItem, type Item } from '../../../src/pipeline/item.ts'
import { loadItems } from '../../../src/pipeline/load-items.ts'
import type { GameRow } from '../../../src/pipeline/rows.ts'
import { boxScorePath } from '../../../src/providers/nba-cdn.ts'
import { gameLogPath, nbaStats, seasonSchedulePath } from '../../../src/providers/nba-stats.ts'
import { openProvider } from '../../../src/providers/open-provider.ts'
import { optionalProvider } from '../../../src/providers/optional-provider.ts'
import { toBoxScore } from '../../../src/sports/nba/box-score.ts'
import { gameLogCheck } from '../../../src/sports/nba/bulk-check.ts'
import { nba } from '../../../src/sports/nba/index.ts'
import { parseSeasonSchedule } from '../../../src/sports/nba/schedule.ts'
import type { PayloadArchive } from '../../../src/store/payload-archive.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { type Handler, hang, type Reply, reply, startProviderServer } from '../../support/provider-server.ts'
import { noSharedData } from '../../support/shared-data.ts'
import { startRealProvider } from '../../support/shared-provider.ts'
import { at, createTestClock } from '../../support/test-clock.ts'
import { boxScore, gameLog, loggedRow, player, side } from './payloads.ts'

const noArchive: PayloadArchive = {
  find: async () => undefined,
  list: async () => [],
  keep: async () => {},
  listEach: async () => new Map(),
  confirm: async () => {},
}

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())
afterEach(() => db.sql`truncate games, nba_player_game_stats, nba_team_game_stats`)

/** Stores games as a run does that found these box scores. */
async function store(found: readonly { game: GameRow; box: unknown }[]): Promise<void> {
  const items = found.map(({ game, box }): Item => {
    const { event, tables = [] } = toBoxScore(box, game)
    return { ...emptyItem(game.providerId, game.gameDate), event, tables }
  })
  await db.database.transaction(tx => loadItems(tx, nba, items, { at: at('2025-06-30T12:00:00Z'), isPartial: false }))
}

/** Asks for these games with an nba-stats at that address that need not be asked slowly. */
async function check(games: readonly GameRow[], baseUrl: string, limits = {}) {
  const givenUp: LogFields[] = []
  const provider = openProvider({
    declaration: { ...nbaStats, limits: {} },
    baseUrl,
    limits: { ratePerSecond: 500, ...limits },
    retry: {},
    archive: noArchive,
    dryRun: false,
    clock: createTestClock(),
    log: silentLog,
    signal: new AbortController().signal,
  })
  try {
    const ask = optionalProvider(provider, { ...silentLog, warn: (_, fields = {}) => givenUp.push(fields) })
    return { same: [...(await gameLogCheck.check(games, ask, db.database))].sort(), givenUp }
  } finally {
    await provider.close()
  }
}

/** Club 1 beat club 2 by 30 to 28. */
const final = (id: string, day: string, more: Partial<GameRow> = {}): GameRow => ({
  sport: 'nba',
  provider: 'nba-cdn',
  providerId: id,
  season: '2024-25',
  seasonType: 'regular',
  gameDate: day,
  startsAt: null,
  status: 'final',
  statusText: 'Final',
  period: 4,
  homeTeamId: '1',
  awayTeamId: '2',
  homeScore: 30,
  awayScore: 28,
  venue: null,
  ...more,
})

const noNumbers = { ...(player(202, 0)['statistics'] as object), minutes: 'PT00M00.00S' }
/** 20 and 10 points of players 101 and 102 against 28 of 201; 202 did not play. */
const toFound = (game: GameRow) => ({
  game,
  box: boxScore({
    gameId: game.providerId,
    homeTeam: side(1, [player(101, 20), player(102, 10)]),
    awayTeam: side(2, [player(201, 28), player(202, 0, { status: 'INACTIVE', played: '0', statistics: noNumbers })]),
  }),
})

/** What the log has of it: those who played. */
const logged = ({ providerId, gameDate }: GameRow) =>
  [
    { PLAYER_ID: 101, TEAM_ID: 1, PTS: 20 },
    { PLAYER_ID: 102, TEAM_ID: 1, PTS: 10 },
    { PLAYER_ID: 201, TEAM_ID: 2, PTS: 28 },
  ].map(line => loggedRow({ GAME_ID: providerId, GAME_DATE: gameDate, ...line }))

describe('games that are over', () => {
  const games = [final('0022400563', '2025-01-17'), final('0022400561', '2025-01-15'), final('0022400562', '2025-01-16')] as const
  const [, one] = games
  const playoff = [
    final('0042400101', '2025-04-19', { seasonType: 'playoffs' }),
    final('0042400102', '2025-04-20', { seasonType: 'playoffs' }),
  ] as const
  const pathOf = (seasonType: string, from: string, to: string, season = '2024-25') =>
    gameLogPath(season, seasonType, from, to) as string
  const [regularPath, playoffPath] = [
    pathOf('regular', '2025-01-15', '2025-01-17'),
    pathOf('playoffs', '2025-04-19', '2025-04-20'),
  ]
  const everything = reply(200, {}, gameLog(games.flatMap(logged)))
  const playoffs = reply(200, {}, gameLog(playoff.flatMap(logged)))

  beforeEach(() => store([...games, ...playoff].map(toFound)))

  async function checkBy(asked: readonly GameRow[], answers: Reply[] | Record<string, Reply> | Handler, limits = {}) {
    await using server = await startProviderServer(answers)
    const said = await check(asked, server.url, limits)
    return { ...said, paths: server.requests.map(request => request.path) }
  }

  test('are confirmed where they are as logged, with one request', async () => {
    expect(await checkBy(games, [everything])).toEqual({
      same: ['0022400561', '0022400562', '0022400563'],
      givenUp: [],
      paths: [regularPath],
    })
  })

  test('are confirmed among others of their days that were not asked about', async () => {
    const other = final('0022400564', '2025-01-16')
    const { same } = await checkBy([games[0], one], [reply(200, {}, gameLog([...games, other].flatMap(logged)))])
    expect(same).toEqual(['0022400561', '0022400563'])
  })

  test('are asked for once for each season and season type', async () => {
    const older = [
      final('0022300001', '2024-01-15', { season: '2023-24' }),
      final('0022300002', '2024-01-15', { season: '2023-24' }),
    ]
    await store(older.map(toFound))
    const olderPath = pathOf('regular', '2024-01-15', '2024-01-15', '2023-24')
    const { same, paths } = await checkBy([games[0], playoff[0], older[0] as GameRow, one, playoff[1], older[1] as GameRow], {
      [regularPath]: everything,
      [playoffPath]: playoffs,
      [olderPath]: reply(200, {}, gameLog(older.flatMap(logged))),
    })
    expect(paths).toEqual([regularPath, playoffPath, olderPath])
    expect(same).toEqual(['0022300001', '0022300002', '0022400561', '0022400563', '0042400101', '0042400102'])
  })

  test('are not asked for where a request would save none, or the service has no name for their kind', async () => {
    const cupFinals = games.map(game => ({ ...game, seasonType: 'cup-final' }))
    for (const asked of [[], [one], [one, playoff[0]], cupFinals])
      expect(await checkBy(asked, [everything])).toEqual({ same: [], givenUp: [], paths: [] })
  })

  describe('but one of them', () => {
    const others = ['0022400562', '0022400563']

    test.each<[string, ReturnType<typeof logged>]>([
      ['has other points', logged(one).map(row => (row['PLAYER_ID'] === 201 ? { ...row, PTS: 27 } : row))],
      ['has a player fewer', logged(one).slice(1)],
      ['has a player more', [...logged(one), loggedRow({ ...logged(one)[0], PLAYER_ID: 103, PTS: 0 })]],
      ['has a player of the other team', logged(one).map(row => (row['PLAYER_ID'] === 102 ? { ...row, TEAM_ID: 2 } : row))],
      ['is not there', []],
    ])('%s in the log: it is not confirmed', async (_, rows) => {
      const payload = gameLog([...logged(games[2]), ...rows, ...logged(games[0])])
      expect((await checkBy(games, [reply(200, {}, payload)])).same).toEqual(others)
    })

    test.each<[string, string]>([
      ['another score of the one side', 'update games set home_score = 31'],
      ['another score of the other', 'update games set away_score = 30'],
      ['no score', 'update games set home_score = null, away_score = null'],
      ['nobody to have scored', 'update games set home_team_id = null, away_team_id = null'],
      ['another state', `update games set status = 'live'`],
    ])('is stored with %s: it is not confirmed', async (_, change) => {
      await db.sql.unsafe(`${change} where provider_id = $1`, [one.providerId])
      expect((await checkBy(games, [everything])).same).toEqual(others)
    })

    test.each<[string, string]>([
      ['no lines', 'delete from nba_player_game_stats where true'],
      ['a line fewer', `delete from nba_player_game_stats where player_id = '102'`],
      ['a minute more of a player', `update nba_player_game_stats set minutes = '31 min 19 s' where player_id = '101'`],
      ['the rebounds of someone who did not play', `update nba_player_game_stats set rebounds_total = 1 where player_id = '202'`],
    ])('is stored with %s: it is not confirmed', async (_, change) => {
      await db.sql.unsafe(`${change} and game_id = $1`, [one.providerId])
      expect((await checkBy(games, [everything])).same).toEqual(others)
    })
  })

  describe('are not confirmed', () => {
    const both = [...games, ...playoff]

    test.each<[string, Reply, string]>([
      ['no log', reply(200, {}, { message: 'no' }), 'nba-stats sent an invalid game log'],
      ['no JSON', reply(200, { 'content-type': 'application/json' }, '{"resultSets": ['), 'nba-stats sent'],
      ['the log of other days', playoffs, 'and sent lines of 2025-04-19'],
    ])('by an answer that is %s, and no other is asked for', async (_, answer, problem) => {
      const { same, givenUp, paths } = await checkBy(both, {
        [regularPath]: answer,
        [playoffPath]: playoffs,
      })
      expect([same, new Set(paths)]).toEqual([[], new Set([regularPath])])
      expect(givenUp).toEqual([{ provider: 'nba-stats', message: expect.stringContaining(problem) }])
    })

    test('by a log of no lines, which is an answer all the same', async () => {
      const { same, givenUp, paths } = await checkBy(both, [reply(200, {}, gameLog([])), playoffs])
      expect([same, givenUp, paths]).toEqual([['0042400101', '0042400102'], [], [regularPath, playoffPath]])
    })

    test('by a service that hangs, and it is asked for nothing more', async () => {
      const { same, givenUp, paths } = await checkBy(both, () => hang(), { totalTimeoutMs: 100 })
      expect(same).toEqual([])
      expect(new Set(paths)).toEqual(new Set([regularPath]))
      expect(givenUp).toHaveLength(1)
    })

    test('by a later answer of no use, which leaves what an earlier one confirmed', async () => {
      const { same, givenUp } = await checkBy(both, [everything, reply(200, {}, {})])
      expect([same, givenUp.length]).toEqual([['0022400561', '0022400562', '0022400563'], 1])
    })
  })
})

test.skipIf(noSharedData)('the eight games of 2025-03-15 are confirmed by the log of that day', async () => {
  await using real = await startRealProvider()
  const get = async (url: string) => (await fetch(url)).json() as Promise<never>
  const season = parseSeasonSchedule(await get(real.nbaStats + seasonSchedulePath('2024-25')), '2024-25')
  const games = season.entriesOn('2025-03-15').map(entry => entry.read().event as GameRow)
  await store(await Promise.all(games.map(async game => ({ game, box: await get(real.nbaCdn + boxScorePath(game.providerId)) }))))
  const { same, givenUp } = await check(games, real.nbaStats)
  expect(givenUp).toEqual([])
  expect(same).toEqual(games.map(game => game.providerId).sort())
  expect(same).toHaveLength(8)
})
