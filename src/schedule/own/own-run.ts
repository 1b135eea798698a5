import type { TransactionSql } from 'postgres'
import type { App } from '../../app.ts'
import { createSecretHider } from '../../core/config/hide-secrets.ts'
import { BugError, IngestError, StoppedError } from '../../core/errors.ts'
import { type KeptLines, keepLines } from '../../core/kept-lines.ts'
import { keepingLog } from '../../core/kept-log.ts'
import type { LogFields } from '../../core/log.ts'
import type { RunLog } from '../../jobs/run-log.ts'
import { noCounts, noUnits, type Receipt, rowsWritten, toFailedUnit } from '../../pipeline/receipt.ts'
import { jobWatermark } from '../../pipeline/watermark-names.ts'
import { libpqVariables } from '../../store/libpq.ts'
import { noteRun } from '../../store/occurrences.ts'
import { beginRun, endRun } from '../../store/runs.ts'
import { readWatermark } from '../../store/watermarks.ts'
import { type FileJob, type FileJobEnd, type HeldJob, reasonOf, withLastLines } from '../file-job.ts'

/** A job of the user's own that has begun. */
export interface OwnRun {
  app: App
  job: FileJob
  held: HeldJob
  id: number
  receipt: Receipt
  startedMs: number
  log: RunLog
  /** The last lines of its output, as the ledger and the receipt have them. */
  last: KeptLines
  /** Replaces the secrets of the settings in a line: programs are handed some of them, and may print them. */
  hide(line: string): string
  /** Aborts when its time is over, somebody stops the process, or another process has its lease. */
  signal: AbortSignal
}

const [lastLines, lastBytes, longestLine] = [20, 4_096, 500]

/** Begins the run of who holds the lease. @throws BusyError where that is another process */
export async function begin(app: App, job: FileJob, held: HeldJob, log: RunLog): Promise<OwnRun> {
  const { clock, database, signal } = app
  const [at, startedMs] = [clock.now(), clock.elapsedMs()]
  const { id, before } = await database.transaction(async tx => {
    await held.lease.check(tx)
    const watermark = await readWatermark(tx, jobWatermark(job.name))
    const about = { job: job.name, sport: null, watermarkBefore: watermark, leaseToken: held.lease.token }
    const begun = await beginRun(tx, { ...about, counts: {}, at })
    await noteRun(tx, job.name, held.dueAt, begun)
    return { id: begun, before: watermark ?? null }
  })
  const receipt = { ...newReceipt(job, at), run: id }
  receipt.watermarks = [{ ...jobWatermark(job.name), before, after: before, waitsFor: null }]
  const either = AbortSignal.any([signal, held.lease.lost])
  const password = libpqVariables(database.address)['PGPASSWORD']
  const hide = createSecretHider(app.config, password ? [password] : [])
  return { app, job, held, id, receipt, startedMs, log, last: keepLines(lastBytes), hide, signal: either }
}

export const newReceipt = ({ name }: FileJob, startedAt: Date): Receipt => ({
  ...{ job: name, sport: null, run: null, status: 'done', dryRun: false, season: null, targetDate: null, from: null, to: null },
  ...{ units: { ...noUnits(), planned: 1 }, ...noCounts(), failures: 0, failed: [], requests: 0, watermarks: [], stillOpen: 0 },
  ...{ startedAt, durationMs: 0 },
})

/** Completes the receipt: it has done its work, or has failed. */
export function complete({ app, job, receipt, startedMs, last }: OwnRun, error: Error | undefined, said?: string): FileJobEnd {
  const isStopped = error instanceof StoppedError
  receipt.failures = error ? 1 : 0
  receipt.status = error ? 'failed' : 'done'
  receipt.units = { ...noUnits(), planned: 1, [isStopped ? 'pending' : error ? 'failed' : 'done']: 1 }
  receipt.failed = error instanceof IngestError && !isStopped ? [toFailedUnit(job.name, null, error)] : []
  const status = isStopped ? 'stopped' : error ? 'failed' : 'done'
  receipt.durationMs = Math.round(app.clock.elapsedMs() - startedMs)
  const lines = last.last({ lines: lastLines, bytes: lastBytes })
  const message = withLastLines(error ? reasonOf(error) : (said ?? ''), lines)
  return { receipts: [receipt], failures: receipt.failures, errors: error ? [error] : [], message, isWritten: true, status }
}

/** Ends the run and its occurrence. */
export async function write(tx: TransactionSql, { app, held, id, receipt }: OwnRun, end: FileJobEnd): Promise<void> {
  const [error] = end.errors
  const watermarkAfter = receipt.watermarks[0]?.after ?? undefined
  const { failures } = receipt
  await held.finish(tx, end)
  await endRun(tx, id, {
    ...{ status: end.status ?? 'failed', counts: receipt, failures, watermarkAfter, at: app.clock.now() },
    ...(error ? { error: error.message } : {}),
  })
}

/** Keeps a line of output in the log of the run and among its last lines, without secrets. */
export function keepOutput({ app, job, log, last, hide }: OwnRun, label: string, line: string): void {
  const text = hide(line)
  log.add(`${app.clock.now().toISOString().slice(11, 19)}Z ${label.padEnd(5)} ${text}`)
  last.add(text.length > longestLine ? `${text.slice(0, longestLine)}…` : text)
  // Of a program that says much, most of the time would go there.
  if (!['trace', 'debug'].includes(app.config.log.level)) return
  // Not kept twice.
  void keepingLog(
    () => {},
    async () => app.log.debug('job.output', { job: job.name, stream: label, line: text }),
  )
}

export const whyOf = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new BugError(String(signal.reason))

/** As `job.end` of other jobs, with what there is of it. */
export function logOwnEnd({ app, job, receipt }: OwnRun, { errors: [error], status }: FileJobEnd): void {
  const { program, failures, durationMs, watermarks } = receipt
  const fields: LogFields = {
    ...{ job: job.name, status, failures },
    exit_code: program?.exitCode ?? undefined,
    signal: program?.signal ?? undefined,
    rows: program ? undefined : rowsWritten(receipt.rows),
    watermark: watermarks[0]?.after ?? undefined,
    ...{ duration_ms: durationMs, reason: error?.message },
  }
  app.log[error && status !== 'stopped' ? 'error' : 'info']('job.end', fields)
}
