import type { Sql, TransactionSql } from 'postgres'
import type { Pool } from './pool.ts'

export interface Database {
  /** For one statement; another one after a connection was lost. Use `run` where that should be tried again. */
  readonly sql: Sql
  /** Which database this is, for messages; no password. */
  readonly description: string
  readonly embedded: boolean
  /** One further connection to the same database, for who needs a session of its own; the caller ends it. */
  connect(): Pool
  /** Reads or writes that may be done twice; tried again when the connection is lost. */
  run<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** One transaction, as a whole tried again when the connection is lost: `work` must be fit to be done twice. */
  transaction<T>(work: (tx: TransactionSql) => Promise<T>): Promise<T>
  close(): Promise<void>
}
