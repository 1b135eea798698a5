import { comparedNumbers, type LoggedLine } from './game-log.ts'

/** The part of a stored player line that the game log has as well. */
export interface StoredLine extends Pick<LoggedLine, 'gameId' | 'playerId' | 'teamId' | 'numbers'> {
  /** Played, of `minutes`. */
  seconds: number
}

/** Only a game without differences need not be asked for by itself. */
export interface GameCheck {
  gameId: string
  /** `player 201939: points 28 in the game log, 27 stored` */
  differences: string[]
}

/**
 * Compares stored player lines with the game log of the same days and season type, game by game, in the order of their ids.
 *
 * It does not compare what only a box score has: starters, who was absent and why, fouls drawn, points in the paint, a correction
 * of minutes below the rounding. Percentages follow from what is compared (the log rounds them, and has null for none tried).
 */
export function checkLines(logged: readonly LoggedLine[], stored: readonly StoredLine[]): GameCheck[] {
  const log = Map.groupBy(logged, line => line.gameId)
  const own = Map.groupBy(stored, line => line.gameId)
  const ids = [...new Set([...log.keys(), ...own.keys()])].sort()
  return ids.map(gameId => ({ gameId, differences: compareGame(log.get(gameId), own.get(gameId)) }))
}

function compareGame(logged: readonly LoggedLine[] | undefined, stored: readonly StoredLine[] | undefined): string[] {
  if (!logged) return ['not in the game log']
  if (!stored) return ['not stored']
  const own = new Map(stored.map(line => [line.playerId, line]))
  const inLog = new Set(logged.map(line => line.playerId))
  const unlogged = stored.filter(line => !inLog.has(line.playerId) && saysSomething(line))
  return [
    ...logged.flatMap(line => compareLine(line, own.get(line.playerId))),
    ...unlogged.map(line => `player ${line.playerId}: not in the game log`),
  ]
}

/** The log lists only those who played. */
const saysSomething = ({ seconds, numbers }: StoredLine) => seconds > 0 || comparedNumbers.some(name => numbers[name])

/** Seconds by which whole minutes may be off: 33 minutes stood beside 33:30, rounded from tenths nobody shows. */
const roundingSeconds = 30

function compareLine(line: LoggedLine, own: StoredLine | undefined): string[] {
  const { playerId, teamId, minutes, numbers } = line
  if (!own) return [`player ${playerId}: not stored`]
  const found: string[] = []
  const say = (what: string, theirs: unknown, ours: unknown) =>
    found.push(`player ${playerId}: ${what} ${theirs ?? 'none'} in the game log, ${ours ?? 'none'} stored`)
  if (teamId !== own.teamId) say('team', teamId, own.teamId)
  if (minutes !== null && Math.abs(minutes * 60 - own.seconds) > roundingSeconds)
    say('minutes', minutes, (own.seconds / 60).toFixed(1))
  for (const name of comparedNumbers) if (numbers[name] !== own.numbers[name]) say(name, numbers[name], own.numbers[name])
  return found
}
