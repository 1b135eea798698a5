import { expect, test } from 'vitest'
import { silentLog } from '../../../src/core/log.ts'
import { takeLease } from '../../../src/store/leases.ts'
import { type CsvRow, csv } from '../../support/csv.ts'
import { createTestDatabase } from '../../support/database.ts'
import { boxScoreOf, scheduleOf, scoreboardOf, startHandMadeNba } from '../../support/hand-made-nba.ts'
import { gameIdsOf, gameLine, nflFiles, startHandMadeNfl, toCome } from '../../support/hand-made-nfl.ts'
import { atStart, final, playing, startEvening, today } from '../../support/live-evening.ts'
import { liveNfl, openLiveWorld } from '../../support/live-world.ts'
import { game } from '../../support/nba-world.ts'
import { reply, startProviderServer } from '../../support/provider-server.ts'
import { at, createTestClock } from '../../support/test-clock.ts'

const schedule = 'scheduleLeagueV2'

test('an update is made each interval, however long one takes', async () => {
  await using world = await startEvening()
  const clock = createTestClock(atStart(-300))
  world.league.schedule = () => {
    clock.advance(20_000)
    return reply(200, {}, scheduleOf(world.league.games))
  }
  const asked: [string, number][] = []
  const { notes } = await world.follow({
    clock,
    until: ({ nextPollAt }, { length }) => {
      asked.push([nextPollAt.toISOString(), world.asked().filter(name => name === schedule).length])
      return length === 3
    },
  })
  expect(asked).toEqual([-270, -240, -210].map(minutes => [atStart(minutes), 1]))
  expect(notes.every(({ cycle }) => cycle?.update === 'done')).toBe(true)
})

test('an update that seems to be from the future counts as none', async () => {
  await using world = await startEvening()
  await world.follow({ now: atStart(-300), until: 1 })
  await world.sql`update ingest_heartbeats set refreshed_at = ${atStart(60 * 24 * 300)}`
  world.asked()
  const { notes } = await world.follow({ now: atStart(-240), until: 2 })
  expect(notes.map(({ cycle }) => cycle?.update)).toEqual(['done', 'done'])
  expect(world.asked().filter(name => name === schedule)).toHaveLength(2)
})

test('while the scoreboard is unavailable, the schedule is asked for each interval, and says which games are over', async () => {
  await using world = await startEvening()
  world.change(1, playing('Q4 2:00', 99, 97))
  await world.follow({ now: atStart(100), until: 1 })
  world.league.scoreboard = () => reply(503)
  world.asked()
  const end = at(atStart(175))
  const { notes } = await world.follow({
    now: atStart(105),
    until: ({ nextPollAt }, { length }) => {
      if (length === 1) world.change(1, { ...final, score: [101, 99] })
      return nextPollAt > end
    },
  })
  expect(world.asked().filter(name => name === schedule)).toHaveLength(2)
  expect(await world.sql`select status, home_score as score from games where provider_id = '0022400001'`).toEqual([
    { status: 'final', score: 101 },
  ])
  // The first poll has failed, and said what it was for.
  expect(notes[0]).toMatchObject({ mode: 'live', incident: { failures: 1 }, why: expect.stringContaining('Q4 2:00') })
  expect(notes.every(({ mode }) => mode === 'live')).toBe(true)
})

test('while ESPN is unavailable, games.csv says which games are over', async () => {
  const files = nflFiles(2024)
  const [one, ...others] = gameIdsOf(2024) as [string, string, string, string]
  const games = (more: CsvRow) =>
    csv([gameLine(one, more), ...others.map(id => gameLine(id, { ...toCome, gameday: '2024-09-15' }))])
  files['games'] = games(toCome)
  await using api = await startHandMadeNfl(files)
  await using espn = await startProviderServer([reply(503)])
  const settings = {
    ...api.env,
    SPORTS_INGEST_PROVIDER_ESPN_URL: espn.url,
    SPORTS_INGEST_RETRY_INITIAL_DELAY: '0.001',
  }
  await using world = await openLiveWorld(await createTestDatabase(), settings)
  await world.follow({ sports: [liveNfl], now: '2024-09-08T16:30:00Z', until: 1 })
  const end = at('2024-09-08T18:05:00Z')
  api.asked()
  const { notes } = await world.follow({
    sports: [liveNfl],
    now: '2024-09-08T16:50:00Z',
    until: ({ nextPollAt }, { length }) => {
      if (length === 2) files['games'] = games({})
      return nextPollAt > end
    },
  })
  expect(api.asked().filter(name => name === 'games')).toHaveLength(3)
  expect(await world.sql`select status, home_score as score from games where provider_id = ${one}`).toEqual([
    { status: 'final', score: 20 },
  ])
  expect(notes.at(0)?.mode).toBe('live')
})

