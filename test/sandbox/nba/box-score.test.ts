import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boxScorePath } from '../ask.ts'
import {
  type Box,
  type BoxTeam,
  createWorld,
  hoursAfter,
  type LineNumbers,
  type ScheduledGame,
  type TeamNumbers,
} from './world.ts'

const world = createWorld()
const games = world.games('2027-06-30T16:00:00Z')
const overtime = games.filter(({ gameStatusText }) => gameStatusText.includes('OT'))

const anyGame = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...games) },
  { weight: 1, arbitrary: fc.constantFrom(...overtime) },
)
/** Hours since tip-off, with both ends of a game and of a correction in reach. */
const anyTime = fc.oneof(fc.double({ min: 0, max: 3, noNaN: true }), fc.double({ min: 3, max: 60, noNaN: true }))

const boxOf = (game: ScheduledGame, hours: number) => world.box(game.gameId, hoursAfter(game.gameDateTimeUTC, hours)) as Box
const sidesOf = ({ game }: Box): [BoxTeam, BoxTeam] => [game.homeTeam, game.awayTeam]
const linesOf = (box: Box) => sidesOf(box).flatMap(({ players }) => players)
const total = (items: readonly number[]) => items.reduce((sum, item) => sum + item, 0)

const seconds = (iso: string) => {
  const [, minutes, rest] = /^PT(\d{2,3})M(\d{2}\.\d{2})S$/.exec(iso) ?? []
  return Number(minutes) * 60 + Number(rest)
}
type Name = Exclude<keyof LineNumbers, 'minutes'>
const names = (line: LineNumbers) => Object.keys(line) as Name[]

/** Game seconds played, from the period and its clock. */
const elapsed = ({ game }: Box) =>
  (game.period <= 4 ? game.period * 720 : 2880 + (game.period - 4) * 300) - seconds(game.gameClock)

function expectToAddUp(s: LineNumbers | TeamNumbers): void {
  expect(s.points).toBe(2 * s.twoPointersMade + 3 * s.threePointersMade + s.freeThrowsMade)
  expect(s.fieldGoalsMade).toBe(s.twoPointersMade + s.threePointersMade)
  expect(s.fieldGoalsAttempted).toBe(s.twoPointersAttempted + s.threePointersAttempted)
  for (const shot of ['fieldGoals', 'twoPointers', 'threePointers', 'freeThrows'] as const) {
    const [made, attempted] = [s[`${shot}Made`], s[`${shot}Attempted`]]
    expect(made).toBeLessThanOrEqual(attempted)
    expect(s[`${shot}Percentage`]).toBe(attempted === 0 ? 0 : made / attempted)
  }
  expect(Object.values(s).filter(value => typeof value === 'number' && !Number.isFinite(value))).toEqual([])
}

