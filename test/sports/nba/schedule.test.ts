import { describe, expect, test } from 'vitest'
import { PayloadError } from '../../../src/core/errors.ts'
import { teams } from '../../../src/pipeline/tables.ts'
import { parseSchedule } from '../../../src/sports/nba/schedule.ts'
import { finalPeriodOf, seasonTypeOf, statusOf } from '../../../src/sports/nba/status.ts'
import { club, schedule, scheduledGame } from './payloads.ts'

const read = (more: Record<string, unknown>) =>
  parseSchedule(schedule([scheduledGame(more)]))
    .find('0022400561')
    ?.read()

describe('statusOf', () => {
  test.each([
    [1, '7:30 pm ET', 'scheduled'],
    [1, 'TBD', 'scheduled'],
    [1, 'PPD', 'postponed'],
    [1, 'Postponed', 'postponed'],
    [1, 'Cancelled', 'cancelled'],
    [2, 'Q2 4:24', 'live'],
    [2, 'Half', 'live'],
    [2, 'Final', 'live'],
    [3, 'Final', 'final'],
    [3, 'Final/OT2', 'final'],
    [3, 'Final               ', 'final'],
  ] as const)('%i with %j is %s', (code, text, status) => expect(statusOf(code, text)).toBe(status))
})

test.each([
  ['Final', 4],
  ['Final/OT', 5],
  ['Final/OT2', 6],
  ['Final               ', 4],
  ['Q4 1:00', null],
])('%j ended in period %s', (text, period) => expect(finalPeriodOf(text)).toBe(period))

test.each([
  ['0012400001', 'preseason'],
  ['0022400561', 'regular'],
  ['0032400011', 'all-star'],
  ['0042400101', 'playoffs'],
  ['0052400101', 'play-in'],
  ['0062400001', 'cup-final'],
  ['0092400001', 'other'],
])('%s is %s', (id, type) => expect(seasonTypeOf(id)).toBe(type))

describe('an entry of the schedule', () => {
  test('a game not yet played has no scores', () => {
    expect(read({})?.event).toEqual({
      sport: 'nba',
      provider: 'nba-cdn',
      providerId: '0022400561',
      season: '2024-25',
      seasonType: 'regular',
      gameDate: '2025-01-15',
      startsAt: new Date('2025-01-16T00:30:00Z'),
      status: 'scheduled',
      statusText: '7:30 pm ET',
      period: null,
      homeTeamId: '1',
      awayTeamId: '2',
      homeScore: null,
      awayScore: null,
      venue: 'Hall',
    })
  })

  test('the false Z: the day is the Eastern one and the start the UTC one, on both sides of a change of the clocks', () => {
    const late = {
      gameDateEst: '2025-03-08T00:00:00Z',
      gameDateTimeEst: '2025-03-08T22:30:00Z',
      gameDateTimeUTC: '2025-03-09T03:30:00Z',
    }
    expect(read(late)?.event).toMatchObject({ gameDate: '2025-03-08', startsAt: new Date('2025-03-09T03:30:00Z') })
    const early = {
      gameDateEst: '2025-03-09T00:00:00Z',
      gameDateTimeEst: '2025-03-09T13:00:00Z',
      gameDateTimeUTC: '2025-03-09T17:00:00Z',
    }
    expect(read(early)?.event).toMatchObject({ gameDate: '2025-03-09', startsAt: new Date('2025-03-09T17:00:00Z') })
  })

  test('a final game has its scores, and its overtime as periods', () => {
    const final = {
      gameStatus: 3,
      gameStatusText: 'Final/OT',
      homeTeam: club(1, { score: 119 }),
      awayTeam: club(2, { score: 125 }),
    }
    expect(read(final)?.event).toMatchObject({
      status: 'final',
      statusText: 'Final/OT',
      period: 5,
      homeScore: 119,
      awayScore: 125,
    })
  })

  test('a postponed game keeps its day and has no score', () => {
    expect(read({ gameStatusText: 'PPD' })?.event).toMatchObject({ status: 'postponed', gameDate: '2025-01-15', homeScore: null })
  })

  test('sides that are not decided yet are null and no teams', () => {
    const undecided = { homeTeam: club(0, { teamName: '', teamCity: '', teamTricode: '' }), gameStatusText: 'TBD' }
    expect(read(undecided)).toMatchObject({
      event: { homeTeamId: null, awayTeamId: '2', startsAt: null },
      related: [{ table: teams, rows: [{ providerId: '2' }] }],
    })
  })

  test.each([
    ['a score that is a text', { gameStatus: 3, homeTeam: club(1, { score: '119' }) }, 'homeTeam.score: expected number'],
    ['an unknown status', { gameStatus: 7 }, 'gameStatus'],
    ['no start', { gameDateTimeUTC: '' }, 'gameDateTimeUTC'],
    ['no away team', { awayTeam: undefined }, 'awayTeam: expected object, received undefined'],
  ])('%s is a malformed entry, named with its game and field', (_, more, problem) => {
    expect(() => read(more)).toThrow(PayloadError)
    expect(() => read(more)).toThrow(`The schedule's entry of game 0022400561 is malformed: ${problem}`)
  })

  test('a malformed entry still has its day, and does not spoil the others', () => {
    const season = parseSchedule(schedule([scheduledGame({ gameStatus: 'x' }), scheduledGame({ gameId: '0022400562' })]))
    expect(season.entriesOn('2025-01-15').map(game => game.id)).toEqual(['0022400561', '0022400562'])
    expect(season.find('0022400562')?.read().event.status).toBe('scheduled')
  })
})

