import { StoppedError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { Finding } from '../../pipeline/contract.ts'
import { type RowCounts, rowsWritten } from '../../pipeline/receipt.ts'

/** How many files a run was asked for, and what became of each: the four others and `pending` add up to `asked`. */
export interface FileCounts {
  asked: number
  /** Read: their rows are stored now, whether or not one had changed. */
  loaded: number
  /** The same as when it was read last. */
  unchanged: number
  /** Not published: its season has not begun, others tell the same, or a person has given it up. */
  lacking: number
  /** Could not be loaded; in the dead letters. */
  dead: number
  /** Not asked for any more: the provider would not go on. */
  pending: number
}

/** What a run over files did. */
export interface ImportReceipt {
  job: string
  sport: string
  /** A label, or a range of them: `2010..2025`. */
  season: string
  /** Its id in `ingest_runs`; null for a dry run, which leaves no trace. */
  run: number | null
  status: 'done' | 'failed'
  files: FileCounts
  /** Rows of the files that were read, those that had not changed included. */
  read: number
  rows: RowCounts
  /** Written rows by table. */
  tables: Record<string, RowCounts>
  /** Rows that could not be read, each in the dead letters. */
  badRows: number
  findings: Finding[]
  /** Files and rows set aside, and files that were not asked for any more. */
  failures: number
  failedFiles: FailedFile[]
  requests: number
  /** Where the watermarks of its seasons stand, by their keys: before and now. */
  watermarks: { stage: string; key: string; before: string | null; after: string | null }[]
  dryRun: boolean
  startedAt: Date
  durationMs: number
}

/** A file that could not be loaded, why, and what can be done about it. */
export interface FailedFile {
  dataset: string
  season: string
  /** There is no such file anywhere. */
  missing: boolean
  message: string
  hint?: string
}

/** What `ingest_runs.counts` keeps of a receipt; the rest are columns. */
export function keptCounts(receipt: ImportReceipt): object {
  const { job, sport, season, run, status, failures, dryRun, startedAt, ...counts } = receipt
  return counts
}

/** `job.end job=backfill season=2010..2025 failures=0 files=120 …`: an error where the run did not come to its end. */
export function logEnd(log: Log, receipt: ImportReceipt, error?: Error): void {
  const { asked, ...became } = receipt.files
  const fields = {
    job: receipt.job,
    sport: receipt.sport,
    season: receipt.season,
    status: error ? 'stopped' : receipt.status,
    failures: receipt.failures,
    files: asked,
    ...became,
    read: receipt.read,
    rows: rowsWritten(receipt.rows),
    requests: receipt.requests,
    duration_ms: receipt.durationMs,
    ...(error ? { reason: error.message } : {}),
  }
  if (error && !(error instanceof StoppedError)) log.error('job.end', fields)
  else log.info('job.end', fields)
}
