export type Deadline = ReturnType<typeof createDeadline>

/**
 * A signal that aborts with its parent, by hand, or with `late()` after `timeoutMs`. When disposed of, it releases timer and parent;
 * `AbortSignal.any` would leave both to the garbage collector, for each of thousands of requests below one long-lived signal.
 */
export function createDeadline(parent: AbortSignal | undefined, timeoutMs?: number, late?: () => Error) {
  const controller = new AbortController()
  const follow = () => controller.abort(parent?.reason)
  if (parent?.aborted) follow()
  else parent?.addEventListener('abort', follow, { once: true })

  let leftMs = timeoutMs
  let running: { timer: NodeJS.Timeout; sinceMs: number } | undefined
  const resume = () => {
    if (leftMs === undefined || running) return
    running = { timer: setTimeout(() => controller.abort(late?.()), leftMs), sinceMs: performance.now() }
  }
  const pause = () => {
    if (leftMs === undefined || !running) return
    clearTimeout(running.timer)
    leftMs = Math.max(0, leftMs - (performance.now() - running.sinceMs))
    running = undefined
  }
  resume()
  return {
    signal: controller.signal,
    abort: (reason: unknown) => controller.abort(reason),
    /** Stops the time-out where it stands; the signal still follows its parent. */
    pause,
    /** Lets the time-out go on with what is left of it. */
    resume,
    [Symbol.dispose]() {
      pause()
      leftMs = undefined // a later resume starts nothing
      parent?.removeEventListener('abort', follow)
    },
  }
}
