import { describe, expect, test } from 'vitest'
import { PayloadError } from '../../../src/core/errors.ts'
import type { GameRow } from '../../../src/pipeline/rows.ts'
import { readSummary } from '../../../src/sports/nfl/summary.ts'
import { eventId, gameRow, group, injury, sides, summary, usualGroups } from './summaries.ts'

const read = (payload: unknown, game: Partial<GameRow> = {}) => readSummary(payload, { eventId, game: gameRow(game) })
const final: Partial<GameRow> = { status: 'final', statusText: 'Final', homeScore: 10, awayScore: 7 }

/** As it was before, but for one change. */
function changed(change: (payload: ReturnType<typeof summary>) => void, parts: Parameters<typeof summary>[0] = {}): unknown {
  const payload = structuredClone(summary(parts))
  change(payload)
  return payload
}

describe('lines', () => {
  test('are one row for each athlete, whatever groups he is in, with cells of two numbers split', () => {
    const { status, lines, findings } = read(summary())
    expect(status).toBe('live')
    expect(findings).toEqual([])
    expect(lines).toHaveLength(2)
    expect(lines[0]).toEqual({
      provider: 'espn',
      providerId: '401900001:9001',
      espn_event_id: '401900001',
      espn_athlete_id: '9001',
      game_id: '2024_01_LA_DAL',
      team_id: 'LA',
      name: 'Athlete 9001',
      jersey: '01',
      is_final: false,
      completions: 13,
      passing_attempts: 22,
      passing_yards: 162,
      yards_per_pass_attempt: 7.4,
      passing_touchdowns: 1,
      passing_interceptions: 1,
      passing_sacks: 2,
      sack_yards_lost: 14,
      adj_qbr: null,
      qb_rating: 78.2,
      rushing_attempts: 1,
      rushing_yards: 9,
      yards_per_rush_attempt: 9,
      rushing_touchdowns: 0,
      long_rushing: 9,
      extra: null,
    })
    expect(lines[1]).toMatchObject({ team_id: 'DAL', receiving_yards: -2, receptions: 3, receiving_targets: 5 })
  })

  test('of one statistic name in two groups are two columns: who threw an interception and who caught it', () => {
    const groups = {
      ...usualGroups(),
      DAL: [group('interceptions', { 9002: '1 30 1' }), group('defensive', { 9002: '7 6 0.5 0 2 0 1' })],
    }
    const { lines } = read(summary({ players: sides(groups) }))
    expect(
      lines.map(({ passing_interceptions: thrown, interceptions: caught, passing_sacks: suffered, sacks }) => [
        [thrown, caught],
        [suffered, sacks],
      ]),
    ).toEqual([
      [
        [1, undefined],
        [2, undefined],
      ],
      [
        [undefined, 1],
        [undefined, 0.5],
      ],
    ])
  })

  test('are read by their keys, not by their places', () => {
    const receiving = { ...group('receiving'), keys: group('receiving').keys.toReversed() }
    receiving.athletes = group('receiving', { 9002: '5 4 0 -0.7 -2 3' }).athletes
    const { lines } = read(summary({ players: sides({ ...usualGroups(), DAL: [receiving] }) }))
    expect(lines[1]).toMatchObject({ receiving_yards: -2, receptions: 3, receiving_targets: 5 })
  })

  test('keep what nobody knows as extra: a new key and a new group', () => {
    const rushing = group('rushing', { 9001: '1 9 9.0 0 9 4' })
    rushing.keys.push('rushingFirstDowns')
    const other = {
      name: 'longSnapping',
      keys: ['snaps'],
      athletes: [{ athlete: { id: '9003', displayName: 'Athlete 9003' }, stats: ['7'] }],
    }
    const { lines, findings } = read(summary({ players: sides({ ...usualGroups(), LAR: [rushing, other] as never }) }))
    expect(lines.map(({ espn_athlete_id: id, extra }) => [id, extra])).toEqual([
      ['9001', '{"rushing":{"rushingFirstDowns":"4"}}'],
      ['9003', '{"longSnapping":{"snaps":"7"}}'],
      ['9002', null],
    ])
    expect(findings).toEqual([])
  })

  test('are none before kick-off, although the box score has the averages of the season', () => {
    const averages = { ...usualGroups(), LAR: [group('passing', { 9001: '22.1/34.5 251.3 7.3 1.6 0.8 2.1-14.2 61.0 95.1' })] }
    const { status, lines, injuries } = read(summary({ state: 'pre', players: sides(averages) }), { status: 'scheduled' })
    expect([status, lines]).toEqual(['scheduled', []])
    expect(injuries).toHaveLength(1)
    // The summary may lag behind the scoreboard.
    expect(read(summary({ state: 'pre', players: sides(averages) })).lines).toEqual([])
  })

  test('are none of a game that was postponed, and none before the first play', () => {
    expect(read(summary({ state: 'postponed' }), { status: 'postponed' }).lines).toEqual([])
    expect(read(changed(payload => void Reflect.deleteProperty(payload.boxscore, 'players'))).lines).toEqual([])
  })

  test('of a game that is over are the final ones; without those of one club they are not', () => {
    const { status, lines } = read(summary({ state: 'post' }), final)
    expect(status).toBe('final')
    expect(lines.map(line => line['is_final'])).toEqual([true, true])
    const half = summary({ state: 'post', players: sides({ ...usualGroups(), DAL: [group('receiving')] }) })
    expect(() => read(half, final)).toThrow('is final and has no players of DAL')
  })

  test('that are listed twice are one, and an error where they differ or are on both sides', () => {
    const twice = (...values: string[]) => {
      const receiving = group('receiving')
      receiving.athletes = values.flatMap(value => group('receiving', { 9002: value }).athletes)
      return summary({ players: sides({ ...usualGroups(), DAL: [receiving] }) })
    }
    expect(read(twice('3 -2 -0.7 0 4 5', '3 -2 -0.7 0 4 5')).lines).toHaveLength(2)
    expect(() => read(twice('3 -2 -0.7 0 4 5', '4 8 2.0 0 10 6'))).toThrow(
      'has two different lines for receiving of athlete 9002',
    )
    const both = { ...usualGroups(), DAL: [group('rushing', { 9001: '1 9 9.0 0 9' })] }
    expect(() => read(summary({ players: sides(both) }))).toThrow('has athlete 9001 on both sides')
  })
})

