import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'

/** The only source of time in the project. */
export interface Clock {
  /** It is the host's own, which should be right; any other is for tests and rehearsals. */
  isOwn?: boolean
  /** The current instant. */
  now(): Date
  /** Milliseconds that only ever grow, for measuring durations. */
  elapsedMs(): number
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Whether so much time has passed since an instant; where the clock was set back behind it, it has. */
export function hasPassed(clock: Clock, since: Date, ms: number): boolean {
  const passedMs = clock.now().getTime() - since.getTime()
  return passedMs < 0 || passedMs >= ms
}

/** The latest time that a record can have which was made under a right clock: those of hosts differ by less than an hour, or are refused. */
export const latestBelieved = (now: Date): Date => new Date(now.getTime() + 3_600_000)

/**
 * The system's clock. `startAt` shifts it so that it reads that instant now and runs on from there
 * (`SPORTS_INGEST_NOW`, for tests and rehearsals).
 */
export function createClock(startAt?: Date): Clock {
  const shiftMs = startAt ? startAt.getTime() - Date.now() : 0
  return {
    isOwn: startAt === undefined,
    now: () => new Date(Date.now() + shiftMs),
    elapsedMs: () => performance.now(),
    sleep: sleepReally,
  }
}

/**
 * A clock that runs so many times faster than the system's (`SPORTS_INGEST_CLOCK=x720`, to rehearse a month in an hour). Where several
 * processes are to share its time, each is told the real instant at which it read `startAt`; else that is now.
 */
export function createFastClock(
  factor: number,
  { startAt, since }: { startAt?: Date | undefined; since?: Date | undefined } = {},
): Clock {
  const sinceMs = since?.getTime() ?? Date.now()
  const startMs = startAt?.getTime() ?? sinceMs
  return {
    now: () => new Date(startMs + (Date.now() - sinceMs) * factor),
    elapsedMs: () => performance.now() * factor,
    sleep: (ms, signal) => sleepReally(ms < shortestLeapMs ? ms : ms / factor, signal),
  }
}

/** Shorter waits are for other processes (a server that starts, a socket file), which a leap does not make faster. */
const shortestLeapMs = 250

/**
 * A clock that leaps over waits (`SPORTS_INGEST_CLOCK=leap`, to rehearse a season in minutes): it runs like the system's clock, and
 * when code sleeps it moves to the earliest wake-up at once. Only one sleeper is woken at a time, in the order of their wake-ups, and runs
 * until it waits for anything but I/O before the next leap. Waits leap even while I/O is under way, so time-outs of requests must use
 * the system's timers.
 */
export function createLeapingClock(startAt?: Date): Clock {
  const startMs = startAt?.getTime() ?? Date.now()
  const begunMs = performance.now()
  const sleepers = new Set<{ wakeAtMs: number; wake(): void }>()
  let leaptMs = 0
  let leaping = false

  const elapsedMs = () => performance.now() - begunMs + leaptMs

  async function leap(): Promise<void> {
    if (leaping) return
    leaping = true
    while (sleepers.size > 0) {
      await nextTurn()
      const [next] = [...sleepers].sort((a, b) => a.wakeAtMs - b.wakeAtMs)
      leaptMs += Math.max(0, (next?.wakeAtMs ?? 0) - elapsedMs())
      next?.wake()
    }
    leaping = false
  }

  async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms < shortestLeapMs) return await sleepReally(ms, signal)
    signal?.throwIfAborted()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const stop = () => reject(signal?.reason)
    const sleeper = { wakeAtMs: elapsedMs() + ms, wake: resolve }
    sleepers.add(sleeper)
    signal?.addEventListener('abort', stop, { once: true })
    void leap()
    try {
      await promise
    } finally {
      sleepers.delete(sleeper)
      signal?.removeEventListener('abort', stop)
    }
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
