import { comparedNumbers, type LoggedLine } from './game-log.ts'

/** The part of a stored player line that the game log has as well. */
export interface StoredLine extends Pick<LoggedLine, 'gameId' | 'playerId' | 'teamId' | 'numbers'> {
  /** Played, of `minutes`. */
  seconds: number
}

/**
 * Ids of the games whose stored player lines are those of the game log of the same days and season type: they need not be asked for.
 *
 * It does not compare what only a box score has: starters, who was absent and why, fouls drawn, points in the paint, a correction
 * of minutes below the rounding. Percentages follow from what is compared (the log rounds them, and has null for none tried).
 */
export function listAsLogged(logged: readonly LoggedLine[], stored: readonly StoredLine[]): string[] {
  const own = Map.groupBy(stored, line => line.gameId)
  return [...Map.groupBy(logged, line => line.gameId)].flatMap(([id, lines]) =>
    isSameGame(lines, own.get(id) ?? []) ? [id] : [],
  )
}

function isSameGame(logged: readonly LoggedLine[], stored: readonly StoredLine[]): boolean {
  const own = new Map(stored.map(line => [line.playerId, line]))
  const inLog = new Set(logged.map(line => line.playerId))
  const unlogged = stored.filter(line => !inLog.has(line.playerId) && saysSomething(line))
  return unlogged.length === 0 && logged.every(line => isSameLine(line, own.get(line.playerId)))
}

/** The log lists only those who played. */
const saysSomething = ({ seconds, numbers }: StoredLine) => seconds > 0 || comparedNumbers.some(name => numbers[name])

/** Seconds by which whole minutes may be off: 33 minutes stood beside 33:30, rounded from tenths nobody shows. */
const roundingSeconds = 30

function isSameLine({ teamId, minutes, numbers }: LoggedLine, own: StoredLine | undefined): boolean {
  if (!own || teamId !== own.teamId) return false
  if (minutes !== null && Math.abs(minutes * 60 - own.seconds) > roundingSeconds) return false
  return comparedNumbers.every(name => numbers[name] === own.numbers[name])
}