describe('a summary is refused', () => {
  const dallas = (groups: unknown[]) => summary({ players: sides({ ...usualGroups(), DAL: groups }) })
  const cell = (value: string) => dallas([group('receiving', { 9002: `3 ${value} -0.7 0 4 5` })])
  test.each<[string, unknown, string]>([
    ['of another event', summary({ id: '401900002' }), 'is about event 401900002'],
    [
      'of other clubs',
      changed(payload =>
        Object.assign(payload.header.competitions[0]?.competitors[0] ?? {}, { team: { id: '21', abbreviation: 'PHI' } }),
      ),
      'is about LA and PHI, not DAL and LA',
    ],
    [
      'with players of another club',
      summary({ players: [...sides(usualGroups()), { team: { id: '21', abbreviation: 'PHI' }, statistics: [] }] }),
      'has players of team 21, which does not play',
    ],
    [
      'with injuries of another club',
      summary({ injuries: [{ team: { id: '21' }, injuries: [] }] }),
      'lists injuries of team 21, which does not play',
    ],
    [
      'without its status',
      changed(payload => Object.assign(payload.header.competitions[0] ?? {}, { status: {} })),
      'status.type',
    ],
    ['without its box score', changed(payload => void Reflect.deleteProperty(payload, 'boxscore')), 'boxscore'],
    ['without its injuries', changed(payload => void Reflect.deleteProperty(payload, 'injuries')), 'injuries'],
    [
      'whose statistics are numbers now',
      dallas([{ ...group('rushing'), athletes: [{ athlete: { id: '9002', displayName: 'A' }, stats: [1] }] }]),
      'stats.0',
    ],
    [
      'with a word for a number',
      cell('many'),
      'receiving of athlete 9002: receivingYards: expected a whole number, received "many"',
    ],
    ['with a fraction of a yard', cell('2.5'), 'expected a whole number, received "2.5"'],
    ['with a number that no column holds', cell('99999999999'), 'expected a whole number'],
    [
      'with one number where there were two',
      summary({ players: sides({ ...usualGroups(), LAR: [group('passing', { 9001: '13 162 7.4 1 1 2-14 -- 78.2' })] }) }),
      'completions/passingAttempts: expected two numbers, received "13"',
    ],
    ['with a value too few', dallas([group('receiving', { 9002: '3 -2 -0.7 0 4' })]), 'has 5 values for the 6 keys'],
    [
      'without a count it had before',
      dallas([
        {
          ...group('receiving', { 9002: '3 -0.7 0 4 5' }),
          keys: group('receiving').keys.filter(key => key !== 'receivingYards'),
        },
      ]),
      'has no receivingYards for receiving of DAL',
    ],
  ])('%s', (_, payload, words) => {
    expect(() => read(payload)).toThrow(PayloadError)
    expect(() => read(payload)).toThrow(words)
    expect(() => read(payload)).toThrow('The summary of event 401900001 (2024_01_LA_DAL)')
  })

  test('but not for an average that is missing', () => {
    const keys = group('receiving').keys.filter(key => key !== 'yardsPerReception')
    const { lines } = read(dallas([{ ...group('receiving', { 9002: '3 -2 0 4 5' }), keys }]))
    expect(lines[1]).toMatchObject({ receiving_yards: -2, long_reception: 4 })
  })
})

