import type { App } from '../app.ts'
import type { JobConfig } from '../core/config/config.ts'
import { BugError, IngestError, TimedOutError } from '../core/errors.ts'
import { runDaily } from '../jobs/daily.ts'
import { runLive } from '../jobs/live/live.ts'
import { runReference } from '../jobs/reference.ts'
import { toDailyRequest } from '../jobs/request/daily-request.ts'
import { chooseLiveSports, chooseReferenceSports } from '../jobs/request/sports.ts'
import { prune } from '../jobs/retention/prune.ts'
import type { Receipt } from '../pipeline/receipt.ts'

/** What a job of the file has come to. */
export interface FileJobEnd {
  receipts: Receipt[]
  failures: number
  /** Why it failed, in lines that a person reads. */
  errors: Error[]
}

export type FileJob = JobConfig & { name: string }

/** How a run of it is different from the usual one. */
export interface FileJobOptions {
  dryRun: boolean
  sandbox: boolean
}

/**
 * Does what a job of the file says, until its time is over or somebody stops the process. Of several sports, the trouble of one does not keep
 * the others from their turn.
 */
export async function runFileJob(app: App, job: FileJob, options: FileJobOptions): Promise<FileJobEnd> {
  const timeOut = new AbortController()
  // The host's own time: a clock that leaps over waits leaps over this one at once.
  const timer = setTimeout(() => timeOut.abort(new TimedOutError(job.name, job.timeoutMs)), job.timeoutMs)
  const within: App = { ...app, signal: AbortSignal.any([app.signal, timeOut.signal]) }
  const end: FileJobEnd = { receipts: [], failures: 0, errors: [] }
  const work = async (run: () => Promise<Receipt[]>) => {
    try {
      end.receipts.push(...(await run()))
    } catch (error) {
      end.errors.push(error instanceof Error ? error : new BugError(String(error)))
    }
  }
  try {
    let runs: (() => Promise<Receipt[]>)[] = []
    await work(async () => {
      runs = planRuns(within, job, options)
      return []
    })
    for (const run of runs) if (!within.signal.aborted) await work(run)
  } finally {
    clearTimeout(timer)
  }
  end.failures = end.receipts.reduce((sum, { failures }) => sum + failures, 0) + end.errors.length
  return end
}

/** One piece for each sport, in their order. */
function planRuns(app: App, job: FileJob, { dryRun, sandbox }: FileJobOptions): (() => Promise<Receipt[]>)[] {
  const { config } = app
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
  }
}

/** An error as the ledger keeps it. */
export const reasonOf = (error: Error): string =>
  error instanceof IngestError && error.hint ? `${error.message} ${error.hint}` : error.message
