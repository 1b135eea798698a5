import { expect, test } from 'vitest'
import { PayloadError } from '../../../src/core/errors.ts'
import { nflLive, parseScoreboard } from '../../../src/sports/nfl/live.ts'
import { createTestDatabase } from '../../support/database.ts'

const types = {
  scheduled: { name: 'STATUS_SCHEDULED', state: 'pre', completed: false, shortDetail: '9/11 - 4:25 PM EDT' },
  playing: { name: 'STATUS_IN_PROGRESS', state: 'in', completed: false, shortDetail: '0:48 - 4th' },
  halftime: { name: 'STATUS_HALFTIME', state: 'in', completed: false, shortDetail: 'Halftime' },
  final: { name: 'STATUS_FINAL', state: 'post', completed: true, shortDetail: 'Final/OT' },
  postponed: { name: 'STATUS_POSTPONED', state: 'post', completed: false, shortDetail: 'Postponed' },
  canceled: { name: 'STATUS_CANCELED', state: 'post', completed: false, shortDetail: 'Canceled' },
  suspended: { name: 'STATUS_SUSPENDED', state: 'post', completed: false, shortDetail: 'Suspended' },
}

const event = (type: keyof typeof types, more: object = {}) => ({
  id: '401437646',
  date: '2022-09-12T00:20Z',
  status: { period: 4, displayClock: '0:48', type: types[type] },
  competitions: [
    {
      competitors: [
        { homeAway: 'away', score: '24', team: { abbreviation: 'LAR' } },
        { homeAway: 'home', score: '26', team: { abbreviation: 'WSH' } },
      ],
    },
  ],
  ...more,
})

const only = (entry: object) => parseScoreboard({ events: [entry] }).games[0]

test('a game in progress: scores are numbers, sides are told by their place, codes are the league files’', () => {
  expect(only(event('playing'))).toMatchObject({
    id: '401437646',
    name: 'LA-WAS',
    // Twenty past eight in the evening of the day before.
    day: '2022-09-11',
    sides: { homeTeamId: 'WAS', awayTeamId: 'LA' },
    state: { status: 'live', statusText: '0:48 - 4th', period: 4, homeScore: 26, awayScore: 24 },
  })
})

test('one that is still to come has no score, whatever is written there', () => {
  expect(only(event('scheduled'))?.state).toEqual({
    status: 'scheduled',
    statusText: '9/11 - 4:25 PM EDT',
    period: null,
    homeScore: null,
    awayScore: null,
  })
})

test.each([
  ['halftime', 'live'],
  ['final', 'final'],
  ['postponed', 'postponed'],
  ['canceled', 'cancelled'],
  ['suspended', 'live'],
] as const)('%s is %s', (type, status) => {
  expect(only(event(type))?.state.status).toBe(status)
})

test('a malformed event is a finding beside the others; a file that is no scoreboard is an error', () => {
  const { games, findings } = parseScoreboard({ events: [{ id: '1' }, event('final')] })
  expect([games.length, findings.length, findings[0]?.message]).toEqual([
    1,
    1,
    expect.stringContaining("The scoreboard's event 1 is malformed"),
  ])
  expect(() => parseScoreboard({})).toThrow(PayloadError)
})

test.each([[''], [null], [undefined]])('one that is final with %j for a score is none, but a finding', score => {
  const [away, home] = event('final').competitions[0]?.competitors ?? []
  const entry = event('final', { competitions: [{ competitors: [away, { ...home, score }] }] })
  const message = "The scoreboard's event 401437646 is final without a score of WAS; it is asked for again."
  expect(parseScoreboard({ events: [entry] })).toEqual({
    games: [],
    findings: [{ item: '401437646', check: 'scoreboard', message }],
  })
})

test('an entry that is no object keeps no other out', () => {
  const { games, findings } = parseScoreboard({ events: [null, event('playing'), 7] })
  expect([games.length, findings.map(({ item }) => item)]).toEqual([1, ['unnamed', 'unnamed']])
})

test('a day is asked for by itself, with room for all its games', () => {
  expect(nflLive.path('2022-09-11')).toBe('/apis/site/v2/sports/football/nfl/scoreboard?dates=20220911&limit=100')
})

test('an event is the game that the table of games has under its number', async () => {
  await using db = await createTestDatabase()
  const found = await db.database.transaction(async tx => {
    await tx`create temporary table nfl_games (game_id text, espn text) on commit drop`
    await tx`insert into nfl_games values ('2022_01_JAX_WAS', '401437646'), ('2022_01_NO_ATL', '401437650')`
    return await nflLive.aliases?.(tx, ['401437646', '9'])
  })
  expect(found).toEqual(new Map([['401437646', '2022_01_JAX_WAS']]))
})
