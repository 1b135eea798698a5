import type { App } from '../../app.ts'
import { isQueued } from './enqueue.ts'

/**
 * Recomputes statistics after rows of a sport were loaded, where that is not left to workers. The rows are committed by then: what fails is
 * told, tried again after the next load, and shown by `jobs list`.
 */
export async function recomputeInline(app: App, sport: string): Promise<void> {
  if (isQueued(app.config, 'match')) return
  const { log, signal } = app
  try {
    const { workInline } = await import('./work-inline.ts')
    for (const { job, end } of await workInline(app, { sport }))
      if (end.error) log.warn('job.failed', { sport, job: job.id, reason: end.error })
  } catch (error) {
    if (!signal.aborted) log.warn('job.failed', { sport, reason: (error as Error).message })
  }
}
