import { addDays, type Day } from '../core/days.ts'
import type { WatermarkChange } from '../store/watermarks.ts'

/**
 * The first day that runs have loaded. A first value set by a person says where to begin: what is before is not ours, and the day
 * itself neither.
 * @param changes oldest first
 */
export function firstDayCovered(changes: readonly Pick<WatermarkChange, 'previous' | 'value' | 'runId'>[]): Day | undefined {
  const days = changes.flatMap(({ previous, value, runId }) => {
    if (value === null) return []
    if (runId !== null) return [previous === null ? value : addDays(previous, 1)]
    return previous === null ? [addDays(value, 1)] : []
  })
  return days.sort()[0]
}
