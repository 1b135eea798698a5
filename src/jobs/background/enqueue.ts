import type { App } from '../../app.ts'
import type { Config } from '../../core/config/config.ts'
import { BugError } from '../../core/errors.ts'
import { addJob, type BackgroundJob, findJob, type Trigger } from '../../store/background-jobs.ts'
import type { StatsPayload } from './stats-job.ts'

/** Whether jobs of a trigger are left to workers. */
export const isQueued = ({ backgroundJobs }: Config, trigger: Trigger): boolean =>
  backgroundJobs.global && backgroundJobs[trigger]

export interface StatsRequest {
  triggeredBy: Trigger
  requestId: string | undefined
  payload: StatsPayload
}

/** Adds a job that recomputes statistics; where its trigger is not queued, it is done before this returns. */
export async function enqueueStats(
  app: App,
  { triggeredBy, requestId, payload }: StatsRequest,
): Promise<{ job: BackgroundJob; isNew: boolean }> {
  const { database, config } = app
  const { id, isNew } = await database.transaction(tx =>
    addJob(tx, { kind: 'stats', triggeredBy, requestId, payload: { ...payload } }),
  )
  if (isNew && !isQueued(config, triggeredBy)) await workHere(app, id)
  const job = await database.run(sql => findJob(sql, id))
  if (!job) throw new BugError(`Job ${id} is gone.`)
  return { job, isNew }
}

/** Does a job once, and leaves it to nobody: where it fails, it has failed. */
export async function workHere(app: App, id: number): Promise<void> {
  const { config } = app
  const { workInline } = await import('./work-inline.ts')
  await workInline({ ...app, config: { ...config, retry: { ...config.retry, maxAttempts: 1 } } }, { ids: [id] })
}
