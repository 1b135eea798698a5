export interface Deadline extends Disposable {
  readonly signal: AbortSignal
  abort(reason: unknown): void
}

/**
 * A signal that aborts with its parent, by hand, or with `late()` after `timeoutMs`. Disposed of, it lets go of timer and parent;
 * `AbortSignal.any` would leave both to the garbage collector, for each of thousands of requests below one long-lived signal.
 */
export function createDeadline(parent: AbortSignal | undefined, timeoutMs?: number, late?: () => Error): Deadline {
  const controller = new AbortController()
  const follow = () => controller.abort(parent?.reason)
  if (parent?.aborted) follow()
  else parent?.addEventListener('abort', follow, { once: true })
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => controller.abort(late?.()), timeoutMs)
  return {
    signal: controller.signal,
    abort: reason => controller.abort(reason),
    [Symbol.dispose]() {
      clearTimeout(timer)
      parent?.removeEventListener('abort', follow)
    },
  }
}