test.each<[string, unknown, string, string]>([
  ['an id of nine digits', scheduledGame({ gameId: '022400561' }), 'entry 022400561', 'gameId: '],
  ['an id that is a number', scheduledGame({ gameId: 22_400_561 }), 'entry 22400561', 'gameId: expected string, received number'],
  ['no id', scheduledGame({ gameId: null }), 'entry 2025-01-15 2', 'gameId: expected string, received null'],
  ['a text in its place', 'TBD', 'entry 2025-01-15 2', 'the payload: expected object, received string'],
  ['nothing in its place', null, 'entry 2025-01-15 2', 'the payload: expected object, received null'],
])('an entry with %s is one failure, under a name of ours, and the others are read', (_, entry, name, problem) => {
  const payload = schedule([scheduledGame({}), scheduledGame({ gameId: '0022400562' })]) as ReturnType<typeof schedule> & {
    leagueSchedule: { gameDates: [{ games: unknown[] }] }
  }
  payload.leagueSchedule.gameDates[0].games.splice(1, 0, entry)
  const { entries, findings } = parseSchedule(payload)
  expect(entries.map(({ id, day, isUnnamed = false }) => [id, day, isUnnamed])).toEqual([
    ['0022400561', '2025-01-15', false],
    [name, '2025-01-15', true],
    ['0022400562', '2025-01-15', false],
  ])
  expect(() => entries[1]?.read()).toThrow(`The schedule's entry of game ${name.replace('entry ', '')} is malformed: ${problem}`)
  expect(entries[2]?.read().event.status).toBe('scheduled')
  expect(findings).toEqual([])
})

test('an entry of no day is one failure with the day before it', () => {
  const [first, last] = [scheduledGame({}), scheduledGame({ gameId: '0022400563', gameDateEst: '2025-01-16T00:00:00Z' })]
  const { entries } = parseSchedule(
    schedule([first, scheduledGame({ gameId: '0022400562', gameDateEst: '2025-02-30T00:00:00Z' }), last]),
  )
  expect(entries.map(({ id, day }) => [id, day])).toEqual([
    ['0022400561', '2025-01-15'],
    ['0022400562', '2025-01-15'],
    ['0022400563', '2025-01-16'],
  ])
  expect(() => entries[1]?.read()).toThrow("The schedule's entry of game 0022400562 is malformed: gameDateEst: no day")
})