describe('a box score at any moment', () => {
  test('adds up: shots to points, players to the side, periods to the score, minutes to the clock', () => {
    fc.assert(
      fc.property(anyGame, anyTime, (game, hours) => {
        const box = boxOf(game, hours)
        for (const [index, side] of sidesOf(box).entries()) {
          const { players, statistics } = side
          const sum = (name: Name) => total(players.map(player => player.statistics[name]))
          expectToAddUp(statistics)
          for (const { statistics: line } of players) {
            expectToAddUp(line)
            expect(line.reboundsTotal).toBe(line.reboundsOffensive + line.reboundsDefensive)
            expect(line.plusMinusPoints).toBe(line.plus - line.minus)
            expect(line.foulsPersonal).toBeLessThanOrEqual(6)
          }
          for (const name of [
            'points',
            'assists',
            'steals',
            'blocks',
            'turnovers',
            'reboundsOffensive',
            'fieldGoalsAttempted',
          ] as const)
            expect(sum(name)).toBe(statistics[name])
          expect(sum('reboundsTotal')).toBe(statistics.reboundsPersonal)
          expect(statistics.reboundsTotal).toBe(statistics.reboundsPersonal + statistics.reboundsTeam)
          expect(statistics.turnoversTotal).toBe(statistics.turnovers + statistics.turnoversTeam)
          expect(total(side.periods.map(({ score }) => score))).toBe(side.score)
          expect(statistics.points).toBe(side.score)
          expect(statistics.pointsAgainst).toBe(sidesOf(box)[index === 0 ? 1 : 0].score)
          expect(total(players.map(({ statistics: line }) => seconds(line.minutes)))).toBeCloseTo(5 * elapsed(box), 1)
          expect(seconds(statistics.minutes)).toBeCloseTo(5 * elapsed(box), 1)
          expect(sum('plusMinusPoints')).toBe(5 * (side.score - statistics.pointsAgainst))
          expect(players.filter(({ oncourt }) => oncourt === '1')).toHaveLength(5)
          expect(players.filter(({ starter }) => starter === '1')).toHaveLength(5)
          expect(players.filter(player => player.played === '0' && seconds(player.statistics.minutes) > 0)).toEqual([])
          expect(players.filter(({ status, played }) => status === 'INACTIVE' && played === '1')).toEqual([])
        }
      }),
      { numRuns: 150 },
    )
  })

  test('only grows: no number of any player falls before the final whistle', () => {
    const growing = ['points', 'assists', 'reboundsTotal', 'steals', 'foulsPersonal', 'fieldGoalsAttempted', 'turnovers'] as const
    fc.assert(
      fc.property(
        anyGame,
        fc.double({ min: 0, max: 3, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        (game, one, other) => {
          const [earlier, later] = [boxOf(game, Math.min(one, other)), boxOf(game, Math.max(one, other))]
          expect(elapsed(later)).toBeGreaterThanOrEqual(elapsed(earlier))
          const lines = new Map(linesOf(later).map(({ personId, statistics }) => [personId, statistics]))
          for (const { personId, statistics } of linesOf(earlier)) {
            for (const name of growing) expect(lines.get(personId)?.[name]).toBeGreaterThanOrEqual(statistics[name])
            expect(seconds(lines.get(personId)?.minutes ?? '')).toBeGreaterThanOrEqual(seconds(statistics.minutes))
          }
        },
      ),
      { numRuns: 80 },
    )
  })

  test('agrees with the schedule of that minute', () => {
    fc.assert(
      fc.property(anyGame, fc.integer({ min: 0, max: 200 }), (game, minutes) => {
        const now = hoursAfter(game.gameDateTimeUTC, minutes / 60)
        const scheduled = world.games(now).find(({ gameId }) => gameId === game.gameId)
        const box = world.box(game.gameId, now) as Box
        expect([box.game.gameStatus, box.game.gameStatusText]).toEqual([scheduled?.gameStatus, scheduled?.gameStatusText])
        expect(sidesOf(box).map(({ score }) => score)).toEqual([scheduled?.homeTeam.score, scheduled?.awayTeam.score])
      }),
      { numRuns: 25 },
    )
  })

  test('is the same bytes for the same seed and instant, whatever was asked before', () => {
    fc.assert(
      fc.property(anyGame, anyTime, (game, hours) => {
        const now = hoursAfter(game.gameDateTimeUTC, hours)
        const path = boxScorePath(game.gameId)
        expect(createWorld().bytes(path, now)).toEqual(world.bytes(path, now))
      }),
      { numRuns: 5 },
    )
  })
})

describe('a box score', () => {
  const game = games.find(({ gameId }) => gameId === '0022600300') as ScheduledGame

  test('is not there before the tip-off', () => {
    expect(world.box(game.gameId, hoursAfter(game.gameDateTimeUTC, -0.001))).toBeUndefined()
    expect(boxOf(game, 0)).toMatchObject({ game: { gameStatus: 2, gameStatusText: 'Q1 12:00', homeTeam: { score: 0 } } })
  })

  test('is final after 2 h 20, with 240 minutes a side and one in five minutes more for each overtime', () => {
    expect(boxOf(game, 139 / 60).game.gameStatus).toBe(2)
    for (const ended of [game, ...overtime]) {
      const box = boxOf(ended, 140 / 60 + (ended === game ? 0 : 2))
      const overtimes = box.game.period - 4
      expect(box.game).toMatchObject({ gameStatus: 3, gameClock: 'PT00M00.00S', gameStatusText: ended.gameStatusText })
      expect(box.game.homeTeam.statistics.minutes).toBe(`PT${240 + 25 * overtimes}M00.00S`)
      expect(box.game.homeTeam.periods.slice(4).map(({ periodType }) => periodType)).toEqual(Array(overtimes).fill('OVERTIME'))
      expect(box.game.homeTeam.score).not.toBe(box.game.awayTeam.score)
    }
    expect(overtime.length).toBeGreaterThan(15)
  })

  test('of an earlier season is still there, of a coming one not yet', () => {
    expect(world.box('0022400001', '2026-11-22T12:00:00Z')).toMatchObject({ game: { gameStatus: 3 } })
    expect(world.box('0022700001', '2026-11-22T12:00:00Z')).toBeUndefined()
  })

  test('scores like the real league: sides between 60 and 160, 112 on average', () => {
    const scores = games.flatMap(({ homeTeam, awayTeam }) => [homeTeam.score, awayTeam.score])
    expect(Math.min(...scores)).toBeGreaterThan(60)
    expect(Math.max(...scores)).toBeLessThan(170)
    expect(total(scores) / scores.length).toBeGreaterThan(105)
    expect(total(scores) / scores.length).toBeLessThan(118)
  })
})

describe('a late correction', () => {
  const sample = games.slice(400, 700)
  const text = (box: Box) => JSON.stringify(linesOf(box))
  const corrected = sample.filter(game => text(boxOf(game, 29)) !== text(boxOf(game, 31)))

  test('comes to about one game in eight, 30 hours after its tip-off, and only once', () => {
    expect(corrected.length).toBeGreaterThan(15)
    expect(corrected.length).toBeLessThan(60)
    for (const game of corrected) {
      expect(text(boxOf(game, 4))).toBe(text(boxOf(game, 29.99)))
      expect(text(boxOf(game, 30))).toBe(text(boxOf(game, 500)))
      expect(boxOf(game, 31).meta.time).not.toBe(boxOf(game, 29).meta.time)
    }
  })

  test('moves one assist or one rebound between two players of a side, and no sum', () => {
    for (const game of corrected) {
      const [before, after] = [boxOf(game, 29), boxOf(game, 31)]
      const changes = linesOf(before).flatMap((player, index) => {
        const line = linesOf(after)[index]?.statistics as LineNumbers
        return names(line).flatMap(name =>
          line[name] === player.statistics[name] ? [] : [[name, line[name] - player.statistics[name]] as const],
        )
      })
      const kinds = new Set(changes.map(([name]) => name))
      expect([['assists'], ['reboundsDefensive', 'reboundsTotal']]).toContainEqual([...kinds].sort())
      expect(changes.map(([, by]) => by).sort()).toEqual(kinds.size === 1 ? [-1, 1] : [-1, -1, 1, 1])
      expect(sidesOf(after).map(({ statistics, score }) => [statistics, score])).toEqual(
        sidesOf(before).map(({ statistics, score }) => [statistics, score]),
      )
    }
  })
})
