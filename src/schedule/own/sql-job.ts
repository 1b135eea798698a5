import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Notice, TransactionSql } from 'postgres'
import type { App } from '../../app.ts'
import { reasonOf } from '../../core/config/problem.ts'
import { IngestError, OwnJobError } from '../../core/errors.ts'
import { reachStep } from '../../core/steps.ts'
import { parseStatements, runStatements } from '../../jobs/own/statements.ts'
import { noRows, noUnits, type Receipt, type RowCounts, toFailedUnit } from '../../pipeline/receipt.ts'
import { isRunning, lockRunning } from '../../store/runs.ts'
import type { FileJob, FileJobEnd } from '../file-job.ts'
import { complete, keepOutput, logOwnEnd, newReceipt, type OwnRun, whyOf, write } from './own-run.ts'

/** The statements of a job, and what they are called. */
async function readStatements({ name, sql, file }: FileJob) {
  const called = file === undefined ? `jobs.${name}.sql` : basename(file)
  const text =
    sql ??
    (await readFile(file ?? '', 'utf8').catch(cause => {
      throw new OwnJobError(`The file ${file} cannot be read: ${reasonOf(cause)}.`, { hint: `It is jobs.${name}.file.`, cause })
    }))
  return { text, name: called, statements: parseStatements(text, called) }
}

/** Does something with the rows that the statements have written, in their transaction; each attempt on a new connection begins anew. */
async function inTransaction(
  { database }: App,
  job: FileJob,
  options: { run: number; signal: AbortSignal; onOutput(label: string, text: string): void },
  within: { before?(tx: TransactionSql): Promise<void>; after(tx: TransactionSql, rows: RowCounts): Promise<void> },
): Promise<void> {
  const { run, signal, onOutput } = options
  const { statements, ...about } = await readStatements(job)
  const onNotice = ({ severity = 'NOTICE', message = '' }: Notice) => {
    for (const line of message.split('\n')) onOutput(severity, line)
  }
  const session = database.openSession({ onNotice })
  let attempts = 0
  try {
    await session.transaction(async tx => {
      if (++attempts > 1) onOutput('SQL', `The connection or the transaction was lost. Attempt ${attempts} begins.`)
      await within.before?.(tx)
      // The job has a time of its own. What it sets, it sets for itself: afterwards it is our tables that are written.
      await tx`select set_config('statement_timeout', '0', true), set_config('client_min_messages', 'notice', true),
        set_config('sports_ingest.job', ${job.name}, true), set_config('sports_ingest.run', ${String(run)}, true)`
      const rows = await runStatements(tx, statements, { ...about, signal, onDone: done => onOutput('SQL', done) })
      await tx`reset role`
      // Where it does not name them, temporary tables are found first: one called like a table of ours would take what is written there.
      await tx`select set_config('search_path', ${`${database.searchPath}, pg_temp`}, true), set_config('client_min_messages', 'warning', true)`
      await within.after(tx, rows)
    })
  } finally {
    await session.end(1)
  }
}

/** The connection was lost while the transaction was committed, and it was. */
const isCommitted = new (class extends IngestError {
  readonly recovery = 'stop'
})('The run has ended.')

/** Runs the statements of a job in one transaction with the end of its run. */
export async function runSql(run: OwnRun): Promise<FileJobEnd> {
  const { app, job, held, id, receipt, signal } = run
  let rows = noRows()
  const done = () => {
    receipt.rows = rows
    return complete(run, undefined, 'All statements ran.')
  }
  const check = (found: unknown) => {
    if (!found) throw isCommitted
  }
  let end: FileJobEnd
  try {
    const onOutput = (label: string, text: string) => keepOutput(run, label, text)
    await inTransaction(
      app,
      job,
      { run: id, signal, onOutput },
      {
        before: async tx => check(await isRunning(tx, id)),
        after: async (tx, written) => {
          signal.throwIfAborted()
          rows = written
          const ended = done()
          await reachStep('before-commit')
          await held.lease.check(tx)
          // Again: the transaction before this one may have been committed while it waited for the lease.
          check(await lockRunning(tx, id))
          await write(tx, run, ended)
        },
      },
    )
    await reachStep('after-commit')
    end = done()
  } catch (error) {
    end = (error !== isCommitted && (await fail(run, signal.aborted ? whyOf(signal) : (error as Error)))) || done()
  }
  logOwnEnd(run, end)
  return end
}

/** Ends a run whose transaction was rolled back; undefined where it was committed, and only the answer was lost. */
async function fail(run: OwnRun, error: Error): Promise<FileJobEnd | undefined> {
  const { app, held, id, receipt } = run
  receipt.rows = noRows()
  const end = complete(run, error)
  return await app.database.transaction(async tx => {
    await held.lease.check(tx)
    if (!(await lockRunning(tx, id))) return undefined
    await write(tx, run, end)
    return end
  })
}

/** Runs the statements and rolls back. */
export async function trySql(app: App, job: FileJob): Promise<FileJobEnd> {
  const receipt = { ...newReceipt(job, app.clock.now()), dryRun: true }
  const startedMs = app.clock.elapsedMs()
  const rolledBack = new Error('rolled back')
  let error: Error | undefined
  try {
    const options = { run: 0, signal: app.signal, onOutput: () => {} }
    await inTransaction(app, job, options, {
      after: async (_, rows) => {
        receipt.rows = rows
        throw rolledBack
      },
    })
  } catch (cause) {
    if (cause !== rolledBack) error = app.signal.aborted ? whyOf(app.signal) : (cause as Error)
  }
  const done = { units: { ...noUnits(), planned: 1, [error ? 'failed' : 'done']: 1 }, failures: error ? 1 : 0 }
  const failed = error instanceof IngestError ? [toFailedUnit(job.name, null, error)] : []
  const durationMs = Math.round(app.clock.elapsedMs() - startedMs)
  const told: Receipt = { ...receipt, ...done, failed, status: error ? 'failed' : 'done', durationMs }
  return { receipts: [told], failures: done.failures, errors: error ? [error] : [] }
}
