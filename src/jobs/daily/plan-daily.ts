import { addDays, type Day, eachDay } from '../../core/days.ts'

export interface DailyRequest {
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

export interface DailyPlan {
  target: Day
  /** Days to load whole, in order. */
  days: Day[]
  /** Where the watermark stands before the first of them: the frontier moves from here, day by day without a gap. */
  frontier: Day
}

/** Which days a daily run loads. Civil days only: no instant, no zone, so no day is 23 hours long. */
export function planDaily({ today, date, daysBack, daysAhead, watermark, since, catchUp }: DailyRequest): DailyPlan {
  const target = date ?? addDays(today, -1)
  const days = new Set(eachDay(addDays(target, 1 - daysBack), addDays(target, daysAhead)))
  const missed = watermark ? addDays(watermark, 1) : since
  if (catchUp && missed) for (const day of eachDay(missed, target)) days.add(day)
  const sorted = [...days].sort()
  return { target, days: sorted, frontier: watermark ?? addDays(sorted[0] ?? target, -1) }
}

/**
 * Where the watermark stands once a day has been loaded: on that day when it is the next one and is over,
 * else where it was. A day that is not over may yet get games.
 */
export function advanceFrontier(frontier: Day, loaded: Day, today: Day): Day {
  return loaded === addDays(frontier, 1) && loaded < today ? loaded : frontier
}
