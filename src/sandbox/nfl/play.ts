/** 0 home, 1 away. */
export type Side = 0 | 1

export const otherSide = (side: Side): Side => (side === 0 ? 1 : 0)

/** Whose ball it is and where. */
export interface Ball {
  readonly side: Side
  readonly down: number
  readonly distance: number
  /** Yards to the goal line of the other side. */
  readonly toGo: number
}

export interface Play extends Ball {
  readonly kind:
    | 'kick-off'
    | 'run'
    | 'pass'
    | 'incomplete'
    | 'sack'
    | 'interception'
    | 'punt'
    | 'field-goal'
    | 'extra-point'
    | 'two-points'
  readonly period: number
  /** Game seconds since the kick-off at its end. */
  readonly at: number
  /** Gained; how far a field goal was. */
  readonly yards: number
  /** How far a kick or an interception was carried back; 0 where it was not. */
  readonly returned: number
  /** Whether a kick or a try was good. */
  readonly good: boolean
  /** The ball was lost by a fumble. */
  readonly fumbled: boolean
  readonly touchdown: boolean
  readonly points: number
  /** Whose points they are. */
  readonly scorer: Side
  readonly next: Ball
}

export interface Score {
  readonly home: number
  readonly away: number
}

/** Game seconds from the kick-off to the end of a period; an overtime is longer in the play-offs. */
export const periodEnd = (period: number, playOff: boolean): number =>
  period <= 4 ? 900 * period : 3600 + (period - 4) * (playOff ? 900 : 600)

/** The score after some game seconds, and of each period that had begun by then. */
export function scoreAt(plays: readonly Play[], elapsed: number, periods: number): Score & { periods: Score[] } {
  const byPeriod = Array.from({ length: periods }, () => ({ home: 0, away: 0 }))
  const total = { home: 0, away: 0 }
  for (const { at, period, points, scorer } of plays) {
    if (at > elapsed) break
    for (const score of [total, byPeriod[period - 1]]) if (score) score[scorer === 0 ? 'home' : 'away'] += points
  }
  return { ...total, periods: byPeriod }
}
