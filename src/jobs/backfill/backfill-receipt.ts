import type { Day } from '../../core/days.ts'
import { StoppedError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { type Counts, rowsWritten } from '../../pipeline/receipt.ts'

/** What the backfill of one season did. */
export interface BackfillReceipt extends Counts {
  job: 'backfill'
  sport: string
  season: string
  /** Its id in `ingest_runs`; null for a dry run, which leaves no trace. */
  run: number | null
  status: 'done' | 'failed'
  /** When the schedule was kept by which it went, because nobody gave a newer one; null where it was given now. */
  scheduleKeptAt: Date | null
  /** The days of the games asked for; null where there were none to ask for. */
  from: Day | null
  to: Day | null
  /** Games that had been settled before: they were not asked for. */
  settled: number
  /** `pending` ones were not begun: the provider would not go on. */
  chunks: { planned: number; done: number; failed: number; pending: number }
  /** Games set aside, and chunks that are not done. */
  failures: number
  requests: number
  watermarkBefore: string | null
  watermarkAfter: string | null
  /** The game that the watermark waits for: the first by id that is not settled; null where all are, and in a dry run. */
  waitsFor: { id: string; day: Day } | null
  /** Games of the season that are in the dead letters, from this run or an earlier one. */
  letters: number
  dryRun: boolean
  startedAt: Date
  durationMs: number
  failedChunks: FailedChunk[]
}

/** A chunk that could not be loaded, why, and what can be done about it. */
export interface FailedChunk {
  from: Day
  to: Day
  message: string
  hint?: string
}

/** What `ingest_runs.counts` keeps of a receipt; the rest are columns. */
export function keptCounts(receipt: BackfillReceipt): object {
  const { job, sport, season, run, status, failures, watermarkBefore, watermarkAfter, dryRun, startedAt, ...counts } = receipt
  return counts
}

/** `job.end job=backfill season=2024-25 failures=0 games=1230 …`: an error where the run did not come to its end. */
export function logEnd(log: Log, receipt: BackfillReceipt, error?: Error): void {
  const { asked, ...became } = receipt.games
  const fields = {
    job: 'backfill',
    sport: receipt.sport,
    season: receipt.season,
    status: error ? 'stopped' : receipt.status,
    failures: receipt.failures,
    chunks: receipt.chunks.planned,
    chunks_done: receipt.chunks.done,
    games: asked,
    ...became,
    settled: receipt.settled,
    rows: rowsWritten(receipt.rows),
    requests: receipt.requests,
    watermark: receipt.watermarkAfter ?? undefined,
    duration_ms: receipt.durationMs,
    ...(error ? { reason: error.message } : {}),
  }
  if (error && !(error instanceof StoppedError)) log.error('job.end', fields)
  else log.info('job.end', fields)
}
