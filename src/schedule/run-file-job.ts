import type { App } from '../app.ts'
import { ownRuns } from '../core/config/config.ts'
import { BugError, TimedOutError } from '../core/errors.ts'
import { runDaily } from '../jobs/daily.ts'
import { runLive } from '../jobs/live/live.ts'
import { runReference } from '../jobs/reference.ts'
import { toDailyRequest } from '../jobs/request/daily-request.ts'
import { chooseLiveSports, chooseReferenceSports } from '../jobs/request/sports.ts'
import { prune } from '../jobs/retention/prune.ts'
import type { Receipt } from '../pipeline/receipt.ts'
import type { FileJob, FileJobEnd, FileJobOptions } from './file-job.ts'
import { runOwnJob } from './own/own-job.ts'

/** Does what a job of the file says, until its time is over or somebody stops the process. */
export async function runFileJob(app: App, job: FileJob, options: FileJobOptions): Promise<FileJobEnd> {
  const timeOut = new AbortController()
  // The host's own time: a clock that leaps over waits leaps over this one at once.
  const timer = setTimeout(() => timeOut.abort(new TimedOutError(job.name, job.timeoutMs)), job.timeoutMs)
  const within: App = { ...app, signal: AbortSignal.any([app.signal, timeOut.signal]) }
  try {
    return await (await workOf(job))(within, job, options)
  } finally {
    clearTimeout(timer)
  }
}

async function workOf({ run }: FileJob): Promise<typeof runSports> {
  if (run === 'stats') return (await import('./stats-job.ts')).runStatsJob
  return ownRuns.includes(run) ? runOwnJob : runSports
}

/** Of several sports, the trouble of one does not keep the others from their turn. */
async function runSports(app: App, job: FileJob, options: FileJobOptions): Promise<FileJobEnd> {
  const end: FileJobEnd = { receipts: [], failures: 0, errors: [] }
  const work = async (run: () => Promise<Receipt[]>) => {
    try {
      end.receipts.push(...(await run()))
    } catch (error) {
      end.errors.push(error instanceof Error ? error : new BugError(String(error)))
    }
  }
  let runs: (() => Promise<Receipt[]>)[] = []
  await work(async () => {
    runs = planRuns(app, job, options)
    return []
  })
  for (const run of runs) if (!app.signal.aborted) await work(run)
  end.failures = end.receipts.reduce((sum, { failures }) => sum + failures, 0) + end.errors.length
  return end
}

/** One piece for each sport, in their order. */
function planRuns(app: App, job: FileJob, { held, sandbox }: FileJobOptions): (() => Promise<Receipt[]>)[] {
  const { config } = app
  const dryRun = held === undefined
  const sport = job.sport ? [job.sport] : []
  switch (job.run) {
    case 'daily': {
      const flags = {
        ...{ sport, date: undefined, only: undefined, 'catch-up': true, 'dry-run': dryRun, sandbox },
        ...{ 'days-back': job.daysBack ?? 1, 'days-ahead': job.daysAhead ?? 0, weekly: job.weekly },
      }
      const { sports, options, ignored } = toDailyRequest(flags, { now: app.clock.now(), config })
      for (const text of ignored) app.log.warn('flag.ignored', { message: text })
      return sports.map(one => async () => [await runDaily(app, one, options, () => {})])
    }
    case 'reference': {
      const only: string[] = []
      const sports = chooseReferenceSports(sport, only, { config, sandbox })
      return sports.map(one => async () => [await runReference(app, one, { only, dryRun }, () => {})])
    }
    case 'live': {
      const listener = { onCycle: () => {}, onStandby: () => {}, onReceipt: () => {} }
      const sports = dryRun ? [] : chooseLiveSports(sport, { config, sandbox })
      return sports.map(one => async () => (await runLive(app, [one], { once: true, only: [] }, listener)).runs)
    }
    case 'prune':
      return dryRun ? [] : [() => prune(app).then(() => [])]
    default:
      throw new BugError(`${job.run} is no run of sports.`)
  }
}
