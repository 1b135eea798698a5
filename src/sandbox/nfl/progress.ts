import { minuteMs } from '../eastern.ts'
import { createRandom } from '../random.ts'
import { periodEnd } from './play.ts'

/** Where a game stands while it is being played. */
export interface Progress {
  readonly period: number
  /** Game seconds since the kick-off. */
  readonly elapsed: number
  /** Whole game seconds left in the period. */
  readonly left: number
}

/** How a game's periods lie in real time. */
export interface Course {
  readonly gameId: string
  readonly periods: number
  readonly playOff: boolean
  /** Game seconds when it was over: an overtime ends before its time. */
  readonly elapsed: number
}

// Minutes from the kick-off to the beginning of each quarter; half-time is between 90 and 103. Then overtimes of 20 minutes.
const starts = [0, 44, 103, 147]
const lengths = [42, 46, 42, 43]
const regulation = 190
const overtime = { every: 24, break: 3, length: 21 }

/** No two games take equally long: up to 9 minutes more than the plan, spread over it. In whole minutes, as all else here. */
const stretchOf = (gameId: string): number => 1 + Math.floor(createRandom('pace', gameId)() * 10) / regulation

function plan(period: number): { start: number; length: number } {
  if (period <= 4) return { start: starts[period - 1] as number, length: lengths[period - 1] as number }
  return { start: regulation + overtime.break + (period - 5) * overtime.every, length: overtime.length }
}

const toMs = (gameId: string, minutes: number): number => Math.round(minutes * stretchOf(gameId)) * minuteMs

/** Milliseconds from kick-off to the end of a game: about 3 h 10 without overtime. */
export function durationMs({ gameId, periods, playOff, elapsed }: Course): number {
  const { start, length } = plan(periods)
  const left = (periodEnd(periods, playOff) - elapsed) / secondsOf(periods, playOff)
  return toMs(gameId, start + Math.ceil(length * (1 - left)))
}

const secondsOf = (period: number, playOff: boolean): number =>
  periodEnd(period, playOff) - (period === 1 ? 0 : periodEnd(period - 1, playOff))

/** Where a game stands so long after its kick-off, at most at its end. Breaks belong to the period before them. */
export function progressAt(sinceKickOffMs: number, { gameId, periods, playOff }: Course): Progress {
  let period = 1
  while (period < periods && sinceKickOffMs >= toMs(gameId, plan(period + 1).start)) period++
  const { start, length } = plan(period)
  const [from, to] = [toMs(gameId, start), toMs(gameId, start + length)]
  const share = Math.min(1, (sinceKickOffMs - from) / (to - from))
  const left = Math.round((1 - share) * secondsOf(period, playOff))
  return { period, left, elapsed: periodEnd(period, playOff) - left }
}
