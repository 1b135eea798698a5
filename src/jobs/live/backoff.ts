const firstMs = 30_000
const atMostMs = { least: 300_000, most: 900_000 }

/**
 * How long to wait after so many failures in a row: twice as long each time, up to the interval between two looks (5 to 15 minutes),
 * a fifth more or less, so that hosts that failed together do not come back together.
 * @param random 0 to 1
 */
export function backoffMs(failures: number, intervalMs: number, random: number): number {
  const longest = Math.min(Math.max(intervalMs, atMostMs.least), atMostMs.most)
  const wait = Math.min(firstMs, intervalMs) * 2 ** (failures - 1)
  return Math.round(Math.min(wait, longest) * (0.8 + 0.4 * random))
}
