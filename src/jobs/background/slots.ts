/** Jobs are quick while each slot is free again within so long. That has to be seen once a second. */
const [quickMs, seenMs] = [100, 1_000]

/** So many jobs are begun for each slot before there is one, where they are quick: a worker asks for many at once, and each waits its turn. */
const aheadOfSlot = 5

/** So long a job waits for a slot. */
const patienceMs = aheadOfSlot * quickMs

/** So many jobs are worked at a time; further ones wait for those before them. `nowMs`: of a clock that does not leap. */
export function createSlots(count: number, nowMs: () => number) {
  const waiting = new Set<() => void>()
  let free = count
  let [sinceMs, freed] = [nowMs(), 0]
  let quickUntilMs = Number.NEGATIVE_INFINITY

  /** Looks whether all slots were free once within a short time. */
  function note(): void {
    const now = nowMs()
    if (now - sinceMs > quickMs) [sinceMs, freed] = [now, 0]
    if (++freed === count) quickUntilMs = now + seenMs
  }

  return {
    /** Takes a slot as soon as there is one. False where that takes too long, or the signal aborts before. */
    async take(signal: AbortSignal): Promise<boolean> {
      if (free > 0) {
        free--
        return true
      }
      if (signal.aborted) return false
      return await new Promise(resolve => {
        const end = (isTaken: boolean) => {
          waiting.delete(give)
          clearTimeout(timer)
          signal.removeEventListener('abort', giveUp)
          resolve(isTaken)
        }
        const give = () => end(true)
        const giveUp = () => {
          quickUntilMs = Number.NEGATIVE_INFINITY
          end(false)
        }
        const timer = setTimeout(giveUp, patienceMs)
        signal.addEventListener('abort', giveUp)
        waiting.add(give)
      })
    },
    release(): void {
      note()
      const [next] = waiting
      if (next) next()
      else free++
    },
    /** How many jobs may be begun besides those that there are slots for. */
    ahead: (): number => (nowMs() < quickUntilMs ? aheadOfSlot * count : 0),
  }
}
