import type { App } from '../../app.ts'
import { dropDeadWorkers, type HeldJob, type Holder, listHeld, takeBack } from '../../store/background-jobs.ts'
import { endSilentHolder } from '../../store/leases.ts'
import type { JobWorker } from './work-job.ts'

/**
 * Looks after jobs at work, its own and those of others: gives those of workers that are gone to whoever is free, and stops those of its own
 * that it does not hold any more. To be called every few seconds.
 */
export function createCare({ database, config, log }: App, holder: Holder, worker: JobWorker) {
  let suspects = new Set<string>()

  /** Sessions come back after a restart of the server, and what was begun is known here a moment later: both are asked for twice. */
  const isLost = ({ message, lease, isExpired, isGone }: HeldJob): 'now' | 'perhaps' | 'no' => {
    if (lease === holder.lease) return worker.held.has(message) ? 'no' : 'perhaps'
    if (isExpired) return 'now'
    return isGone ? 'perhaps' : 'no'
  }

  return async (): Promise<void> => {
    const begun = [...worker.held].flatMap(([message, { job }]) => (job ? [message] : []))
    const all = await database.run(listHeld, 1)
    const alive = new Set(all.map(({ message }) => message))
    worker.lose(begun.filter(message => !alive.has(message)))
    const doubtful = all.map(job => ({ ...job, state: isLost(job) })).filter(({ state }) => state !== 'no')
    const lost = doubtful.filter(({ state, message }) => state === 'now' || suspects.has(message))
    suspects = new Set(doubtful.map(({ message }) => message))
    const { maxAttempts } = config.retry
    for (const { message, workerId, lease } of lost) {
      const isOwn = lease === holder.lease
      const error = isOwn ? 'Its end could not be written.' : `Its worker ${workerId} is gone.`
      // Halted within a transaction, it keeps locked what the next one needs.
      if (lease !== null && !isOwn && !database.isPooled) await database.run(sql => endSilentHolder(sql, lease), 1)
      const [taken] = await database.run(sql => takeBack(sql, [message], { maxAttempts, counts: !isOwn, error }))
      if (taken) log.warn('job.taken-back', { job: taken.id, status: taken.status, reason: error })
    }
    if (lost.length > 0) await database.run(dropDeadWorkers, 1)
  }
}
