import type { TransactionSql } from 'postgres'
import type { Database } from '../store/database.ts'
import type { Lease } from '../store/leases.ts'

/**
 * A run that may write, and the only way to commit in its name: every transaction checks that its leases are still held, so a process
 * that was paused and wakes up after another took over commits nothing.
 */
export interface Run {
  /** In `ingest_runs`; null for a dry run, whose commits are all rolled back. */
  readonly id: number | null
  /**
   * Commits what `work` did, and returns its result; a dry run rolls it back. Checking the leases locks them until the transaction ends.
   * @param check `first`: before the work. `last`: behind work that takes long (a COPY), so that others can commit meanwhile, and before
   * `settle`, which then sees what they have committed
   * @throws BusyError where a lease has gone to another process: nothing was kept
   */
  commit<T>(work: (tx: TransactionSql) => Promise<T>, how: { check: 'first' }): Promise<T>
  commit<W, T>(work: (tx: TransactionSql) => Promise<W>, how: CheckLast<W, T>): Promise<T>
}

interface CheckLast<W, T> {
  check: 'last'
  settle(tx: TransactionSql, worked: W): Promise<T>
}

type How<T> = { check: 'first' } | CheckLast<unknown, T>

export function createRun(database: Database, id: number, leases: readonly Lease[]): Run {
  const commit = <T>(work: (tx: TransactionSql) => Promise<unknown>, how: How<T>): Promise<T> =>
    database.transaction(async tx => {
      const checkLeases = async () => {
        for (const lease of leases) await lease.check(tx)
      }
      if (how.check === 'first') await checkLeases()
      const worked = await work(tx)
      if (how.check === 'first') return worked as T
      await checkLeases()
      return await how.settle(tx, worked)
    })
  return { id, commit }
}

export function createDryRun(database: Database): Run {
  const commit = <T>(work: (tx: TransactionSql) => Promise<unknown>, how: How<T>): Promise<T> =>
    tryOut(database, async tx => {
      const worked = await work(tx)
      return how.check === 'first' ? (worked as T) : await how.settle(tx, worked)
    })
  return { id: null, commit }
}

/** Does some work in a transaction, rolls it back, and returns its result. */
export async function tryOut<T>(database: Database, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
  try {
    return await database.transaction(async tx => {
      throw new RolledBack(await work(tx))
    })
  } catch (error) {
    if (error instanceof RolledBack) return error.left as T
    throw error
  }
}

/** Thrown at the end of a transaction that is only tried, with its result. */
class RolledBack extends Error {
  readonly left: unknown

  constructor(left: unknown) {
    super('rolled back')
    this.left = left
  }
}
