import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PayloadError } from '../../../src/core/errors.ts'
import { parseScoreboard } from '../../../src/sports/nba/live.ts'
import { noSharedData, sharedFolder } from '../../support/shared-data.ts'

const board = (...games: object[]) => ({ meta: {}, scoreboard: { gameDate: '2026-02-11', games } })

const side = (teamTricode: string, score: number) => ({ teamId: 1, teamTricode, score })

const entry = (more: object = {}) => ({
  gameId: '0022500775',
  gameStatus: 2,
  gameStatusText: 'Q2 4:24',
  period: 2,
  gameClock: 'PT04M24.00S',
  homeTeam: side('CHA', 58),
  awayTeam: side('ATL', 49),
  ...more,
})

const stateOf = (more: object) => parseScoreboard(board(entry(more))).games[0]?.state

test('a game in progress has its score, its period and the clock in words', () => {
  const { games, findings } = parseScoreboard(board(entry()))
  expect(games).toMatchObject([{ id: '0022500775', name: 'ATL-CHA' }])
  expect(games[0]?.state).toEqual({ status: 'live', statusText: 'Q2 4:24', period: 2, homeScore: 58, awayScore: 49 })
  expect(findings).toEqual([])
})

test('one that is still to come has none; nor has one that is put off, which only its text says', () => {
  const none = { period: null, homeScore: null, awayScore: null }
  const start = { gameStatus: 1, period: 0, homeTeam: side('CHA', 0), awayTeam: side('ATL', 0) }
  expect(stateOf({ ...start, gameStatusText: '7:30 pm ET' })).toEqual({ ...none, status: 'scheduled', statusText: '7:30 pm ET' })
  expect(stateOf({ ...start, gameStatusText: 'PPD' })).toEqual({ ...none, status: 'postponed', statusText: 'PPD' })
})

test('the words are trimmed: a real Final had 15 spaces behind it', () => {
  expect(stateOf({ gameStatus: 3, gameStatusText: `Final/OT${' '.repeat(15)}`, period: 5 })).toMatchObject({
    status: 'final',
    statusText: 'Final/OT',
    period: 5,
  })
})

test('a malformed game is a finding beside the others; a file that is no scoreboard is an error', () => {
  const { games, findings } = parseScoreboard(board({ ...entry(), gameId: '0022500776', period: '2' }, entry()))
  expect(games.map(({ id }) => id)).toEqual(['0022500775'])
  expect(findings).toEqual([
    {
      item: '0022500776',
      check: 'scoreboard',
      message: "The scoreboard's entry of game 0022500776 is malformed: period: expected number, received string.",
    },
  ])
  expect(() => parseScoreboard({ scoreboard: {} })).toThrow(PayloadError)
})

test('nor does one that is no object, or has a name of any length, keep the others out', () => {
  const odd = [null, 7, [], 'x', { ...entry(), gameId: '9'.repeat(100_000) }]
  const { games, findings } = parseScoreboard(board(...(odd as object[]), entry()))
  expect(games.map(({ id }) => id)).toEqual(['0022500775'])
  expect(findings.map(({ item }) => item)).toEqual(['unnamed', 'unnamed', 'unnamed', 'unnamed', '9'.repeat(40)])
  expect(Math.max(...findings.map(({ message }) => message.length))).toBeLessThan(200)
})

test.skipIf(noSharedData)('all captured scoreboards are read, to the last game', () => {
  const folder = join(sharedFolder ?? '', 'data/nba/captures/todaysScoreboard_00')
  const states = readdirSync(folder).flatMap(file => {
    const payload = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { scoreboard: { games: unknown[] } }
    const { games, findings } = parseScoreboard(payload)
    expect([games.length, findings]).toEqual([payload.scoreboard.games.length, []])
    return games.map(({ state }) => state.status)
  })
  expect(new Set(states)).toEqual(new Set(['scheduled', 'live', 'final', 'postponed']))
})

test('of a game that is there twice the same entry counts in either order, and a finding names both', () => {
  const [late, early] = [entry({ gameStatus: 3, gameStatusText: 'Final', period: 4, homeTeam: side('CHA', 99) }), entry()]
  for (const games of [
    [late, early],
    [early, late],
  ]) {
    const parsed = parseScoreboard(board(...games))
    expect(parsed.games.map(({ state }) => state)).toMatchObject([{ status: 'final', homeScore: 99 }])
    expect(parsed.findings.map(({ message }) => message)).toEqual([
      "The scoreboard's entry of game 0022500775 is there twice: final, Final with 99:49, which counts, and live, Q2 4:24 with 58:49.",
    ])
  }
  expect(parseScoreboard(board(early, early))).toMatchObject({ games: [{}], findings: [] })
})
