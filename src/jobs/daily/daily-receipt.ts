import type { Day } from '../../core/days.ts'
import { StoppedError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { type Counts, rowsWritten } from '../../pipeline/receipt.ts'

/** What a daily run of one sport did. */
export interface DailyReceipt extends Counts {
  job: 'daily'
  sport: string
  /** Its id in `ingest_runs`; null for a dry run, which leaves no trace. */
  run: number | null
  status: 'done' | 'failed'
  targetDate: Day
  days: Day[]
  /** Games set aside and days that could not be loaded. */
  failures: number
  requests: number
  watermarkBefore: Day | null
  watermarkAfter: Day | null
  dryRun: boolean
  startedAt: Date
  durationMs: number
  failedDays: FailedDay[]
  /** Dead letters that no run tries by itself any more. */
  givenUp: number
}

/** A day that could not be loaded, why, and what can be done about it. */
export interface FailedDay {
  day: Day
  message: string
  hint?: string
}

/** What a run has done so far. */
export interface Tally {
  counts: Counts
  watermark: Day | undefined
  failedDays: FailedDay[]
  requests: number
  givenUp: number
}

/** What `ingest_runs.counts` keeps of a receipt; the rest are columns. */
export function keptCounts(receipt: DailyReceipt): object {
  const { games, rows, tables, findings, requests, days, failedDays, givenUp, durationMs } = receipt
  return { games, rows, tables, findings, requests, days, failedDays, givenUp, durationMs }
}

/** `job.end job=daily … failures=0 games=12 …`: an error where the run did not come to its end. */
export function logEnd(log: Log, receipt: DailyReceipt, error?: Error): void {
  const { asked, ...became } = receipt.games
  const fields = {
    job: 'daily',
    target_date: receipt.targetDate,
    sport: receipt.sport,
    status: error ? 'stopped' : receipt.status,
    failures: receipt.failures,
    games: asked,
    ...became,
    rows: rowsWritten(receipt.rows),
    requests: receipt.requests,
    watermark: receipt.watermarkAfter ?? undefined,
    duration_ms: receipt.durationMs,
    ...(error ? { reason: error.message } : {}),
  }
  if (error && !(error instanceof StoppedError)) log.error('job.end', fields)
  else log.info('job.end', fields)
}
