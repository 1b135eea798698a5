import type { Sql, TransactionSql } from 'postgres'
import type { Pool } from './pool.ts'

export interface Database {
  /** For one statement; another one after a connection was lost. Use `run` where that should be tried again. */
  readonly sql: Sql
  /** Which database this is, for messages; no password. */
  readonly description: string
  readonly embedded: boolean
  /** One more connection to the same database, for callers that need a session of their own; the caller ends it. */
  connect(): Pool
  /** Reads or writes that may run twice; repeated when the connection is lost. */
  run<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** One transaction, repeated as a whole when the connection is lost: `work` may run twice. */
  transaction<T>(work: (tx: TransactionSql) => Promise<T>): Promise<T>
  close(): Promise<void>
}
