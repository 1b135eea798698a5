import type { TransactionSql } from 'postgres'
import type { Database } from '../store/database.ts'
import { checkHolder, type LeaseHolder } from '../store/leases.ts'
import { holdRunning } from '../store/runs.ts'

/**
 * A run that may write, and the only way to commit in its name: every transaction checks that its leases are still held, so a process
 * that was paused and wakes up after another took over commits nothing.
 */
export interface Run {
  /** In `ingest_runs`; null for a dry run, whose commits are all rolled back. */
  readonly id: number | null
  /** Under which it works; others may commit in its name by them. */
  readonly leases: readonly LeaseHolder[]
  /**
   * Commits what `work` did, and returns its result; a dry run rolls it back. The leases are checked before it, which locks them until the
   * transaction ends. With `settle`, they are checked behind work that takes long (a COPY), so that others can commit meanwhile, and before
   * `settle`, which then sees what they have committed, and whose result it is.
   * @throws BusyError where a lease has gone to another process: nothing was kept
   */
  commit<T>(work: (tx: TransactionSql) => Promise<T>): Promise<T>
  commit<W, T>(work: (tx: TransactionSql) => Promise<W>, settle: (tx: TransactionSql, worked: W) => Promise<T>): Promise<T>
  /**
   * Commits what only tells how far the run is. The run is checked instead of its leases, so this does not wait for a transaction of the
   * same run that is writing rows: one unit is asked for while another is written.
   * @throws BusyError where another process has ended the run
   */
  note(work: (tx: TransactionSql) => Promise<unknown>): Promise<void>
}

export const createRun = (database: Database, id: number, leases: readonly LeaseHolder[]): Run => ({
  id,
  leases,
  commit: commitBy(work => database.transaction(work), leases),
  note: work =>
    database.transaction(async tx => {
      // Who takes over marks the run as lost, and waits for this lock before it does.
      if (!(await holdRunning(tx, id))) await checkLeases(tx, leases)
      await work(tx)
    }),
})

export const createDryRun = (database: Database): Run => ({
  id: null,
  leases: [],
  commit: commitBy(work => tryOut(database, work), []),
  note: async () => {},
})

async function checkLeases(tx: TransactionSql, leases: readonly LeaseHolder[]): Promise<void> {
  for (const lease of leases) await checkHolder(tx, lease)
}

type Work = (tx: TransactionSql) => Promise<unknown>

function commitBy(transaction: (work: Work) => Promise<unknown>, leases: readonly LeaseHolder[]): Run['commit'] {
  const commit = (work: Work, settle?: (tx: TransactionSql, worked: unknown) => Promise<unknown>) =>
    transaction(async tx => {
      if (!settle) await checkLeases(tx, leases)
      const worked = await work(tx)
      if (!settle) return worked
      await checkLeases(tx, leases)
      return await settle(tx, worked)
    })
  return commit as Run['commit']
}

/** Does some work in a transaction, rolls it back, and returns its result. */
export async function tryOut<T>(database: Database, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
  const rolledBack = new Error('rolled back')
  let result: T | undefined
  try {
    await database.transaction(async tx => {
      result = await work(tx)
      throw rolledBack
    })
  } catch (error) {
    if (error !== rolledBack) throw error
  }
  return result as T
}