describe('injuries', () => {
  test('are rows of this game while it is ahead or on', () => {
    expect(read(summary()).injuries).toEqual([
      {
        provider: 'espn',
        providerId: '401900001:9002',
        espn_event_id: '401900001',
        espn_athlete_id: '9002',
        game_id: '2024_01_LA_DAL',
        team_id: 'DAL',
        name: 'Athlete 9002',
        position: 'QB',
        status: 'Questionable',
        date: new Date('2024-09-07T19:01:00Z'),
        type: 'Groin',
        location: 'Groin',
        detail: 'Not Specified',
        side: 'Left',
        return_date: '2024-09-15',
      },
    ])
    expect(read(summary({ state: 'pre' }), { status: 'scheduled' }).injuries).toHaveLength(1)
    expect(read(summary({ injuries: [] })).injuries).toEqual([])
  })

  test('are those of today in the summary of a game that is over: none is taken, whichever of summary and row says so', () => {
    expect(read(summary({ state: 'post' }), final).injuries).toBeUndefined()
    expect(read(summary({ state: 'post' })).injuries).toBeUndefined()
    expect(read(summary({ state: 'in' }), final).injuries).toBeUndefined()
    expect(read(summary({ state: 'postponed' }), { status: 'scheduled' }).injuries).toBeUndefined()
  })

  test('may lack details; of a player who is listed twice the latest entry counts', () => {
    const list = [
      injury('9002', { status: 'Out', date: '2024-09-08T11:00Z', details: undefined }),
      injury('9002', { status: 'Questionable', date: '2024-09-06T11:00Z' }),
    ]
    const { injuries } = read(summary({ injuries: [{ team: { id: '6' }, injuries: list }] }))
    expect(injuries).toMatchObject([{ status: 'Out', type: null, return_date: null }])
  })
})

test('a final score that differs from the scoreboard’s is a finding; the lines stay', () => {
  const { lines, findings } = read(summary({ state: 'post', scores: ['7', '13'] }), final)
  expect(lines).toHaveLength(2)
  expect(findings).toEqual([
    { item: '2024_01_LA_DAL', check: 'final-score', message: 'Game 2024_01_LA_DAL ended 7-10; its summary says 7-13.' },
  ])
  expect(read(summary({ state: 'post' }), final).findings).toEqual([])
  // On neutral ground either club may be listed as the visitor: a score is that of its club.
  expect(read(summary({ state: 'post', clubs: ['DAL', 'LAR'], scores: ['10', '7'] }), final).findings).toEqual([])
  const { findings: turned } = read(summary({ state: 'post', clubs: ['DAL', 'LAR'], scores: ['7', '10'] }), final)
  expect(turned).toMatchObject([{ message: 'Game 2024_01_LA_DAL ended 7-10; its summary says 10-7.' }])
})
