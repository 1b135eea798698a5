import type { Notice, Sql, TransactionSql } from 'postgres'
import type { TransactionMode } from './session-settings.ts'
import type { Sessions } from './sessions.ts'

/** What is told of a connection: that it was lost, and what the server remarks. */
export interface SessionListener {
  onLost?(): void
  onNotice?(notice: Notice): void
  /** Of a channel that it listens to. */
  onNotify?(channel: string, payload: string): void
}

export type OwnSession = Pick<Database, 'run' | 'transaction'> & Pick<Sessions, 'end'> & { readonly isPooled: boolean }

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
  /** One more connection to the same database, for callers that need a session of their own, and end it. */
  openSession(listener?: SessionListener): OwnSession
  /** The same around a pooler, to listen to channels; undefined where the settings name no way. */
  openDirect: ((listener: SessionListener) => OwnSession) | undefined
  /** Reads or writes that may run twice; repeated when the connection is lost, `attempts` times in all (as the settings say without it). */
  run<T>(work: (sql: Sql) => Promise<T>, attempts?: number): Promise<T>
  /** One transaction, repeated as a whole when the connection is lost: `work` may run twice. */
  transaction<T>(work: (tx: TransactionSql) => Promise<T>, mode?: TransactionMode): Promise<T>
  /** An error of the driver as one for the operator. IngestErrors pass through. `attempts`: how often it was tried. */
  toError(error: unknown, attempts?: number): Error
  close(): Promise<void>
}
