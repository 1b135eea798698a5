import { expect, test } from 'vitest'
import { createWorld, dayOfGame } from './world.ts'

const world = createWorld()

test('shows yesterday until noon in the East, then today', () => {
  expect(world.scoreboard('2027-01-20T16:59:00Z').scoreboard.gameDate).toBe('2027-01-19')
  expect(world.scoreboard('2027-01-20T17:00:00Z').scoreboard.gameDate).toBe('2027-01-20')
})

test('on 1 July still shows the last day of the season before', () => {
  expect(world.scoreboard('2027-07-01T15:00:00Z').scoreboard.gameDate).toBe('2027-06-30')
  expect(world.scoreboard('2027-07-01T17:00:00Z').scoreboard.games.length).toBeGreaterThan(1)
})

test('has the games of its day as the schedule has them', () => {
  const now = '2027-01-20T03:00:00Z'
  const { gameDate, games } = world.scoreboard(now).scoreboard
  const scheduled = world.games(now).filter(game => dayOfGame(game) === gameDate)
  const shown = ({ gameId, gameCode, gameStatus, gameStatusText, homeTeam, awayTeam }: (typeof scheduled)[number]) => ({
    gameId,
    gameCode,
    gameStatus,
    gameStatusText,
    scores: [homeTeam.score, awayTeam.score],
    records: [homeTeam.wins, homeTeam.losses],
  })
  expect(games.map(shown)).toEqual(scheduled.map(shown))
  expect(new Set(games.map(({ gameStatus }) => gameStatus))).toEqual(new Set([2, 3]))
})

test('writes Eastern time with its offset while a game is live and with a false Z else', () => {
  const games = world.scoreboard('2027-01-20T03:00:00Z').scoreboard.games
  for (const { gameStatus, gameEt, gameClock, period } of games) {
    expect(gameEt).toMatch(gameStatus === 2 ? /^2027-01-19T\d\d:\d\d:00-05:00$/ : /^2027-01-19T\d\d:\d\d:00Z$/)
    expect(gameClock).toMatch(gameStatus === 2 ? /^PT\d\dM\d\d\.\d\dS$/ : /^$/)
    expect(period).toBeGreaterThan(0)
  }
  const coming = world.scoreboard('2027-01-20T18:00:00Z').scoreboard.games
  expect(coming.map(({ gameStatus, period, gameClock }) => [gameStatus, period, gameClock])).toEqual(coming.map(() => [1, 0, '']))
})
