import { getTableConfig } from 'drizzle-orm/pg-core'
import { describe, expect, test } from 'vitest'
import { NotFinalError, PayloadError } from '../../../src/core/errors.ts'
import type { Transformed } from '../../../src/pipeline/dataset.ts'
import type { GameRow } from '../../../src/pipeline/rows.ts'
import { boxScorePath } from '../../../src/providers/nba-cdn.ts'
import { boxScores, toBoxScore } from '../../../src/sports/nba/box-score.ts'
import { parseSchedule } from '../../../src/sports/nba/schedule.ts'
import { boxScore, club, player, schedule, scheduledGame, side } from './payloads.ts'

const gameAs = (more: Record<string, unknown>): GameRow =>
  parseSchedule(schedule([scheduledGame(more)]))
    .find('0022400561')
    ?.read().event as GameRow
const final = gameAs({
  gameStatus: 3,
  gameStatusText: 'Final',
  homeTeam: club(1, { score: 30 }),
  awayTeam: club(2, { score: 28 }),
})

const rows = (result: Transformed, table: string) =>
  result.tables?.find(one => getTableConfig(one.table).name === table)?.rows ?? []

const withStatistic = (name: string, value: unknown) => {
  const line = player(101, 30)
  return { ...line, statistics: { ...(line['statistics'] as object), [name]: value } }
}

