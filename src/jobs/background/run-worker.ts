import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../../app.ts'
import { createAlarm } from '../../core/alarm.ts'
import { StoreError } from '../../core/errors.ts'
import type { Queue, Working } from '../../queue/queue.ts'
import { findListen } from '../../store/listen.ts'
import { createCare } from './care.ts'
import { dispatch } from './dispatch.ts'
import type { JobKind } from './job-kind.ts'
import { jobKinds } from './kinds.ts'
import { openQueue } from './open-queue.ts'
import { tellCaches } from './tell-caches.ts'
import { closeUnits } from './unit-job.ts'
import { createJobWorker, type WorkerListener } from './work-job.ts'
import { takeWorkerLease } from './worker-lease.ts'

const careEveryMs = 2_000

/** Jobs have so long to end when the worker is told to stop; then they are put back, before the process ends. */
const patienceMs = 5_000

/** Before it begins anew. */
const pauseMs = 3_000

export interface WorkerOptions {
  concurrency: number
  /** What it can do; all that there is without it. */
  kinds?: Readonly<Record<string, JobKind>>
}

/** Works jobs until told to stop. When it has lost its lease, or its queue, it begins anew. */
export async function runWorker(
  app: App,
  options: WorkerOptions,
  listener: WorkerListener & { onReady(queue: Queue): void },
): Promise<never> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      await runSession(app, options, listener)
    } catch (error) {
      app.signal.throwIfAborted()
      // What a person has to mend is told before anything is waited for.
      if (isFirst || !(error instanceof StoreError)) throw error
      app.log.warn('worker.pause', { reason: error.message })
    }
    app.signal.throwIfAborted()
    await app.clock.sleep(pauseMs, app.signal)
  }
}

/** Returns when the lease is lost. */
async function runSession(
  app: App,
  { concurrency, kinds = jobKinds }: WorkerOptions,
  listener: WorkerListener & { onReady(queue: Queue): void },
): Promise<void> {
  const { log, signal } = app
  const { lease, holder } = await takeWorkerLease(app)
  const ending = AbortSignal.any([signal, lease.lost])
  const over = new AbortController()
  const caches = createAlarm()
  const worker = createJobWorker(
    app,
    holder,
    { concurrency, kinds },
    {
      onBegin: listener.onBegin,
      onEnd: note => {
        listener.onEnd(note)
        caches.ring()
      },
    },
  )
  const care = createCare(app, holder, worker)
  let queue: Queue | undefined
  let working: Working | undefined
  let besides: Promise<unknown> = Promise.resolve()
  let caring: NodeJS.Timeout | undefined
  try {
    const listen = await findListen(app.database, log)
    queue = await openQueue(app, listen)
    log.info('worker.start', { worker: holder.workerId, driver: queue.driver, concurrency })
    working = await queue.work(({ id, signal }) => worker.work(id, signal), { concurrency, ahead: worker.ahead })
    besides = Promise.all([
      dispatch(app, { queue, working, worker, listen, signal: over.signal }),
      tellCaches(app, caches, over.signal),
    ])
    let isCaring = false
    caring = setInterval(() => {
      if (isCaring) return
      isCaring = true
      void care()
        .catch((error: Error) => log.debug('job.care', { reason: error.message }))
        .finally(() => {
          isCaring = false
        })
    }, careEveryMs)
    listener.onReady(queue)
    await aborted(ending)
  } finally {
    over.abort()
    clearInterval(caring)
    const stopped = Promise.all([working?.stop(), besides])
    const written = stopped.then(() => worker.written())
    await Promise.race([written, sleep(patienceMs, undefined, { ref: false })])
    await worker.putBack().catch((error: Error) => log.warn('worker.put-back', { reason: error.message }))
    await Promise.race([Promise.all([queue?.close(), closeUnits(app)]), sleep(1_000, undefined, { ref: false })])
    await lease.release()
    log.info('worker.stop', { worker: holder.workerId })
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
