import { getTableConfig } from 'drizzle-orm/pg-core'
import { describe, expect, test } from 'vitest'
import type { GameRow } from '../../../src/pipeline/rows.ts'
import { gameLogPath, seasonSchedulePath } from '../../../src/providers/nba-stats.ts'
import { toBoxScore } from '../../../src/sports/nba/box-score.ts'
import { listAsLogged, type StoredLine } from '../../../src/sports/nba/check-lines.ts'
import { comparedNumbers, parseGameLog } from '../../../src/sports/nba/game-log.ts'
import { parseSeasonSchedule } from '../../../src/sports/nba/schedule.ts'
import type { MergeRow } from '../../../src/store/merge.ts'
import { createWorld, type GameLog } from './world.ts'

const world = createWorld()
const later = '2027-01-20T03:00:00Z'

type Days = readonly [season: string, seasonType: string, from: string, to: string]

const answerTo = ([season, type, from, to]: Days, now: string): GameLog =>
  JSON.parse(world.askStats(gameLogPath(season, type, from, to) ?? '', now)?.body.toString() ?? '')

const logOf = (days: Days, now: string) => parseGameLog(answerTo(days, now), { from: days[2], to: days[3] })

/** The games of the schedule of these days and this type that are over, in the order of their ids. */
function finalsOf([season, type, from, to]: Days, now: string) {
  const schedule = JSON.parse(world.askStats(seasonSchedulePath(season), now)?.body.toString() ?? '')
  return parseSeasonSchedule(schedule, season)
    .entries.filter(({ day }) => day >= from && day <= to)
    .map(entry => entry.read().event as GameRow)
    .filter(game => game.seasonType === type && game.status === 'final')
    .sort((a, b) => (a.providerId < b.providerId ? -1 : 1))
}

const seconds = (text: unknown): number => {
  const [, minutes, rest] = /^PT(\d+)M([\d.]+)S$/.exec(String(text)) ?? []
  return Number(minutes) * 60 + Number(rest)
}

const toStored = (row: MergeRow): StoredLine & { played: boolean } => ({
  gameId: String(row['gameId']),
  playerId: String(row['playerId']),
  teamId: String(row['teamId']),
  seconds: seconds(row['minutes']),
  numbers: Object.fromEntries(comparedNumbers.map(name => [name, row[name]])) as StoredLine['numbers'],
  played: row['played'] === true,
})

/** The player lines that the box scores of these games become. */
const linesOf = (days: Days, now: string) =>
  finalsOf(days, now)
    .flatMap(game => toBoxScore(world.box(game.providerId, now), game).tables ?? [])
    .filter(({ table }) => getTableConfig(table).name === 'nba_player_game_stats')
    .flatMap(({ rows }) => rows.map(toStored))