describe('a box score', () => {
  test('becomes players, player lines and team lines', () => {
    const result = toBoxScore(boxScore(), final)
    expect(rows(result, 'players')).toHaveLength(4)
    expect(rows(result, 'nba_team_game_stats')).toMatchObject([
      { providerId: '0022400561:1', isHome: true, score: 30, points: 30 },
      { providerId: '0022400561:2', isHome: false, score: 28, points: 28 },
    ])
    expect(rows(result, 'nba_player_game_stats')[0]).toMatchObject({
      providerId: '0022400561:101',
      gameId: '0022400561',
      playerId: '101',
      teamId: '1',
      starter: true,
      played: true,
      minutes: 'PT30M19.00S',
      points: 20,
    })
    expect(result).toMatchObject({ findings: [], unknownFields: [] })
  })

  test('that says a long text is told in one line that can be read', () => {
    const told = (more: Parameters<typeof boxScore>[0]) => {
      try {
        return toBoxScore(boxScore(more), final)
      } catch (error) {
        return (error as Error).message.length
      }
    }
    expect(told({ gameStatus: 2, gameStatusText: 'Q4 '.repeat(50_000) })).toBe(1_001)
    expect(told({ gameId: '9'.repeat(50_000) })).toBe(1_001)
  })

  test('someone who did not play has a line that says why', () => {
    const lines = rows(toBoxScore(boxScore(), final), 'nba_player_game_stats')
    expect(lines[3]).toMatchObject({
      playerId: '202',
      status: 'INACTIVE',
      notPlayingReason: 'INACTIVE_INJURY',
      played: false,
      points: 0,
    })
  })

  test('numbers an older season does not have are null', () => {
    const bare = player(101, 30)
    const statistics = { ...(bare['statistics'] as object) } as Record<string, unknown>
    delete statistics['foulsDrawn']
    const box = boxScore({ homeTeam: side(1, [{ ...bare, statistics }]) })
    expect(rows(toBoxScore(box, final), 'nba_player_game_stats')[0]).toMatchObject({ foulsDrawn: null, points: 30 })
  })

  test('players who do not add up to their team are a finding, and are loaded', () => {
    const result = toBoxScore(boxScore({ homeTeam: side(1, [player(101, 20), player(102, 9)], { score: 30 }) }), final)
    expect(result.findings).toEqual([
      { item: '0022400561', check: 'player-points', message: 'Game 0022400561: the players of team 1 scored 29, the team 30.' },
    ])
    expect(rows(result, 'nba_player_game_stats')).toHaveLength(4)
  })

  test('a score other than the schedule has is a finding, and counts: the lines add up to it', () => {
    const result = toBoxScore(boxScore(), { ...final, homeScore: 31 })
    expect(result.findings?.map(finding => finding.check)).toEqual(['final-score'])
    expect(result.event.homeScore).toBe(30)
  })

  test('the one that is further on is right: a schedule that still says live', () => {
    const live = gameAs({
      gameStatus: 2,
      gameStatusText: 'Q4 0:10',
      homeTeam: club(1, { score: 27 }),
      awayTeam: club(2, { score: 28 }),
    })
    expect(toBoxScore(boxScore({ period: 5, gameStatusText: 'Final/OT   ' }), live).event).toMatchObject({
      status: 'final',
      statusText: 'Final/OT',
      period: 5,
      homeScore: 30,
      awayScore: 28,
    })
  })

  test('a file that lags behind the schedule is none', () => {
    const read = () => toBoxScore(boxScore({ gameStatus: 2, gameStatusText: 'Q4 0:10' }), final)
    expect(read).toThrow('says "Q4 0:10", and the schedule that the game is over')
    expect(read).toThrow(NotFinalError)
  })

  test('one of before the game has no lines', () => {
    const live = gameAs({ gameStatus: 2, gameStatusText: 'Q1 12:00' })
    expect(toBoxScore(boxScore({ gameStatus: 1, gameStatusText: 'pregame' }), live)).toEqual({ event: live })
  })

  test('a field nobody knew is named, by its path', () => {
    const odd = player(101, 30)
    const box = boxScore({
      homeTeam: side(1, [{ ...odd, mood: 'good', statistics: { ...(odd['statistics'] as object), dunks: 3 } }]),
    })
    expect(toBoxScore(box, final).unknownFields).toEqual(['player.mood', 'player.statistics.dunks'])
  })

  test.each<[string, unknown, string]>([
    [
      'a number that is a text',
      boxScore({ homeTeam: side(1, [player(101, 3, { personId: 'x' })]) }),
      'game.homeTeam.players.0.personId: expected number',
    ],
    ['a missing side', boxScore({ awayTeam: undefined }), 'game.awayTeam: expected object'],
    [
      'minutes that are none',
      boxScore({
        homeTeam: side(1, [player(101, 3, { statistics: { ...(player(1, 3)['statistics'] as object), minutes: '30:19' } })]),
      }),
      'statistics.minutes',
    ],
    ['another game', boxScore({ gameId: '0022400999' }), 'is that of 0022400999'],
    ['a player twice', boxScore({ homeTeam: side(1, [player(101, 3), player(101, 4)]) }), 'lists player 101 twice'],
    ['the same team on both sides', boxScore({ awayTeam: side(1, [player(201, 28)]) }), 'has team 1 on both sides'],
    ['player 0 twice', boxScore({ homeTeam: side(1, [player(0, 3), player(0, 4)]) }), 'lists player 0 twice'],
    ['nobody on a side that has played', boxScore({ awayTeam: side(2, []) }), 'has no players of team 2'],
    ['more points than a column holds', boxScore({ homeTeam: side(1, [player(101, 9e9)], { score: 30 }) }), 'statistics.points'],
    ['half a count', boxScore({ homeTeam: side(1, [withStatistic('plus', 12.5)]) }), 'statistics.plus'],
    [
      'minutes without end',
      boxScore({ homeTeam: side(1, [withStatistic('minutes', 'PT99999999999999M')]) }),
      'statistics.minutes',
    ],
    ['no game', { meta: {} }, 'game: expected object'],
  ])('with %s is malformed', (_, payload, problem) => {
    expect(() => toBoxScore(payload, final)).toThrow(PayloadError)
    expect(() => toBoxScore(payload, final)).toThrow(problem)
  })
})

test('there is a file once a game has begun; exhibition games may lack it', () => {
  const span = { key: '0022400561', from: '2025-01-15', to: '2025-01-15', season: '2024-25' }
  expect(
    [gameAs({}), gameAs({ gameStatusText: 'PPD' }), gameAs({ gameStatus: 2 }), final].map(game => [
      ...boxScores.requests(span, { today: '2025-01-16', event: game }),
    ]),
  ).toEqual([[], [], [{ path: boxScorePath('0022400561') }], [{ path: boxScorePath('0022400561') }]])
  expect(
    ['regular', 'playoffs', 'all-star', 'preseason'].map(seasonType => boxScores.mayBeMissing({ ...final, seasonType })),
  ).toEqual([false, false, true, true])
})
