import type { TransactionSql } from 'postgres'
import type { App } from '../../app.ts'
import type { Log } from '../../core/log.ts'
import type { BegunJob, JobResults } from '../../store/background-jobs.ts'

/** What a kind of job works with. */
export interface JobContext {
  app: App
  job: BegunJob
  /** Aborts when the worker stops, and when the job was cancelled or has gone to another worker. */
  signal: AbortSignal
  log: Log
  /** Fails a transaction that commits in the name of the job, unless this worker still holds it. */
  check(tx: TransactionSql): Promise<void>
}

/**
 * The work of a kind of job; done twice, it has no effect twice. Returns what its parts have come to: the job is completed if none has failed.
 * @throws what ends the job, or has it tried again: as `decideOutcome` decides
 */
export type JobKind = (context: JobContext) => Promise<JobResults>