test('a schedule that is unavailable does not keep it from polling when the next game begins', async () => {
  await using world = await startEvening()
  await world.follow({ now: atStart(-60), until: 1 })
  world.league.schedule = () => reply(500)
  const { notes } = await world.follow({ now: atStart(-25), until: ({ mode }) => mode === 'live' })
  const [last, opening] = notes.slice(-2)
  expect(last?.nextPollAt.toISOString()).toBe(atStart(-15))
  expect(opening).toMatchObject({ mode: 'live', cycle: { poll: { pairs: [{}, {}] } } })
})

test('a game that only the scoreboard has is reported only where the schedule is known', async () => {
  const stranger = game(8, today, { ...playing('Q1 9:00', 1, 0), more: { gameTimeUTC: atStart() } })
  const { scoreboard } = scoreboardOf([stranger]) as { scoreboard: object }
  await using api = await startHandMadeNba({
    games: [game(1, today)],
    scoreboard: () => reply(200, {}, { scoreboard: { ...scoreboard, gameDate: today } }),
    boxes: { [stranger.id]: () => reply(200, {}, boxScoreOf(stranger)) },
  })
  const db = await createTestDatabase()
  await using world = await openLiveWorld(db, api.env)
  const lease = await takeLease(db.database, 'daily:nba', silentLog)
  const reportedAt = async (minutes: number) => {
    const { notes, logged } = await world.follow({ now: atStart(minutes), until: 1 })
    return [notes[0]?.cycle?.update, logged.flatMap(({ check }) => check ?? [])]
  }
  try {
    expect(await reportedAt(5)).toEqual(['elsewhere', []])
  } finally {
    await lease.release()
  }
  expect(await world.sql`select provider_id as id, status from games`).toEqual([{ id: stranger.id, status: 'live' }])
  await world.sql`delete from nba_player_game_stats`
  await world.sql`delete from nba_team_game_stats`
  await world.sql`delete from games`
  expect(await reportedAt(6)).toEqual(['done', ['unscheduled']])
})

test('of named datasets that change once a day an update asks again when their time has come, and for no other', async () => {
  await using api = await startHandMadeNfl(nflFiles(2024))
  await using espn = await startProviderServer([reply(200, {}, { events: [] })])
  await using world = await openLiveWorld(await createTestDatabase(), { ...api.env, SPORTS_INGEST_PROVIDER_ESPN_URL: espn.url })
  const asked: string[][] = []
  await world.follow({
    sports: [liveNfl],
    only: ['players'],
    now: '2024-09-10T12:00:00Z',
    until: (_, { length }) => {
      asked.push(api.asked())
      return length === 17
    },
  })
  expect(asked).toEqual([['players'], ...Array(15).fill([]), ['players']])
  expect(espn.requests).toEqual([])
})

test('with the live feed alone nothing is updated, and the usual hours stay open when the games it has brought are over', async () => {
  const over = game(8, today, { ...final, more: { gameTimeUTC: atStart() } })
  const { scoreboard } = scoreboardOf([over]) as { scoreboard: object }
  await using api = await startHandMadeNba({
    games: [game(1, today)],
    scoreboard: () => reply(200, {}, { scoreboard: { ...scoreboard, gameDate: today } }),
  })
  await using world = await openLiveWorld(await createTestDatabase(), api.env)
  const { notes, logged } = await world.follow({ only: ['scoreboard'], now: atStart(5), until: 9 })
  expect(notes.map(({ mode }) => mode)).toEqual(Array(9).fill('live'))
  expect(notes.map(({ rows }) => rows > 0)).toEqual([true, ...Array(8).fill(false)])
  expect(notes.map(({ cycle }) => cycle?.update)).toEqual(Array(9).fill(undefined))
  expect([0, 8].map(n => notes[n]?.why)).toEqual(Array(2).fill('usual game hours, no schedule stored'))
  expect(api.requests.map(({ path }) => path.split('/').at(-1))).toEqual(Array(9).fill('todaysScoreboard_00.json'))
  expect(logged.filter(({ level }) => level !== 'info')).toEqual([])
  expect(await world.sql`select mode, refreshed_at as "updatedAt" from ingest_heartbeats`).toEqual([
    { mode: 'stopped', updatedAt: null },
  ])
})
