import type { App } from '../../app.ts'
import { createInlineQueue } from '../../queue/inline.ts'
import { listMessages, type WaitingFilter } from '../../store/background-jobs.ts'
import { runStatsJob } from './stats-job.ts'
import { sendAllNotices } from './tell-caches.ts'
import { createJobWorker, type JobNote } from './work-job.ts'
import { takeWorkerLease } from './worker-lease.ts'

/** Works waiting jobs about statistics in this process, one after the other, each once: what is to be tried again is left to the next, or to a worker. */
export async function workInline(app: App, filter: WaitingFilter): Promise<JobNote[]> {
  const { database, clock, log, signal } = app
  const messages = await database.run(sql => listMessages(sql, filter))
  if (messages.length === 0) return []
  const { lease, holder } = await takeWorkerLease(app)
  const notes: JobNote[] = []
  const worker = createJobWorker(
    app,
    holder,
    { concurrency: 1, kinds: { stats: runStatsJob } },
    { onBegin: () => {}, onEnd: note => notes.push(note) },
  )
  const queue = createInlineQueue({ clock, log })
  try {
    let left = messages.length
    const { promise: isDone, resolve } = Promise.withResolvers<void>()
    const working = await queue.work(
      async ({ id, signal: ending }) => {
        try {
          await worker.work(id, AbortSignal.any([signal, ending]))
        } finally {
          if (--left === 0) resolve()
        }
        return { kind: 'done' }
      },
      { concurrency: 1 },
    )
    await queue.send(messages.map(id => ({ id, payload: {} })))
    await isDone
    await working.stop()
    await worker.written()
    await sendAllNotices(app)
    return notes
  } finally {
    await queue.close()
    await lease.release()
  }
}
