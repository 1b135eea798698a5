import type { App } from '../../app.ts'
import { createAlarm } from '../../core/alarm.ts'
import type { Queue, Working } from '../../queue/queue.ts'
import { jobsChannel, markUnsent, takeUnsent } from '../../store/background-jobs.ts'
import type { Listen } from '../../store/listen.ts'
import type { JobWorker } from './work-job.ts'

const atOnce = 500

/** New jobs are announced; those that are due again, and all where nothing is heard, are found by asking. */
const [pollMs, pollDeafMs] = [1_000, 250]

const pauseMs = 2_000

export interface Parts {
  queue: Queue
  working: Pick<Working, 'reserve' | 'release'>
  worker: Pick<JobWorker, 'workDue'>
  /** Undefined where nobody can listen. */
  listen: Listen | undefined
  signal: AbortSignal
}

/**
 * Begins what is due in the idle slots of this worker, and gives the rest to the queue, for whoever is free; until told to stop, woken by
 * what adds jobs. That something cannot be sent is told once.
 */
export async function dispatch({ database, log }: App, { queue, working, worker, listen, signal }: Parts): Promise<void> {
  const alarm = createAlarm()
  const begun = new Set<Promise<void>>()
  const ring = () => alarm.ring()
  signal.addEventListener('abort', ring)
  const listening = await listen?.(jobsChannel, ring, ring).catch(() => undefined)
  let isFailing = false
  try {
    while (!signal.aborted) {
      try {
        if ((await beginSome()) && (await sendSome())) continue
        isFailing = false
        await alarm.wait(listening ? pollMs : pollDeafMs)
      } catch (error) {
        log[isFailing ? 'debug' : 'warn']('queue.unsent', { driver: queue.driver, reason: (error as Error).message })
        isFailing = true
        await alarm.wait(pauseMs)
      }
    }
  } finally {
    signal.removeEventListener('abort', ring)
    await listening?.close()
    await Promise.all(begun)
  }

  /** Whether there may be more than there are idle slots. */
  async function beginSome(): Promise<boolean> {
    const slots = working.reserve(atOnce)
    let left = slots
    try {
      for (const work of slots > 0 ? await worker.workDue(slots, signal) : []) {
        left--
        const ended: Promise<void> = work.finally(() => {
          begun.delete(ended)
          working.release()
        })
        begun.add(ended)
      }
      return left === 0
    } finally {
      for (; left > 0; left--) working.release()
    }
  }

  /** Whether there may be more. */
  async function sendSome(): Promise<boolean> {
    const due = await database.run(sql => takeUnsent(sql, atOnce))
    if (due.length === 0) return false
    try {
      await queue.send(due.map(({ id, message, priority }) => ({ id: message, payload: { job: id }, priority })))
    } catch (error) {
      await database.run(sql =>
        markUnsent(
          sql,
          due.map(({ message }) => message),
        ),
      )
      throw error
    }
    return due.length === atOnce
  }
}
