import type { TransactionSql } from 'postgres'
import { StoreError } from '../../core/errors.ts'
import type { Database } from '../database.ts'

/**
 * Reads in one transaction that sees the tables as they were when it began, without a limit of time, and once: what has been read may
 * have been written elsewhere already. @throws the error of `work`, StoreError where the database fails
 */
export async function readSnapshot(database: Database, work: (tx: TransactionSql) => Promise<void>): Promise<void> {
  let tried = false
  await database.transaction(async tx => {
    if (tried) throw new StoreError(`The connection to ${database.description} was lost.`)
    tried = true
    try {
      await tx`select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)`
      await work(tx)
    } catch (error) {
      throw database.toError(error)
    }
  }, 'snapshot')
}
