import { setTimeout as delay } from 'node:timers/promises'

/** Where time comes from. Nothing else in the project asks the system for it. */
export interface Clock {
  /** The current instant. */
  now(): Date
  /** Milliseconds that only ever grow, for measuring durations. */
  elapsedMs(): number
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/**
 * The system's clock. `startAt` shifts it so that it reads that instant now and runs on from there
 * (`SPORTS_INGEST_NOW`, for tests and rehearsals).
 */
export function createClock(startAt?: Date): Clock {
  const shiftMs = startAt ? startAt.getTime() - Date.now() : 0
  return {
    now: () => new Date(Date.now() + shiftMs),
    elapsedMs: () => performance.now(),
    sleep: async (ms, signal) => {
      try {
        await delay(Math.max(0, ms), undefined, signal ? { signal } : {})
      } catch (error) {
        throw signal?.aborted ? signal.reason : error
      }
    },
  }
}
