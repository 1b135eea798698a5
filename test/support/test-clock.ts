import type { Clock } from '../../src/core/clock.ts'

export interface TestClock extends Clock {
  /** Every wait asked for, in milliseconds, in order. */
  readonly waits: number[]
  /** Moves the clock, and wakes the sleepers whose time has come. */
  advance(ms: number): void
  /** Resolves once `count` sleepers are asleep; only a held clock has any. */
  sleeping(count: number): Promise<void>
}

/** An instant, as tests write it: `at('2024-01-15T12:00:00Z')`. */
export const at = (text: string): Date => new Date(text)

/**
 * A clock the test holds: it stands still until someone sleeps. A sleep ends at once and moves the clock by its length.
 * With `held`, sleepers wait until the test advances the clock.
 */
export function createTestClock(startAt: Date | string = '2024-01-15T12:00:00Z', { held = false } = {}): TestClock {
  const start = new Date(startAt).getTime()
  let now = start
  const waits: number[] = []
  const sleepers = new Set<{ until: number; wake: () => void }>()
  const watchers = new Set<() => void>()

  const advance = (ms: number) => {
    now += Math.max(0, ms)
    for (const sleeper of sleepers) if (sleeper.until <= now) sleeper.wake()
  }
  return {
    waits,
    now: () => new Date(now),
    elapsedMs: () => now - start,
    advance,
    async sleep(ms, signal) {
      signal?.throwIfAborted()
      waits.push(ms)
      if (!held) return advance(ms)
      if (ms <= 0) return
      await new Promise<void>((resolve, reject) => {
        const leave = () => {
          sleepers.delete(sleeper)
          signal?.removeEventListener('abort', abort)
        }
        const abort = () => {
          leave()
          reject(signal?.reason)
        }
        const sleeper = {
          until: now + ms,
          wake: () => {
            leave()
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', abort, { once: true })
        for (const watch of watchers) watch()
      })
    },
    sleeping: count =>
      new Promise(resolve => {
        const watch = () => {
          if (sleepers.size < count) return
          watchers.delete(watch)
          resolve()
        }
        watchers.add(watch)
        watch()
      }),
  }
}
