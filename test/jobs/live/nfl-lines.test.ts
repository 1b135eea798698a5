import { expect, test } from 'vitest'
import { gameRow, group, injury, sides, summary } from '../../sports/nfl/summaries.ts'
import { createTestDatabase } from '../../support/database.ts'
import { type LiveWorld, liveNfl, openLiveWorld } from '../../support/live-world.ts'
import { hang, type Reply, reply, startProviderServer } from '../../support/provider-server.ts'
import { at } from '../../support/test-clock.ts'

const kickOff = '2024-09-08T17:00:00Z'
const atMinute = (minutes: number) => new Date(at(kickOff).getTime() + minutes * 60_000).toISOString()

const games = [
  { id: '401900001', away: 'LAR', home: 'DAL', providerId: '2024_01_LA_DAL', awayTeamId: 'LA', homeTeamId: 'DAL' },
  { id: '401900002', away: 'BAL', home: 'KC', providerId: '2024_01_BAL_KC', awayTeamId: 'BAL', homeTeamId: 'KC' },
] as const

type Game = (typeof games)[number]
type State = 'in' | 'post'

const types = {
  in: { name: 'STATUS_IN_PROGRESS', state: 'in', completed: false },
  post: { name: 'STATUS_FINAL', state: 'post', completed: true },
}

const scoreboard = (state: State, text: string) => ({
  events: games.map(({ id, away, home }) => ({
    id,
    date: kickOff.replace(':00Z', 'Z'),
    status: { period: 2, type: { ...types[state], shortDetail: text } },
    competitions: [
      {
        competitors: [
          { homeAway: 'home', score: '10', team: { abbreviation: home } },
          { homeAway: 'away', score: '7', team: { abbreviation: away } },
        ],
      },
    ],
  })),
})

/** The summary of a game in which one player of each club has run so far. */
const summaryOf = ({ id, away, home }: Game, state: State, yards: number) =>
  summary({
    id,
    state,
    clubs: [away, home],
    players: sides({
      [away]: [group('rushing', { [`${id}1`]: `3 ${yards} 3.0 0 9` })],
      [home]: [group('rushing', { [`${id}2`]: `4 ${yards} 3.0 0 9` })],
    }),
    injuries: [{ team: { id: home === 'DAL' ? '6' : '12' }, injuries: [injury(`${id}3`)] }],
  })

/** Two games that have begun, what ESPN says of them, and which summaries it was asked for. */
async function startSunday(settings: Record<string, string> = {}) {
  const board = { state: 'in' as State, text: '10:00 - 2nd' }
  const answers: Record<string, Reply | (() => Reply)> = {}
  const asked: string[] = []
  const espn = await startProviderServer(({ path }) => {
    const event = /summary\?event=(\d+)$/.exec(path)?.[1]
    if (!event) return reply(200, {}, scoreboard(board.state, board.text))
    asked.push(event.slice(-1))
    const answer = answers[event]
    return typeof answer === 'function' ? answer() : answer
  })
  const env = { SPORTS_INGEST_PROVIDER_ESPN_URL: espn.url, SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.01', ...settings }
  const world = await openLiveWorld(await createTestDatabase(), env)
  const rows = games.map(({ providerId, awayTeamId, homeTeamId }) => {
    const before = { status: 'scheduled', statusText: null, period: null, homeScore: null, awayScore: null } as const
    return gameRow({ ...before, providerId, awayTeamId, homeTeamId })
  })
  await world.store(rows, atMinute(-600))
  await world.updatedAt('nfl', atMinute(0))
  for (const game of games) answers[game.id] = reply(200, {}, summaryOf(game, 'in', 9))
  return {
    ...world,
    board,
    answers,
    /** Those asked for since the last call. */
    asked: () => asked.splice(0).sort(),
    look: async (minutes: number, until: Parameters<LiveWorld['follow']>[0]['until'] = 1) =>
      await world.follow({ sports: [liveNfl], now: atMinute(minutes), until }),
    shown: async () => ({
      games: (
        await world.sql`select right(provider_id, 3) || ' ' || status || ' ' || away_score || ' ' || home_score || ' ' || status_text as says from games order by 1`
      ).map(({ says }) => says),
      lines: (
        await world.sql`select right(espn_event_id, 1) || ' ' || sum(rushing_yards) || ' ' || bool_and(is_final) as says from nfl_live_lines group by espn_event_id order by 1`
      ).map(({ says }) => says),
      letters: (await world.sql`select item from dead_letters`).length,
    }),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await espn[Symbol.asyncDispose]()
    },
  }
}

const warnings = ({ logged }: Awaited<ReturnType<LiveWorld['follow']>>) =>
  logged
    .filter(({ level, check }) => level !== 'info' && check !== 'unknown-athlete')
    .map(({ check, game }) => `${check} ${game}`)

