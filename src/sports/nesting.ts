/** Levels of a payload: real ones have ten. What is deeper cannot be written as JSON again, which is recursive. */
export const maxLevels = 200

/** Whether a value is nested deeper than that; looks no deeper itself. */
export function isTooDeep(value: unknown, left = maxLevels): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (left === 0) return true
  for (const inner of Object.values(value)) if (isTooDeep(inner, left - 1)) return true
  return false
}

/** What of an entry can be kept: all but the fields that are too deep. */
export const withoutDeep = (entry: object): object =>
  Object.fromEntries(Object.entries(entry).filter(([, value]) => !isTooDeep(value, maxLevels - 1)))
