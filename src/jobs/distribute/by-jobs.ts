import type { App } from '../../app.ts'
import { BugError } from '../../core/errors.ts'
import { addJob, findReason, listEnded, readJobFacts, removeJobs } from '../../store/background-jobs.ts'
import type { LoadElsewhere } from './elsewhere.ts'
import type { UnitResult } from './unit-order.ts'

const lookEveryMs = 200
/** So long units may wait without a worker that can load them before that is told, again and again. */
const tellEveryMs = 30_000

interface Waiting {
  resolve(result: UnitResult): void
  reject(error: unknown): void
}

/**
 * Does some work whose units are background jobs, which any worker loads. What is not loaded when the work ends is removed; where this
 * process dies, workers go on with the units that are queued until another run takes the leases.
 */
export async function withWorkers<T>(app: App, work: (load: LoadElsewhere) => Promise<T>): Promise<T> {
  const { database, clock, log, signal } = app
  const waiting = new Map<number, Waiting>()
  const over = new AbortController()
  const watching = watch()
  try {
    return await work(async order => {
      const { run, unit } = order
      const requestId = ['run', run, unit.key, unit.part].join(' ').trim()
      const { id } = await database.transaction(tx =>
        addJob(tx, { kind: 'unit', triggeredBy: 'admin', requestId, payload: { ...order } }),
      )
      const { promise, resolve, reject } = Promise.withResolvers<UnitResult>()
      waiting.set(id, { resolve, reject })
      if (signal.aborted) reject(signal.reason)
      return await promise
    })
  } finally {
    over.abort()
    await watching
    await removeLeft().catch((error: Error) => log.debug('units.left', { reason: error.message }))
  }

  async function watch(): Promise<void> {
    const ending = AbortSignal.any([over.signal, signal])
    let toldMs = clock.elapsedMs() - tellEveryMs
    while (!ending.aborted) {
      try {
        if (waiting.size > 0) {
          await look()
          if (clock.elapsedMs() - toldMs >= tellEveryMs) {
            toldMs = clock.elapsedMs()
            await tellWhatHoldsUp()
          }
        }
        await clock.sleep(lookEveryMs, ending)
      } catch (error) {
        if (ending.aborted) break
        for (const { reject } of waiting.values()) reject(error)
      }
    }
    if (signal.aborted) for (const { reject } of waiting.values()) reject(signal.reason)
  }

  /** Hands over what has become of units; what is left waits. */
  async function look(): Promise<void> {
    const ended = await database.run(sql => listEnded(sql, [...waiting.keys()]))
    for (const { id, status, results, lastError } of ended) {
      const value = results['load']?.value as UnitResult | undefined
      const unit = waiting.get(id)
      waiting.delete(id)
      if (status === 'completed' && value) unit?.resolve(value)
      else unit?.reject(new BugError(`Job ${id}, which was to load it, has failed: ${lastError}`))
    }
  }

  async function tellWhatHoldsUp(): Promise<void> {
    const [{ workers }, reason] = await database.run(sql =>
      Promise.all([readJobFacts(sql), findReason(sql, [...waiting.keys()])]),
    )
    if (workers > 0 && reason === undefined) return
    const why =
      workers === 0 ? 'for a worker, and none is at work. Start one: sports-ingest worker' : `for another worker. ${reason}`
    log.warn('units.waiting', { units: waiting.size, message: `${waiting.size} units wait ${why}` })
  }

  async function removeLeft(): Promise<void> {
    if (waiting.size > 0) await database.run(sql => removeJobs(sql, [...waiting.keys()]))
  }
}
