import { readJobFacts } from '../store/background-jobs.ts'
import type { Database } from '../store/database.ts'
import { type Check, checksOf, countText, instantText } from './check.ts'

/** A worker that is started by a service manager, or a command that works inline, has begun it by then. */
const waitsMs = 3_600_000

/** Whether background jobs are worked. */
export async function checkBackgroundJobs(database: Database): Promise<Check[]> {
  const jobs = checksOf('background-jobs')
  const { queued, waitsSince, processing, abandoned, failed, lastError, workers, now } = await database.run(readJobFacts)
  const checks: Check[] = []
  const waits = waitsSince ? now.getTime() - waitsSince.getTime() : 0
  if (waits > waitsMs && waitsSince) {
    const what = `${countText(queued, 'job waits', 'jobs wait')}, the oldest since ${instantText(waitsSince)}`
    checks.push(
      workers === 0
        ? jobs.warning(
            `${what}, and no worker is running: statistics are not recomputed.`,
            'Start one and keep it running: sports-ingest worker. To do without, set background_jobs.global to false: each load then does the work itself.',
          )
        : jobs.warning(
            `${what}, and ${countText(workers, 'worker is', 'workers are')} running.`,
            'Start more workers, or look into their logs; worker.queue_name and queue.driver have to be the same for all of them.',
          ),
    )
  }
  if (abandoned > 0)
    checks.push(
      jobs.warning(
        `${countText(abandoned, 'job is', 'jobs are')} at work for workers that are gone; ${countText(workers, 'worker is', 'workers are')} running.`,
        'Start one, and it takes them over within 15 seconds: sports-ingest worker.',
      ),
    )
  if (failed > 0)
    checks.push(
      jobs.warning(
        `${countText(failed, 'job has', 'jobs have')} failed. The newest says: ${lastError}`,
        'sports-ingest jobs list --status failed shows them; jobs retry tries one again, jobs prune removes old ones.',
      ),
    )
  if (checks.length > 0) return checks
  const state = `${countText(queued, 'job waits', 'jobs wait')}, ${processing} at work; ${countText(workers, 'worker is', 'workers are')} running.`
  return [jobs.ok(state)]
}
