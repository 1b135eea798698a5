import type { Day } from '../../core/days.ts'
import type { Unit } from '../../pipeline/unit.ts'
import { readEntry } from './entries.ts'

/** Requests by provider. */
export type RequestCounts = ReadonlyMap<string, number>

/**
 * How many requests units take, by provider: of files at least, because a redirect is one more; of pages as many as days usually have.
 * Requests that have to be repeated are not foreseen, nor those that check whether others are needed.
 */
export function countRequests(units: readonly Unit[], today: Day): RequestCounts {
  const counts = new Map<string, number>()
  const add = (provider: string, count: number) => {
    if (count > 0) counts.set(provider, (counts.get(provider) ?? 0) + count)
  }
  for (const unit of units) {
    if (unit.read === 'file') add(unit.dataset.sources(unit)[0]?.provider ?? '', 1)
    else if (!unit.problem)
      for (const dataset of unit.datasets) {
        const { provider, usualPages = 1 } = dataset
        // A malformed entry becomes a dead letter without a request.
        const events = dataset.units === 'event' ? unit.events.flatMap(entry => readEntry(entry) ?? []) : [undefined]
        for (const event of events) add(provider, [...dataset.requests(unit, { today, event })].length * usualPages)
      }
  }
  return counts
}

export const sumRequests = (counts: RequestCounts): number => [...counts.values()].reduce((sum, count) => sum + count, 0)
