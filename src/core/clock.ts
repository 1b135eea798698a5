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
    sleep: sleepReally,
  }
}

/** Shorter waits are for other processes (a server that starts, a socket file), which no leap makes faster. */
const shortestLeapMs = 250

interface Sleeper {
  readonly wakeAtMs: number
  wake(): void
}

/**
 * A clock that leaps over waits (`SPORTS_INGEST_CLOCK=leap`, for rehearsals of a season in minutes): it runs on like the system's,
 * and where somebody sleeps it moves to the earliest wake-up at once. Only one sleeper is woken at a time, in the order of their
 * wake-ups, and what he does before he next waits for anything but I/O happens before the next leap. A wait beside I/O leaps all
 * the same, so what bounds a request has to use the system's timers.
 */
export function createLeapingClock(startAt?: Date): Clock {
  const startMs = startAt?.getTime() ?? Date.now()
  const begunMs = performance.now()
  const sleepers = new Set<Sleeper>()
  let leaptMs = 0
  let leaping = false

  const elapsedMs = () => performance.now() - begunMs + leaptMs

  function leapSoon(): void {
    if (leaping || sleepers.size === 0) return
    leaping = true
    setImmediate(leap)
  }

  function leap(): void {
    leaping = false
    const [next] = [...sleepers].sort((a, b) => a.wakeAtMs - b.wakeAtMs)
    if (!next) return
    leaptMs += Math.max(0, next.wakeAtMs - elapsedMs())
    next.wake()
    leapSoon()
  }

  async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms < shortestLeapMs) return await sleepReally(ms, signal)
    signal?.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const end = (settle: () => void) => {
        sleepers.delete(sleeper)
        signal?.removeEventListener('abort', abort)
        settle()
      }
      const abort = () => end(() => reject(signal?.reason))
      const sleeper = { wakeAtMs: elapsedMs() + ms, wake: () => end(resolve) }
      sleepers.add(sleeper)
      signal?.addEventListener('abort', abort, { once: true })
      leapSoon()
    })
  }

  return { now: () => new Date(startMs + elapsedMs()), elapsedMs, sleep }
}

async function sleepReally(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(Math.max(0, ms), undefined, signal ? { signal } : {})
  } catch (error) {
    throw signal?.aborted ? signal.reason : error
  }
}
