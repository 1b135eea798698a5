import { setTimeout as delay } from 'node:timers/promises'
import Bottleneck from 'bottleneck'
import type { Clock } from '../core/clock.ts'
import { Failure } from './failure.ts'
import type { Limits } from './limits.ts'

/** Lets requests through one by one: paced, not too many at once, and none while the provider has asked for a pause. */
export interface Gate {
  /** Runs `act` when it is its turn. Rejects with the signal's reason when that aborts first. */
  turn<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T>
  /** No request starts before `at`. Only ever extends a pause. */
  pauseUntil(at: Date): void
  close(): Promise<void>
}

/** `maxPauseMs`: a longer pause is not waited for; asking throws Failure `throttled` instead. */
export function createGate({ ratePerSecond, maxConcurrent }: Limits, clock: Clock, maxPauseMs: number): Gate {
  // Paced at exactly 500 ms, timer jitter put three requests into one second.
  const gapMs = (1000 / ratePerSecond) * 1.01
  const limiter = new Bottleneck({ minTime: Math.ceil(gapMs), maxConcurrent })
  let pausedUntil = Number.NEGATIVE_INFINITY
  let lastStart = Number.NEGATIVE_INFINITY

  const pauseLeft = () => pausedUntil - clock.now().getTime()

  // Bottleneck spaces the planned starts. Where a busy event loop was late with one, the next would follow too closely.
  // The system's time on purpose: pacing protects a real server, also from a rehearsal with a clock of its own.
  async function keepDistance(signal: AbortSignal): Promise<void> {
    for (;;) {
      const earlyMs = lastStart + gapMs - performance.now()
      if (earlyMs <= 0) break
      await delay(earlyMs, undefined, { signal })
    }
    lastStart = performance.now()
  }

  return {
    async turn(act, signal) {
      for (;;) {
        for (let left = pauseLeft(); left > 0; left = pauseLeft()) {
          if (left > maxPauseMs) throw new Failure('throttled', 'asked for a pause before', { retryAt: new Date(pausedUntil) })
          await clock.sleep(left, signal)
        }
        const passed = await untilAborted(signal, () =>
          limiter.schedule(async () => {
            if (signal.aborted || pauseLeft() > 0) return undefined
            await keepDistance(signal)
            return { result: await act() }
          }),
        )
        // Those who queued before a pause began go back to wait, and queue again: a pause does not end in a burst.
        if (passed) return passed.result
      }
    },
    pauseUntil(at) {
      pausedUntil = Math.max(pausedUntil, at.getTime())
    },
    close: () => limiter.stop({ dropWaitingJobs: true }),
  }
}

/** Bottleneck knows no signals: a queued job that was aborted is left behind, and does nothing when its turn comes. */
function untilAborted<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    act()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}