describe('a schedule', () => {
  test.each([
    ['is no object', 'x'],
    ['has no season', { leagueSchedule: { gameDates: [] } }],
    ['has no days', { leagueSchedule: { seasonYear: '2024-25' } }],
  ])('that %s is invalid', (_, payload) => expect(() => parseSchedule(payload)).toThrow(/^nba-cdn sent an invalid schedule/))

  test('covers its own season and the summers around it, and no day of another', () => {
    const season = parseSchedule(schedule([scheduledGame({})]))
    const days = ['2024-06-22', '2024-06-23', '2025-01-15', '2025-09-30', '2025-10-01']
    expect(days.map(day => season.covers(day))).toEqual([false, true, true, true, false])
  })

  test.each([
    ['without a game', schedule([]), 'without a single game'],
    [
      'without an id in any of its games',
      schedule([scheduledGame({ gameId: undefined })]),
      '1 of 1 games have no gameId of ten digits',
    ],
    [
      'whose ids have another form',
      schedule([scheduledGame({}), ...Array.from({ length: 21 }, (_, n) => scheduledGame({ gameId: `nba-${n}` }))]),
      '21 of 22 games have no gameId of ten digits',
    ],
  ])('%s is invalid: days would count as loaded that are not', (_, payload, problem) => {
    expect(() => parseSchedule(payload)).toThrow(PayloadError)
    expect(() => parseSchedule(payload)).toThrow(problem)
  })

  test('a half-empty one is a real state: days without games have none', () => {
    const season = parseSchedule(
      schedule([scheduledGame({ gameId: '0012500001', gameDateEst: '2025-10-02T00:00:00Z' })], '2025-26'),
    )
    expect(season.entriesOn('2025-10-03')).toEqual([])
    expect(season.entriesOn('2025-10-02')).toHaveLength(1)
  })
})

describe('a game that is listed twice', () => {
  const put = { gameStatusText: 'PPD' }
  const moved = { gameDateEst: '2025-01-20T00:00:00Z' }
  const over = { gameStatus: 3, gameStatusText: 'Final', homeTeam: club(1, { score: 101 }), awayTeam: club(2, { score: 99 }) }

  test.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ['put off and under its new day', moved, put, 'scheduled on 2025-01-20, which counts, and postponed on 2025-01-15'],
    ['over and to come', over, {}, 'final on 2025-01-15 with 101:99, which counts, and scheduled on 2025-01-15'],
    [
      'with another score',
      { ...over, homeTeam: club(1, { score: 102 }) },
      over,
      'final on 2025-01-15 with 102:99, which counts, and final on 2025-01-15 with 101:99',
    ],
    [
      'with an entry that is malformed',
      {},
      { gameStatus: 7 },
      'scheduled on 2025-01-15, which counts, and malformed on 2025-01-15',
    ],
  ])('%s: the same one counts in either order, and both are named', (_, right, other, words) => {
    for (const order of [
      [right, other],
      [other, right],
    ]) {
      const { entries, find, findings } = parseSchedule(schedule(order.map(scheduledGame)))
      expect(entries).toHaveLength(1)
      expect(find('0022400561')?.raw()).toEqual(parseSchedule(schedule([scheduledGame(right)])).entries[0]?.raw())
      expect(findings).toEqual([
        { item: '0022400561', check: 'listed-twice', message: `The schedule lists game 0022400561 twice: ${words}.` },
      ])
    }
  })

  test('in the same words is no news', () => {
    const { entries, findings } = parseSchedule(schedule([scheduledGame({}), scheduledGame({})]))
    expect([entries.length, findings]).toEqual([1, []])
  })
})

test('a schedule with more games than seven seasons have is refused', () => {
  const endless = Array.from({ length: 10_001 }, (_, n) => scheduledGame({ gameId: `00224${String(n).padStart(5, '0')}` }))
  expect(() => parseSchedule(schedule(endless))).toThrow('nba-cdn sent a schedule of 10001 games; a season has 1,400.')
})
