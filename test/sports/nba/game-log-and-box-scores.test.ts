import { getTableConfig } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { boxScorePath } from '../../../src/providers/nba-cdn.ts'
import { gameLogPath, seasonSchedulePath } from '../../../src/providers/nba-stats.ts'
import { toBoxScore } from '../../../src/sports/nba/box-score.ts'
import { listAsLogged, type StoredLine } from '../../../src/sports/nba/check-lines.ts'
import { comparedNumbers, type LoggedLine, parseGameLog } from '../../../src/sports/nba/game-log.ts'
import { parseSeasonSchedule } from '../../../src/sports/nba/schedule.ts'
import type { MergeRow } from '../../../src/store/merge.ts'
import { noSharedData } from '../../support/shared-data.ts'
import { startRealProvider } from '../../support/shared-provider.ts'

const day = '2025-03-15'

const seconds = (text: unknown): number => {
  const [, minutes, rest] = /^PT(\d+)M([\d.]+)S$/.exec(String(text)) ?? []
  return text === 'PT0S' ? 0 : Number(minutes) * 60 + Number(rest)
}

const toStored = (row: MergeRow): StoredLine => ({
  gameId: String(row['gameId']),
  playerId: String(row['playerId']),
  teamId: String(row['teamId']),
  seconds: seconds(row['minutes']),
  numbers: Object.fromEntries(comparedNumbers.map(name => [name, row[name]])) as StoredLine['numbers'],
})

// Eight games of one day: their player lines from leaguegamelog, and the rows that their box scores become.
describe.skipIf(noSharedData)('the game log and the box scores of 2025-03-15', () => {
  let provider: Awaited<ReturnType<typeof startRealProvider>>
  let raw: Record<string, unknown>[]
  let logged: LoggedLine[]
  let rows: MergeRow[]
  const rowOf = (line: { gameId: string; playerId: string }) =>
    rows.find(row => row['gameId'] === line.gameId && row['playerId'] === line.playerId) as MergeRow

  beforeAll(async () => {
    provider = await startRealProvider()
    const get = async (url: string) => (await fetch(url)).json() as Promise<never>
    const payload = await get(provider.nbaStats + gameLogPath('2024-25', 'regular', day, day))
    const { headers, rowSet } = (payload as { resultSets: { headers: string[]; rowSet: unknown[][] }[] }).resultSets[0] ?? {
      headers: [],
      rowSet: [],
    }
    raw = rowSet.map(values => Object.fromEntries(headers.map((name, i) => [name, values[i]])))
    logged = parseGameLog(payload, { from: day, to: day })
    const season = parseSeasonSchedule(await get(provider.nbaStats + seasonSchedulePath('2024-25')), '2024-25')
    const transformed = await Promise.all(
      season.entriesOn(day).map(async entry => {
        const { event } = entry.read()
        return toBoxScore(await get(provider.nbaCdn + boxScorePath(entry.id)), event)
      }),
    )
    rows = transformed
      .flatMap(({ tables = [] }) => tables)
      .filter(({ table }) => getTableConfig(table).name === 'nba_player_game_stats')
      .flatMap(table => [...table.rows])
  })

  afterAll(() => provider[Symbol.asyncDispose]())

  test('agree on every count of everybody who played', () => {
    expect(logged).toHaveLength(157)
    for (const line of logged) expect(toStored(rowOf(line))).toMatchObject({ teamId: line.teamId, numbers: line.numbers })
    expect(listAsLogged(logged, rows.map(toStored))).toHaveLength(8)
  })

  test('a corrected rebound is found, in its game only', () => {
    const changed = rows.map(toStored)
    const one = changed.find(line => line.gameId === '0022400972' && line.seconds > 0) as StoredLine
    one.numbers = { ...one.numbers, reboundsTotal: (one.numbers.reboundsTotal ?? 0) + 1 }
    const same = new Set(listAsLogged(logged, changed))
    expect(same.size).toBe(7)
    expect(same).not.toContain('0022400972')
  })

  test('are not the same rows: the log lacks 47 people of 204, who did not play', () => {
    const keys = new Set(logged.map(line => `${line.gameId}:${line.playerId}`))
    const unlogged = rows.filter(row => !keys.has(String(row['providerId'])))
    expect([rows.length, unlogged.length]).toEqual([204, 47])
    expect(unlogged.map(row => row['played'])).toEqual(Array(47).fill(false))
  })

  test('are not the same rows: the log has whole minutes, up to 30 seconds off', () => {
    const off = logged.map(line => Math.abs((line.minutes ?? Number.NaN) * 60 - seconds(rowOf(line)['minutes'])))
    expect(Math.max(...off)).toBe(30)
    expect(off.filter(much => much === 0).length).toBeLessThan(10)
  })

  test('are not the same rows: the log has three digits of a percentage, and null where nothing was tried', () => {
    const pairs = [
      ['FGA', 'FG_PCT', 'fieldGoalsPercentage'],
      ['FG3A', 'FG3_PCT', 'threePointersPercentage'],
      ['FTA', 'FT_PCT', 'freeThrowsPercentage'],
    ] as const
    for (const line of raw) {
      const row = rowOf({ gameId: String(line['GAME_ID']), playerId: String(line['PLAYER_ID']) })
      for (const [tried, theirs, ours] of pairs) {
        if (line[tried] === 0) expect([line[theirs], row[ours]]).toEqual([null, 0])
        else expect(line[theirs]).toBeCloseTo(Number(row[ours]), 3)
      }
    }
  })
})

test.skipIf(noSharedData)('a log of teams is not taken for one of players', async () => {
  await using provider = await startRealProvider()
  const query = 'LeagueID=00&Season=2018-19&SeasonType=Regular+Season&PlayerOrTeam=T&Counter=1000&Sorter=DATE&Direction=DESC'
  const payload = await (await fetch(`${provider.nbaStats}/stats/leaguegamelog?${query}&DateFrom=&DateTo=`)).json()
  expect((payload as { resultSets: { rowSet: unknown[] }[] }).resultSets[0]?.rowSet).toHaveLength(2460)
  expect(() => parseGameLog(payload, { from: '2018-10-01', to: '2019-06-30' })).toThrow('PLAYER_ID: expected number')
})
