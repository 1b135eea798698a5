import { describe, expect, test } from 'vitest'
import { PayloadError } from '../../../src/core/errors.ts'
import { listAsLogged, type StoredLine } from '../../../src/sports/nba/check-lines.ts'
import { comparedNumbers, parseGameLog } from '../../../src/sports/nba/game-log.ts'
import { gameLog, loggedRow } from './payloads.ts'

const day = { from: '2025-01-15', to: '2025-01-15' }
const read = (...rows: Record<string, unknown>[]) => parseGameLog(gameLog(rows), day)

describe('a game log', () => {
  test('becomes the lines of those who played, whatever the order of its columns', () => {
    const row = loggedRow({ PTS: 28, REB: 7, PLUS_MINUS: -5 })
    const shuffled = Object.fromEntries(Object.entries({ NEW_COLUMN: 'x', ...row }).reverse())
    const [line] = read(row)
    expect(line).toMatchObject({ gameId: '0022400561', playerId: '101', teamId: '1', day: '2025-01-15', minutes: 30 })
    expect(line?.numbers).toMatchObject({ points: 28, reboundsTotal: 7, plusMinusPoints: -5, assists: 0 })
    expect(read(shuffled)).toEqual([line])
  })

  test('of days without games is empty', () => expect(read()).toEqual([]))

  test('has nulls where nobody counted', () => {
    expect(read(loggedRow({ MIN: null, STL: null, PLUS_MINUS: null }))[0]).toMatchObject({
      minutes: null,
      numbers: { steals: null, plusMinusPoints: null, points: 0 },
    })
  })

  test.each<[string, unknown, string]>([
    ['no sets', { message: 'no' }, 'nba-stats sent an invalid game log: resultSets: expected array'],
    ['another set', { resultSets: [{ name: 'Other', headers: [], rowSet: [] }] }, 'without the set LeagueGameLog'],
    [
      'a missing column',
      gameLog([{ ...loggedRow(), PTS: undefined }]),
      'Row 0 of the game log is malformed: PTS: expected number',
    ],
    ['a number that is a text', gameLog([loggedRow({ AST: '5' })]), 'AST: expected number'],
    [
      'a shorter row',
      { resultSets: [{ name: 'LeagueGameLog', headers: ['A', 'B'], rowSet: [[1]] }] },
      'has 1 values for 2 columns',
    ],
    ['a player twice', gameLog([loggedRow(), loggedRow()]), 'lists player 101 twice in game 0022400561'],
    [
      'a day nobody asked for',
      gameLog([loggedRow({ GAME_DATE: '2025-01-16' })]),
      'of 2025-01-15 to 2025-01-15 and sent lines of 2025-01-16',
    ],
  ])('with %s is malformed', (_, payload, problem) => {
    expect(() => parseGameLog(payload, day)).toThrow(PayloadError)
    expect(() => parseGameLog(payload, day)).toThrow(problem)
  })
})

describe('stored lines beside the game log', () => {
  const numbers = Object.fromEntries(comparedNumbers.map(name => [name, 0])) as StoredLine['numbers']
  const stored = (more: Partial<StoredLine> = {}): StoredLine => ({
    gameId: '0022400561',
    playerId: '101',
    teamId: '1',
    seconds: 1819,
    numbers,
    ...more,
  })
  const absent = stored({ playerId: '102', seconds: 0 })
  const [logged] = [read(loggedRow())]

  test('are the same, also with someone who did not play', () => {
    expect(listAsLogged(logged, [stored(), absent])).toEqual(['0022400561'])
  })

  test.each<[string, StoredLine[]]>([
    ['another number', [stored({ numbers: { ...numbers, points: 27 } })]],
    ['a number only the log has', [stored({ numbers: { ...numbers, plusMinusPoints: null } })]],
    ['minutes beyond the rounding', [stored({ seconds: 1831 })]],
    ['another team', [stored({ teamId: '2' })]],
    ['a player missing here', [absent]],
    ['a player missing there who played', [stored(), stored({ playerId: '103' })]],
    ['a player missing there who did something in no time', [stored(), { ...absent, numbers: { ...numbers, foulsPersonal: 1 } }]],
  ])('differ by %s', (_, lines) => {
    expect(listAsLogged(logged, lines)).toEqual([])
  })

  test('minutes within the rounding do not differ, on either side', () => {
    for (const seconds of [1770, 1830]) expect(listAsLogged(logged, [stored({ seconds })])).toEqual(['0022400561'])
  })

  test('a game on one side only is not vouched for', () => {
    const later = read(loggedRow({ GAME_ID: '0022400563' }))
    expect(listAsLogged([...later, ...logged], [stored(), stored({ gameId: '0022400562' })])).toEqual(['0022400561'])
  })
})
