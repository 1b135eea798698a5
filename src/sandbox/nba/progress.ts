import { minuteMs } from '../eastern.ts'
import { periodEnd } from './plays.ts'

/** Where a game stands while it is being played. */
export interface Progress {
  readonly period: number
  /** Game seconds since tip-off. */
  readonly elapsed: number
  /** Game seconds left in the period, with a decimal. */
  readonly left: number
}

// A quarter takes 30 minutes of real time, an overtime 13; a game without overtime ends after 2 h 20.
// Whole minutes, so that a schedule made once a minute shows each change of state in time.
const starts = [0, 32, 78, 110]
const quarterMs = 30 * minuteMs
const overtimeMs = 13 * minuteMs

const startMs = (period: number): number => (period <= 4 ? (starts[period - 1] as number) : 142 + (period - 5) * 15) * minuteMs

/** Milliseconds from tip-off to the end of a game of that many periods. */
export const durationMs = (periods: number): number => startMs(periods) + (periods <= 4 ? quarterMs : overtimeMs)

/** Where a game of that many periods stands so long after its tip-off, at most at its end. */
export function progressAt(sinceTipOffMs: number, periods: number): Progress {
  let period = 1
  while (period < periods && sinceTipOffMs >= startMs(period + 1)) period++
  const share = Math.min(1, (sinceTipOffMs - startMs(period)) / (period <= 4 ? quarterMs : overtimeMs))
  const length = period <= 4 ? 720 : 300
  const left = Math.round((1 - share) * length * 10) / 10
  return { period, left, elapsed: periodEnd(period) - left }
}

const padded = (value: number, width: number) => value.toString().padStart(width, '0')

/** `PT05M47.00S`. Counted in hundredths: sums of decimals come to 6.999…, which must not be written as 6.100. */
export function isoClock(seconds: number): string {
  const hundredths = Math.round(seconds * 100)
  const [minutes, rest] = [Math.floor(hundredths / 6000), hundredths % 6000]
  return `PT${padded(minutes, 2)}M${padded(Math.floor(rest / 100), 2)}.${padded(rest % 100, 2)}S`
}

/** `Q2 4:24`, `Q1 :00.0`, `Half`, `OT 3:10`, `OT2 :41.3` */
export function clockText({ period, left }: Progress): string {
  if (period === 2 && left === 0) return 'Half'
  const name = period <= 4 ? `Q${period}` : period === 5 ? 'OT' : `OT${period - 4}`
  if (left < 60) return `${name} :${left.toFixed(1).padStart(4, '0')}`
  return `${name} ${Math.floor(left / 60)}:${padded(Math.floor(left % 60), 2)}`
}

/** `Final`, `Final/OT`, `Final/OT2` */
export const finalText = (periods: number): string =>
  periods <= 4 ? 'Final' : periods === 5 ? 'Final/OT' : `Final/OT${periods - 4}`
