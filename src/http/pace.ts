import { setTimeout as delay } from 'node:timers/promises'
import type { RateBudget } from '../core/rate-budget.ts'

export interface Start {
  /** Above 0: no request may start; the provider has asked for a pause that lasts this much longer. */
  pausedMs: number
  /** The pause lasts because so many requests were sent today. */
  spentQuota?: number | undefined
  /** To be called when the request is sent: it may have had to connect first. */
  sent(): void
}

/**
 * Waits until the next request may start. One caller at a time. Rejects when the signal aborts.
 * By the system's time: pacing protects a real server, also from a rehearsal with a clock of its own.
 */
export type Pace = (signal: AbortSignal) => Promise<Start>

/** The pace of a process that asks alone. */
export function createOwnPace(ratePerSecond: number): Pace {
  // Paced at exactly 500 ms, timer jitter put three requests into one second.
  const gapMs = (1000 / ratePerSecond) * 1.01
  let last = Number.NEGATIVE_INFINITY
  const sent = () => {
    last = performance.now()
  }
  // Where one was late, because the process was busy or had to connect, the next is later too.
  return async signal => {
    await sleepUntil(last + gapMs, signal)
    sent()
    return { pausedMs: 0, sent }
  }
}

/** A request this late counts as in time: the budget leaves 10 ms unused in each second, and networks vary as much. */
const toleranceMs = 4

/** A start that is later than this is not used: the process was halted, and others have sent their requests meanwhile. */
const expiryMs = 100

/** How long before a start the budget is checked once more. */
const lookMs = 50

/**
 * The pace of a process that shares a budget. It has at most one start booked, so that is all that is lost when it is killed. The start
 * of a request that was aborted is used by the next one.
 */
export function createSharedPace(budget: RateBudget): Pace {
  let booked: number | undefined
  let unused = false

  async function book(): Promise<Pick<Start, 'pausedMs' | 'spentQuota'>> {
    const { waitMs, pausedMs, spentQuota } = await budget.reserve(unused)
    unused = false
    if (pausedMs === 0) booked = performance.now() + waitMs
    return { pausedMs, spentQuota }
  }

  /** Postpones the starts of other processes, which would follow too closely. If that fails, no request fails with it. */
  function tellLate(ms: number): void {
    if (ms > toleranceMs) budget.postpone(ms - toleranceMs).catch(() => {})
  }

  /** Waits for the booked start, and returns its time, or how long the pause lasts that has come in between. */
  async function wait(at: number, signal: AbortSignal): Promise<{ at: number; pausedMs: number }> {
    let latest = { at, pausedMs: 0 }
    if (at - performance.now() > lookMs) {
      await sleepUntil(at - lookMs, signal)
      // An answer that comes too late is not waited for.
      budget.look().then(
        ({ waitMs, pausedMs }) => {
          latest = { at: performance.now() + waitMs, pausedMs }
        },
        () => {}, // the next reservation meets the same error, and reports it
      )
    }
    await sleepUntil(at, signal)
    if (latest.pausedMs === 0) await sleepUntil(latest.at, signal)
    return latest
  }

  return async signal => {
    // On a machine that is too busy to be in time, a late start is used in the end.
    for (let mostMs = expiryMs; ; mostMs *= 2) {
      signal.throwIfAborted()
      const paused = booked === undefined ? await book() : undefined
      if (paused && booked === undefined) return { ...paused, sent() {} }
      if (booked === undefined) continue
      const { at, pausedMs } = await wait(booked, signal)
      booked = undefined
      unused = pausedMs > 0 || performance.now() - at > mostMs
      if (unused && pausedMs === 0) continue
      return { pausedMs, sent: () => tellLate(performance.now() - at) }
    }
  }
}

/** A timer may fire a moment early. */
async function sleepUntil(at: number, signal: AbortSignal): Promise<void> {
  for (let leftMs = at - performance.now(); leftMs > 0; leftMs = at - performance.now())
    await delay(leftMs, undefined, { signal })
}
