import type { Sql, TransactionSql } from 'postgres'
import type { TransactionMode } from './session-settings.ts'
import type { Sessions } from './sessions.ts'

export interface Database {
  /** Which database this is, for messages; no password. */
  readonly description: string
  /** For other programs; with its password. */
  readonly address: string
  /** Where its tables are: schemas, as `search_path` takes them. New ones are made in the first. */
  readonly searchPath: string
  readonly embedded: boolean
  /** Whether there is a pooler between, so that each transaction may meet another session of the server. */
  readonly isPooled: boolean
  /** One more connection to the same database, for callers that need a session of their own; the caller ends it, and may be told that its connection was lost. */
  openSession(onLost?: () => void): Pick<Database, 'run'> & Pick<Sessions, 'end'>
  /** Reads or writes that may run twice; repeated when the connection is lost, `attempts` times in all (as the settings say without it). */
  run<T>(work: (sql: Sql) => Promise<T>, attempts?: number): Promise<T>
  /** One transaction, repeated as a whole when the connection is lost: `work` may run twice. */
  transaction<T>(work: (tx: TransactionSql) => Promise<T>, mode?: TransactionMode): Promise<T>
  close(): Promise<void>
}
