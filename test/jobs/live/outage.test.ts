import { expect, test } from 'vitest'
import type { LiveSport } from '../../../src/jobs/live/live-sport.ts'
import { nflLive } from '../../../src/sports/nfl/live.ts'
import { atStart, playing, startEvening, today } from '../../support/live-evening.ts'
import { liveNba, toRow } from '../../support/live-world.ts'
import { startPostgresProxy } from '../../support/postgres-proxy.ts'
import { reply, startProviderServer } from '../../support/provider-server.ts'
import { at, createTestClock } from '../../support/test-clock.ts'

const { aliases: _, ...bySides } = nflLive
const nfl: LiveSport = { ...liveNba, id: 'nfl', providers: [], datasets: [], live: { ...bySides, datasets: [] } }

const minuteMs = 60_000

test('a provider that is down for an hour is reported once, and once when it is back; the other sport goes on meanwhile', async () => {
  const event = (clock: string) => ({
    id: '1',
    date: '2024-12-11T00:30Z',
    status: { period: 1, type: { name: 'STATUS_IN_PROGRESS', state: 'in', completed: false, shortDetail: `${clock} - 1st` } },
    competitions: [
      { competitors: ['home', 'away'].map(homeAway => ({ homeAway, score: '7', team: { abbreviation: homeAway } })) },
    ],
  })
  let polls = 0
  await using espn = await startProviderServer(() => reply(200, {}, { events: [event(`${++polls}:00`)] }))
  await using world = await startEvening({ SPORTS_INGEST_PROVIDER_ESPN_URL: espn.url })
  const nflGame = { sport: 'nfl', provider: 'nfldata', providerId: '2024_14_away_home', gameDate: today, startsAt: at(atStart()) }
  world.change(1, playing('Q1 10:00', 5, 3))
  await world.follow({ now: atStart(), until: 1 })
  await world.store([toRow({ ...nflGame, homeTeamId: 'home', awayTeamId: 'away' })], atStart())
  await world.updatedAt('nfl', atStart())
  world.league.scoreboard = () => reply(503)

  const clock = createTestClock(atStart(5), { held: true })
  const backAt = at(atStart(65))
  let over = false
  const following = world.follow({
    sports: [liveNba, nfl],
    clock,
    until: ({ sport, incident }) => {
      over ||= sport.id === 'nba' && clock.now() > backAt && !incident
      return over
    },
  })
  while (!over) {
    await Promise.race([clock.sleeping(2), following])
    if (clock.now() > backAt) delete world.league.scoreboard
    if (!over) clock.advance(minuteMs / 2)
  }
  const { notes, logged } = await following
  const reported = logged.filter(({ event: name, level }) => level !== 'info' || name === 'live.recovered')
  expect(reported).toMatchObject([
    { event: 'live.incident', level: 'warn', sport: 'nba', reason: expect.stringContaining('503') },
    { event: 'live.recovered', level: 'info', sport: 'nba' },
  ])
  expect(reported[1]?.['after_ms']).toBeGreaterThan(59 * minuteMs)
  const of = (sport: string) => notes.filter(note => note.sport.id === sport)
  expect(of('nba').filter(({ incident }) => incident).length).toBeLessThan(20)
  expect(of('nfl').length).toBeGreaterThanOrEqual(12)
  expect(of('nfl').every(({ rows, incident }) => rows === 1 && !incident)).toBe(true)
  expect(
    await world.sql`select counts -> 'live' ->> 'incidents' as incidents from ingest_runs where job = 'live' and sport = 'nba' order by id`,
  ).toEqual([{ incidents: '0' }, { incidents: '1' }])
})

test('a provider that asks for a pause is not asked before its end', async () => {
  await using world = await startEvening()
  await world.follow({ now: atStart(), until: 1 })
  world.league.scoreboard = () => reply(429, { 'retry-after': '2400' })
  const { notes } = await world.follow({ now: atStart(5), until: 1 })
  expect(notes[0]?.nextPollAt.toISOString()).toBe(atStart(45))
})

test('an update that fails does not keep the games from being followed', async () => {
  await using world = await startEvening()
  await world.follow({ now: atStart(-30), until: 1 })
  await world.sql`update ingest_heartbeats set refreshed_at = null`
  world.change(1, playing('Q1 10:00', 5, 3))
  world.league.schedule = () => reply(500)
  const { notes, logged } = await world.follow({ now: atStart(3), until: 2 })
  expect(notes.map(({ mode, rows }) => [mode, rows > 0])).toEqual([
    ['live', true],
    ['live', false],
  ])
  expect(logged.filter(({ event }) => event === 'live.incident')).toHaveLength(1)
})

test('without any schedule it reports that once and goes on trying; what comes then is followed', async () => {
  await using world = await startEvening()
  world.league.schedule = () => reply(503)
  world.league.scoreboard = () => reply(503)
  const { notes, logged } = await world.follow({
    now: atStart(-300),
    until: (note, { length }) => {
      if (length === 8) for (const name of ['schedule', 'scoreboard'] as const) delete world.league[name]
      return note.incident === undefined
    },
  })
  expect(notes).toHaveLength(9)
  expect(logged.filter(({ event }) => event === 'live.incident')).toHaveLength(1)
  expect(await world.sql`select count(*)::int as games from games`).toEqual([{ games: 3 }])
})

test('a database that stays away is reported once; when it is back, the work goes on', async () => {
  await using evening = await startEvening()
  await using proxy = await startPostgresProxy(evening.url)
  await using world = await startEvening({ DATABASE_URL: proxy.url })
  let failed = 0
  const { notes, logged } = await world.follow({
    now: atStart(-10),
    until: async ({ incident }) => {
      if (failed === 0) await proxy.cut()
      failed += incident ? 1 : 0
      if (failed === 3) await proxy.restore()
      return failed > 0 && !incident
    },
  })
  expect(notes.length).toBeGreaterThanOrEqual(5)
  expect(logged.filter(({ event }) => event === 'live.incident')).toMatchObject([
    { reason: expect.stringContaining('cannot be reached') },
  ])
  expect(logged.filter(({ event }) => event === 'live.recovered')).toHaveLength(1)
  // The attempts of the first cycle, and no more.
  expect(logged.filter(({ event }) => event === 'database.retry')).toHaveLength(4)
})
