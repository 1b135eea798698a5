import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import { deliver, type Handler, type Message, type Queue } from './queue.ts'

interface Waiting extends Required<Message> {
  dueMs: number
  attempt: number
}

/** A queue in this process alone, for tests and for commands that do the work themselves. What is in it ends with the process. */
export function createInlineQueue({ clock, log }: { clock: Clock; log: Log }): Queue {
  const waiting = new Map<string, Waiting>()
  const running = new Map<string, Promise<void>>()
  const closing = new AbortController()
  let handler: Handler | undefined
  let concurrency = 0
  let reserved = 0
  let signal = closing.signal
  const nowMs = () => clock.now().getTime()

  function add(messages: readonly Message[], dueMs: number): void {
    for (const { id, payload, priority = 0 } of messages)
      if (!waiting.has(id) && !running.has(id))
        waiting.set(id, { id, payload: structuredClone(payload), priority, dueMs, attempt: 1 })
    wakeAt(dueMs)
  }

  /** A timer may be early by a millisecond. */
  function wakeAt(dueMs: number): void {
    const waitMs = dueMs - nowMs()
    if (waitMs <= 0) pump()
    else
      void clock.sleep(waitMs, closing.signal).then(
        () => wakeAt(dueMs),
        () => {},
      )
  }

  function pump(): void {
    while (handler && running.size + reserved < concurrency && !signal.aborted) {
      const due = [...waiting.values()].filter(({ dueMs }) => dueMs <= nowMs())
      const [next] = due.sort((a, b) => b.priority - a.priority || a.dueMs - b.dueMs)
      if (!next) return
      waiting.delete(next.id)
      running.set(next.id, run(handler, next))
    }
  }

  async function run(handler: Handler, message: Waiting): Promise<void> {
    const settled = await deliver(handler, { ...message, signal }, () => clock.now(), log)
    running.delete(message.id)
    if (settled.kind === 'again') {
      const dueMs = nowMs() + settled.afterMs
      waiting.set(message.id, { ...message, attempt: settled.attempt, dueMs })
      wakeAt(dueMs)
    }
    pump()
  }

  return {
    driver: 'inline',
    send: async messages => add(messages, nowMs()),
    schedule: async (messages, at) => add(messages, at.getTime()),
    cancel: async ids => ids.filter(id => waiting.delete(id)).length,
    work: async (work, options) => {
      const stopping = new AbortController()
      ;[handler, concurrency, signal] = [work, options.concurrency, stopping.signal]
      pump()
      return {
        reserve: most => {
          const count = Math.max(0, Math.min(most, concurrency - running.size - reserved))
          reserved += count
          return count
        },
        release: () => {
          reserved--
          pump()
        },
        stop: async () => {
          stopping.abort()
          await Promise.all(running.values())
          handler = undefined
        },
      }
    },
    close: async () => closing.abort(),
  }
}