test('lines and injuries come at every poll while a game is on, also at half-time, and once at its end', async () => {
  await using world = await startSunday()
  await world.look(60)
  expect(await world.shown()).toEqual({
    games: ['DAL live 7 10 10:00 - 2nd', '_KC live 7 10 10:00 - 2nd'],
    lines: ['1 18 false', '2 18 false'],
    letters: 0,
  })
  expect(await world.sql`select right(espn_athlete_id, 2) as athlete, team_id from nfl_live_injuries order by 1`).toEqual([
    { athlete: '13', team_id: 'DAL' },
    { athlete: '23', team_id: 'KC' },
  ])
  world.asked()
  // Nothing has moved, and lines may be put right.
  world.answers['401900001'] = reply(200, {}, summaryOf(games[0], 'in', 10))
  const { notes } = await world.look(65)
  expect([world.asked(), notes[0]?.rows]).toEqual([['1', '2'], 2])
  Object.assign(world.board, { state: 'post', text: 'Final' })
  for (const game of games) world.answers[game.id] = reply(200, {}, summaryOf(game, 'post', 20))
  await world.look(190)
  expect((await world.shown()).lines).toEqual(['1 40 true', '2 40 true'])
  world.asked()
  await world.look(195)
  expect(world.asked()).toEqual([])
})

test.each<[string, Reply, string]>([
  ['missing', reply(404), '404'],
  ['refused', reply(403), '403'],
  ['malformed', reply(200, {}, { header: {} }), 'is malformed'],
  ['a page', reply(200, { 'content-type': 'text/html' }, '<html>'), ''],
  ['that of another game', reply(200, {}, summaryOf(games[1], 'in', 9)), 'is about event 401900002'],
  ['down', reply(503), '503'],
  ['late', hang(), ''],
  ['throttled', reply(429, { 'retry-after': '2400' }), '429'],
])(
  'a summary that is %s holds back neither the score nor the end of its game nor another’s lines, and is asked for again',
  async (_, failure, words) => {
    await using world = await startSunday({ SPORTS_INGEST_API_TIMEOUT: '1' })
    // The other one is asked for first.
    await world.look(55)
    world.asked()
    world.answers['401900001'] = failure
    world.answers['401900002'] = reply(200, {}, summaryOf(games[1], 'in', 12))
    world.board.text = '5:00 - 2nd'
    const during = await world.look(60)
    expect(warnings(during)).toEqual(['live-lines 2024_01_LA_DAL'])
    expect(during.logged.find(({ check }) => check === 'live-lines')?.['message']).toContain(words)
    expect((await world.shown()).games).toEqual(['DAL live 7 10 5:00 - 2nd', '_KC live 7 10 5:00 - 2nd'])

    Object.assign(world.board, { state: 'post', text: 'Final' })
    world.answers['401900002'] = reply(200, {}, summaryOf(games[1], 'post', 20))
    await world.sql`update ingest_rate_budgets set paused_until = null`
    const after = await world.look(190)
    expect(after.notes[0]?.cycle?.poll?.finals).toHaveLength(2)
    expect((await world.shown()).games).toEqual(['DAL final 7 10 Final', '_KC final 7 10 Final'])
    expect((await world.shown()).letters).toBe(0)

    // Another process, which knows nothing of what has failed.
    world.answers['401900001'] = reply(200, {}, summaryOf(games[0], 'post', 30))
    await world.sql`update ingest_rate_budgets set paused_until = null`
    await world.look(195)
    expect(await world.shown()).toEqual({
      games: ['DAL final 7 10 Final', '_KC final 7 10 Final'],
      lines: ['1 60 true', '2 40 true'],
      letters: 0,
    })
  },
)

test('a provider that does not answer for one game is asked for the others first at the next poll', async () => {
  await using world = await startSunday()
  world.answers['401900001'] = reply(503)
  const seen: string[][] = []
  await world.look(60, (_, notes) => {
    seen.push(world.asked())
    world.board.text = `${10 - notes.length}:00 - 2nd`
    return notes.length === 3
  })
  // Each is tried twice; the first time nothing is asked behind it.
  expect(seen).toEqual([
    ['1', '1'],
    ['1', '1', '2'],
    ['1', '1', '2'],
  ])
  expect((await world.shown()).lines).toEqual(['2 18 false'])
})

test('a summary that lags behind the scoreboard at the end is asked for again until it has the lines of the end', async () => {
  await using world = await startSunday()
  Object.assign(world.board, { state: 'post', text: 'Final' })
  await world.look(190)
  expect(await world.shown()).toMatchObject({
    games: ['DAL final 7 10 Final', '_KC final 7 10 Final'],
    lines: ['1 18 false', '2 18 false'],
  })
  for (const game of games) world.answers[game.id] = reply(200, {}, summaryOf(game, 'post', 20))
  world.asked()
  await world.look(195)
  expect([world.asked(), (await world.shown()).lines]).toEqual([
    ['1', '2'],
    ['1 40 true', '2 40 true'],
  ])
})

test('a line that the database refuses keeps out neither the lines of the other game nor any score', async () => {
  await using world = await startSunday()
  await world.sql.unsafe('alter table nfl_live_lines add constraint fewer check (rushing_yards < 50)')
  world.answers['401900001'] = reply(200, {}, summaryOf(games[0], 'in', 50))
  expect(warnings(await world.look(60))).toEqual(['live-lines 2024_01_LA_DAL'])
  expect(await world.shown()).toEqual({
    games: ['DAL live 7 10 10:00 - 2nd', '_KC live 7 10 10:00 - 2nd'],
    lines: ['2 18 false'],
    letters: 0,
  })
  await world.sql.unsafe('alter table nfl_live_lines drop constraint fewer')
  await world.look(65)
  expect((await world.shown()).lines).toEqual(['1 100 false', '2 18 false'])
})
