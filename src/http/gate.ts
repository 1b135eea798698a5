import Bottleneck from 'bottleneck'
import type { Clock } from '../core/clock.ts'
import type { RateBudget } from '../core/rate-budget.ts'
import { Failure } from './failure.ts'
import type { Limits } from './limits.ts'
import { createOwnPace, createSharedPace } from './pace.ts'

export interface GateOptions {
  clock: Clock
  /** A longer pause is not waited for: `turn` throws Failure `throttled`. */
  maxPauseMs: number
  /** Shared with other processes that ask the same provider: it then decides when a request starts. */
  budget?: RateBudget | undefined
}

export type Gate = ReturnType<typeof createGate>

/** Starts requests one by one: paced, not too many in flight, and none during a pause that the provider has asked for (429). */
export function createGate({ ratePerSecond, maxConcurrent }: Limits, { clock, maxPauseMs, budget }: GateOptions) {
  const pace = budget ? createSharedPace(budget) : createOwnPace(ratePerSecond)
  const places = new Bottleneck({ maxConcurrent })
  const starts = new Bottleneck({ maxConcurrent: 1 })
  /** As `elapsedMs`: a clock that is set meanwhile does not make a pause longer. */
  let pausedUntil = Number.NEGATIVE_INFINITY
  /** Why: so many requests were sent today. A pause like that is the budget's own. */
  let spentQuota: number | undefined

  const pauseLeft = () => pausedUntil - clock.elapsedMs()

  return {
    /**
     * Runs `act` when its request may start. Rejects with the signal's reason if that aborts first.
     * @param act calls `sent` when its request is sent
     * @param prepare is done before the start, so that `act` loses no time
     */
    async turn<T>(act: (sent: () => void) => Promise<T>, signal: AbortSignal, prepare?: () => Promise<void>): Promise<T> {
      const start = async () => {
        if (signal.aborted || pauseLeft() > 0) return undefined
        if (prepare) await untilAborted(signal, prepare)
        const { pausedMs, sent, ...why } = await pace(signal)
        spentQuota = why.spentQuota
        if (pausedMs > 0) pausedUntil = Math.max(pausedUntil, clock.elapsedMs() + pausedMs)
        if (pauseLeft() > 0) return undefined
        const ended = act(sent)
        ended.catch(() => {}) // it may fail before Bottleneck has passed it to its caller
        return { ended } // in an object, so that the next start does not wait for its end
      }
      for (;;) {
        for (let left = pauseLeft(); left > 0; left = pauseLeft()) {
          if (left > maxPauseMs) throw pauseFailure(spentQuota, new Date(clock.now().getTime() + left))
          await clock.sleep(left, signal)
        }
        const passed = await untilAborted(signal, () =>
          places.schedule(async () => {
            const started = await starts.schedule(start)
            return started && { result: await started.ended }
          }),
        )
        // Requests that were queued when a pause began wait and queue again, so that the pause does not end in a burst.
        if (passed) return passed.result
      }
    },
    /** No request starts before `at`, here and where the budget is shared. Only ever extends a pause. */
    async pauseUntil(at: Date): Promise<void> {
      // A pause that came from the budget need not be written back to it.
      const until = clock.elapsedMs() + at.getTime() - clock.now().getTime()
      if (until <= pausedUntil || spentQuota !== undefined) return
      pausedUntil = until
      await budget?.pause(at)
    },
    async close(): Promise<void> {
      await Promise.all([starts, places].map(limiter => limiter.stop({ dropWaitingJobs: true })))
    },
  }
}

const pauseFailure = (spentQuota: number | undefined, retryAt: Date): Failure =>
  spentQuota === undefined
    ? new Failure('throttled', 'asked for a pause before', { retryAt })
    : new Failure('throttled', `has had its daily_quota of ${spentQuota} requests before`, {
        retryAt,
        isOwn: true,
        hint: 'The next run after that loads the rest; or raise the quota.',
      })

/**
 * Requests that have a slower rate of their own, within that of all. Each is waited for until it is sent, not until it may start: else one that
 * then waits for its turn among all would be followed too closely.
 */
export function createSlowLane(gate: Gate) {
  const lane = new Bottleneck({ maxConcurrent: 1 })
  return {
    turn<T>(act: (sent: () => void) => Promise<T>, signal: AbortSignal): Promise<T> {
      return untilAborted(
        signal,
        () =>
          new Promise<T>((resolve, reject) => {
            const start = async () => {
              if (signal.aborted) return
              await new Promise<void>(release => {
                const tell = (sent: () => void) => () => {
                  sent()
                  release()
                }
                gate
                  .turn(sent => act(tell(sent)), signal)
                  .then(resolve, reject)
                  .finally(release)
              })
            }
            lane.schedule(start).catch(reject)
          }),
      )
    },
    async close(): Promise<void> {
      await Promise.all([lane.stop({ dropWaitingJobs: true }), gate.close()])
    },
  }
}

/** Bottleneck has no signals: an aborted job stays in its queue, and does nothing when it is run. */
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