describe('the game log', () => {
  test.each<{ days: Days }>([
    { days: ['2026-27', 'regular', '2027-01-10', '2027-01-16'] },
    // Clocks change on the 10th; a game of the 2nd was played on the 7th, and one of the 12th called off.
    { days: ['2023-24', 'regular', '2024-03-07', '2024-03-13'] },
    { days: ['2023-24', 'preseason', '2023-09-29', '2023-10-05'] },
    { days: ['2023-24', 'all-star', '2024-02-01', '2024-02-29'] },
    { days: ['2023-24', 'play-in', '2024-04-01', '2024-04-30'] },
    { days: ['2023-24', 'playoffs', '2024-06-01', '2024-06-30'] },
  ])('says of every game of $days what its box score says', ({ days }) => {
    const finals = finalsOf(days, later).map(game => game.providerId)
    expect(finals).not.toEqual([])
    expect(new Set(linesOf(days, later).map(line => line.gameId))).toEqual(new Set(finals))
    expect(listAsLogged(logOf(days, later), linesOf(days, later)).sort()).toEqual(finals)
  })

  const week: Days = ['2026-27', 'regular', '2027-01-10', '2027-01-16']

  test('has those who played, and nobody else', () => {
    const key = (line: { gameId: string; playerId: string }) => `${line.gameId}:${line.playerId}`
    const lines = linesOf(week, later)
    const played = lines.filter(line => line.played).map(key)
    expect(logOf(week, later).map(key).sort()).toEqual(played.sort())
    expect(lines.length - played.length).toBeGreaterThan(300)
  })

  test('has the games that are over by then', () => {
    const days: Days = ['2026-27', 'regular', '2027-01-16', '2027-01-16']
    const gamesAt = (now: string) => new Set(logOf(days, now).map(line => line.gameId))
    const counts = ['2027-01-16T23:00:00Z', '2027-01-17T03:00:00Z', '2027-01-17T12:00:00Z'].map(now => {
      expect([...gamesAt(now)].sort()).toEqual(finalsOf(days, now).map(game => game.providerId))
      return gamesAt(now).size
    })
    expect(counts[0]).toBeLessThan(counts[1] ?? 0)
    expect(counts[1]).toBeLessThan(counts[2] ?? 0)
  })

  test('has a correction when the box score has it', () => {
    const days: Days = ['2026-27', 'regular', '2027-01-10', '2027-01-12']
    const [before, after] = ['2027-01-13T12:00:00Z', '2027-01-15T12:00:00Z']
    const all = finalsOf(days, after).map(game => game.providerId)
    const same = (log: string, boxes: string) => listAsLogged(logOf(days, log), linesOf(days, boxes)).sort()
    expect(same(before, before)).toEqual(all)
    expect(same(after, after)).toEqual(all)
    expect(same(before, after)).not.toEqual(all)
    expect(same(before, after)).not.toEqual([])
  })

  test('has the latest day first, and all days where none are named', () => {
    const path = gameLogPath('2023-24', 'all-star', '', '') ?? ''
    const log = JSON.parse(world.askStats(path, later)?.body.toString() ?? '') as GameLog
    const days = log.resultSets[0]?.rowSet.map(row => String(row[7])) ?? []
    expect(days).toEqual([...days].sort().reverse())
    expect(new Set(days).size).toBe(3)
    expect(log.parameters).toMatchObject({ DateFrom: null, DateTo: null })
  })

  test('is empty for days without games', () => {
    expect(logOf(['2026-27', 'regular', '2026-12-24', '2026-12-24'], later)).toEqual([])
    expect(logOf(['2026-27', 'regular', '2027-03-01', '2027-03-02'], later)).toEqual([])
  })

  test('says who won, where, and by how much a line counts', () => {
    const { headers, rowSet } = answerTo(week, later).resultSets[0] ?? { headers: [], rowSet: [] }
    const rows = rowSet.map(row => Object.fromEntries(headers.map((name, index) => [name, row[index]])))
    const scores = new Map(finalsOf(week, later).map(game => [game.providerId, game]))
    for (const row of rows) {
      const game = scores.get(String(row['GAME_ID']))
      const atHome = String(row['TEAM_ID']) === game?.homeTeamId
      const homeWon = Number(game?.homeScore) > Number(game?.awayScore)
      expect(row).toMatchObject({ SEASON_ID: '22026', GAME_DATE: game?.gameDate, WL: atHome === homeWon ? 'W' : 'L' })
      expect(row['MATCHUP']).toMatch(
        atHome
          ? new RegExp(`^${row['TEAM_ABBREVIATION']} vs\\. [A-Z]{3}$`)
          : new RegExp(`^${row['TEAM_ABBREVIATION']} @ [A-Z]{3}$`),
      )
      expect(row['FG_PCT']).toBe(row['FGA'] === 0 ? null : Number((Number(row['FGM']) / Number(row['FGA'])).toFixed(3)))
      const number = (name: string) => Number(row[name])
      const plus = number('PTS') + 1.2 * number('REB') + 1.5 * number('AST') + 3 * number('STL') + 3 * number('BLK')
      expect(row['FANTASY_PTS']).toBeCloseTo(plus - number('TOV'), 6)
    }
  })
})
