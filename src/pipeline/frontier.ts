import type { TransactionSql } from 'postgres'
import { addDays, type Day, eachDay } from '../core/days.ts'
import { NotFinalError } from '../core/errors.ts'
import { forgetSettled, keepSettled, readSettled } from '../store/settled.ts'
import { moveWatermark, readWatermark, type WatermarkName } from '../store/watermarks.ts'
import { statusesOf, unfinishedOf } from './event-table.ts'
import type { Failure, Item } from './item.ts'
import { readSettledEvents } from './missing.ts'
import type { Sport } from './sport.ts'
import type { Unit } from './unit.ts'

/** The last position before the first that is not settled. Every watermark moves by this rule, whatever its positions are. */
export function lastBeforeGap(positions: Iterable<string>, isSettled: (position: string) => boolean): string | undefined {
  let last: string | undefined
  for (const position of positions) {
    if (!isSettled(position)) return last
    last = position
  }
  return last
}

/**
 * How a watermark moves with a unit: positions (days, event ids, unit keys) sorted as text, and which of them are settled. It stands on
 * the last one before the first gap, and moves only forward.
 */
export interface Frontier extends WatermarkName {
  /** Where it stands now, or undefined to leave it where it is. */
  find(tx: TransactionSql, settled: Settled, before: string | undefined): Promise<string | undefined>
}

/** What the unit at hand has settled. */
export interface Settled {
  unit?: Unit
  items: readonly Item[]
  /** Datasets that were asked for the unit as a whole and could not be loaded: a span of which nobody knows what there is is not settled. */
  failures: readonly Pick<Failure, 'dataset'>[]
}

/** Moves a watermark within the transaction of the rows it covers. */
export async function advanceFrontier(
  tx: TransactionSql,
  { stage, key, find }: Frontier,
  settled: Settled,
  { at, runId }: { at: Date; runId: number },
): Promise<void> {
  const name = { stage, key }
  const before = await readWatermark(tx, name)
  const value = await find(tx, settled, before)
  if (value === undefined || value <= (before ?? '')) return
  await moveWatermark(tx, { ...name, value, at, by: { runId } })
  // Where runs have settled items beyond it, those that it has passed need not be remembered any more.
  await forgetSettled(tx, name, { upTo: value })
}

/**
 * Moves over items that runs have settled, in whatever order; those beyond a gap are kept in `ingest_settled`.
 * @param positions all it could stand on, sorted as text
 * @param settles which of them a unit settles
 */
export const settledByRuns = (
  name: WatermarkName,
  positions: readonly string[],
  settles: (settled: Settled) => string[],
): Frontier => ({
  ...name,
  find: async (tx, settled, before = '') => {
    const beyond = settles(settled).filter(item => item > before)
    await keepSettled(tx, name, beyond)
    const known = await readSettled(tx, name)
    return lastBeforeGap(
      positions.filter(position => position > before),
      position => known.has(position),
    )
  },
})

/**
 * Where a daily watermark goes when some days have been loaded whole: to the next day, if it is one of them and is over, since a day that is
 * not may yet get events.
 * @param next the day after the watermark, or the one it begins with
 */
export const nextLoadedDay = (next: Day, loaded: { from: Day; to: Day }, today: Day): Day | undefined =>
  lastBeforeGap(next < today ? [next] : [], day => loaded.from <= day && day <= loaded.to)

/**
 * Moves day by day over days that were loaded whole, whether or not their events were over.
 * @param first the day it begins with where it stands nowhere yet
 */
export const settledByDays = (name: WatermarkName, first: Day, today: Day): Frontier => ({
  ...name,
  find: async (_, { unit, failures }, before) => {
    const isLoaded = unit?.read === 'requests' && unit.isWhole && !unit.isPartial && failures.length === 0
    return isLoaded ? nextLoadedDay(before === undefined ? first : addDays(before, 1), unit, today) : undefined
  },
})

/** Stands on the last event of a season up to which the tables cover all. */
export const coveredEvents = (name: WatermarkName, sport: Sport, season: string): Frontier => ({
  ...name,
  find: async tx => {
    const events = (await readSettledEvents(tx, sport, season)) ?? []
    const settled = new Set(events.filter(({ isSettled }) => isSettled).map(({ id }) => id))
    return lastBeforeGap(
      events.map(({ id }) => id),
      id => settled.has(id),
    )
  },
})

/** Stands on the last day up to a target on which the tables cover all events; one that was put off holds nothing. */
export const coveredDays = (name: WatermarkName, sport: Sport, season: string, target: Day): Frontier => ({
  ...name,
  find: async tx => {
    const events = await readSettledEvents(tx, sport, season)
    const [start] = (events ?? []).map(({ day }) => day).sort()
    if (!events || !start) return undefined
    const moved = statusesOf(sport, 'moved')
    const open = new Set(events.filter(({ isSettled, status }) => !isSettled && !moved.includes(status)).map(({ day }) => day))
    return lastBeforeGap(eachDay(addDays(start, -1), target), day => !open.has(day))
  },
})

/** Whether an event is over, and not by its own files: it is asked for until they say so, and the watermark of a season waits for it. */
export const isOpenEnded = ({ failures }: Pick<Item, 'failures'>): boolean =>
  failures.some(({ error }) => error instanceof NotFinalError)

/**
 * Events that need not be asked for again: over, called off, or in the dead letters. One that is ahead, on or moved is not, nor one whose
 * own file does not say that it is over, and the frontier waits for it.
 */
export const settledItems = (sport: Pick<Sport, 'events'>, items: readonly Item[]): string[] => {
  const unfinished = unfinishedOf(sport)
  return items
    .filter(item => !isOpenEnded(item))
    .filter(({ event, failures }) => !event || failures.length > 0 || !unfinished.includes(event.status))
    .map(({ id }) => id)
}
