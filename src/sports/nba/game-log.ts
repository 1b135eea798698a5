import * as z from 'zod'
import type { Day } from '../../core/days.ts'
import { PayloadError } from '../../core/errors.ts'
import { fieldsOf } from '../fields.ts'
import { readPayload } from '../read-payload.ts'
import { sharedCounts } from './tables.ts'

/** The numbers of a player that both the game log and a box score have. */
export const comparedNumbers = [...sharedCounts, 'plusMinusPoints'] as const
type ComparedNumber = (typeof comparedNumbers)[number]

/** A line of a player who played. The game log lacks players who did not, starters, seconds, and half of the numbers. */
export interface LoggedLine {
  gameId: string
  playerId: string
  teamId: string
  /** Eastern. */
  day: Day
  /** Rounded to whole minutes. */
  minutes: number | null
  /** Null: not counted then (plus and minus before 1996-97). */
  numbers: Record<ComparedNumber, number | null>
}

/** Columns by name, because their number and order changed over the years. */
const columnOf = {
  assists: 'AST',
  blocks: 'BLK',
  fieldGoalsAttempted: 'FGA',
  fieldGoalsMade: 'FGM',
  foulsPersonal: 'PF',
  freeThrowsAttempted: 'FTA',
  freeThrowsMade: 'FTM',
  points: 'PTS',
  reboundsDefensive: 'DREB',
  reboundsOffensive: 'OREB',
  reboundsTotal: 'REB',
  steals: 'STL',
  threePointersAttempted: 'FG3A',
  threePointersMade: 'FG3M',
  turnovers: 'TOV',
  plusMinusPoints: 'PLUS_MINUS',
} as const satisfies Record<ComparedNumber, string>

const answer = z.looseObject({
  resultSets: z.array(z.looseObject({ name: z.string(), headers: z.array(z.string()), rowSet: z.array(z.array(z.unknown())) })),
})

const number = z.int().nullable()

const line = z.looseObject({
  GAME_ID: z.string().regex(/^\d{10}$/),
  GAME_DATE: z.iso.date(),
  PLAYER_ID: z.int(),
  TEAM_ID: z.int(),
  MIN: number,
  ...fieldsOf(Object.values(columnOf), () => number),
})

/**
 * Reads the player lines of `leaguegamelog`.
 * @param asked the days it was asked for, both included
 * @throws PayloadError if it is not such a log, has a line of another day, or a player twice in a game
 */
export function parseGameLog(payload: unknown, asked: { from: Day; to: Day }): LoggedLine[] {
  const { resultSets } = readPayload(answer, payload, 'nba-stats sent an invalid game log')
  const log = resultSets.find(set => set.name === 'LeagueGameLog')
  if (!log) throw new PayloadError('nba-stats sent a game log without the set LeagueGameLog.')
  const lines = log.rowSet.map((row, i) => readLine(log.headers, row, i))
  const seen = new Set<string>()
  for (const { gameId, playerId, day } of lines) {
    if (day < asked.from || day > asked.to)
      throw new PayloadError(`nba-stats was asked for the game log of ${asked.from} to ${asked.to} and sent lines of ${day}.`)
    const key = `${gameId}:${playerId}`
    if (seen.has(key)) throw new PayloadError(`The game log lists player ${playerId} twice in game ${gameId}.`)
    seen.add(key)
  }
  return lines
}

function readLine(headers: readonly string[], row: readonly unknown[], at: number): LoggedLine {
  if (row.length !== headers.length)
    throw new PayloadError(`Row ${at} of the game log has ${row.length} values for ${headers.length} columns.`)
  const named = Object.fromEntries(headers.map((name, i) => [name, row[i]]))
  const data = readPayload(line, named, `Row ${at} of the game log is malformed`)
  return {
    gameId: data.GAME_ID,
    playerId: String(data.PLAYER_ID),
    teamId: String(data.TEAM_ID),
    day: data.GAME_DATE,
    minutes: data.MIN,
    numbers: fieldsOf(comparedNumbers, name => data[columnOf[name]]),
  }
}
