import { addDays, type Day, eachDay } from '../../core/days.ts'
import type { WatermarkChange } from '../../store/watermarks.ts'

export interface DaysRequest {
  /** The civil day it is now in the sport's zone. */
  today: Day
  /** The day to load; yesterday where missing. */
  date: Day | undefined
  /** The target day and those before it: 1 is the target alone. */
  daysBack: number
  /** Days after the target: 1 is the one after it. */
  daysAhead: number
  watermark: Day | undefined
  /** The first day that an earlier run wanted to load, where none has got as far as to set a watermark. */
  since: Day | undefined
  /** Also every day missed since the watermark, or since then. */
  catchUp: boolean
}

export interface PlannedDays {
  target: Day
  /** Days to load whole, in order. */
  days: Day[]
  /** The day after the watermark, or the first of them where there is none: the watermark moves from here, day by day without a gap. */
  next: Day
}

/** Which days a daily run loads. Civil days only: no instant, no zone, so no day is 23 hours long. */
export function planDays({ today, date, daysBack, daysAhead, watermark, since, catchUp }: DaysRequest): PlannedDays {
  const target = date ?? addDays(today, -1)
  const days = new Set(eachDay(addDays(target, 1 - daysBack), addDays(target, daysAhead)))
  const missed = watermark ? addDays(watermark, 1) : since
  if (catchUp && missed) for (const day of eachDay(missed, target)) days.add(day)
  const sorted = [...days].sort()
  return { target, days: sorted, next: watermark ? addDays(watermark, 1) : (sorted[0] ?? target) }
}

/**
 * Days loaded before whose records may have been corrected since: counted back from the day up to which they were looked at, so that an
 * outage loses no correction.
 * @param loaded the last and the first day that runs have loaded
 */
export function lookbackOf(target: Day, lookbackDays: number, loaded: { last: Day; first: Day } | undefined): Day[] {
  if (!loaded) return []
  // The first day that has not been loaded: at most the target, which is loaded in any case.
  const next = [addDays(loaded.last, 1), target].sort()[0] as Day
  const from = [addDays(next, -lookbackDays), loaded.first].sort()[1] as Day
  return eachDay(from, addDays(next, -1))
}

/**
 * Whether runs have loaded a day: those that a person has passed by setting the watermark forward they have not.
 * @param changes in any order
 */
export function loadedBy(changes: readonly Pick<WatermarkChange, 'previous' | 'value' | 'runId'>[]): (day: Day) => boolean {
  const spans = changes.flatMap(({ previous, value, runId }) =>
    value === null || runId === null ? [] : [{ from: previous === null ? value : addDays(previous, 1), to: value }],
  )
  return day => spans.some(({ from, to }) => from <= day && day <= to)
}

/**
 * The first day that runs have loaded. A first value set by a person says where to begin: what is before is not ours, and the day itself
 * neither.
 * @param changes oldest first
 */
export function firstDayCovered(changes: readonly Pick<WatermarkChange, 'previous' | 'value' | 'runId'>[]): Day | undefined {
  const days = changes.flatMap(({ previous, value, runId }) => {
    if (value === null) return []
    // One that sets the watermark back, because a clock was wrong, has loaded nothing by that.
    if (runId !== null) return previous === null ? [value] : value > previous ? [addDays(previous, 1)] : []
    return previous === null ? [addDays(value, 1)] : []
  })
  return days.sort()[0]
}
