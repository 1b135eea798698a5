import type { Sql } from 'postgres'

/**
 * What statements and the text of their values depend on, at PostgreSQL's own defaults: somebody may have set it otherwise for the
 * server, the database or the role. The zone is UTC; no wait for a lock or an idle session ends by another limit than ours.
 */
const ownSettings = {
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: 1,
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  array_nulls: 'on',
  transform_null_equals: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  lock_timeout: 0,
  idle_session_timeout: 0,
  client_min_messages: 'warning',
}

export interface SettingsOptions {
  queryTimeoutMs: number
  /** Schemas as `search_path` takes them. */
  searchPath: string
  /** What the address asks for besides; it may choose other limits, and nothing that our statements depend on. */
  others?: Record<string, string>
  /** Whether there is a pooler between; found out by the first connection where it is not known. */
  isPooled: boolean | undefined
}

export type SessionSettings = ReturnType<typeof createSessionSettings>

/**
 * The settings of all connections to a database, sent as statements: a pooler refuses to pass on parameters of a connection that it does
 * not know. A session of our own gets them once. Behind a pooler each transaction may meet another session, which others use, too:
 * there they are set for each transaction, and end with it.
 */
export function createSessionSettings({ queryTimeoutMs, searchPath, others, isPooled }: SettingsOptions) {
  let pooled = isPooled
  const values = (idleMs: number) => ({
    statement_timeout: queryTimeoutMs,
    // A halted process must not keep its locks: as long as a lease lasts without a sign of life.
    idle_in_transaction_session_timeout: idleMs,
    // A transaction may be the whole of a file.
    transaction_timeout: 0,
    ...others,
    ...ownSettings,
    search_path: searchPath,
  })
  const ofSession = setAll(values(30_000), false)
  // No session can be ended from outside there, so the shortest lease decides.
  const ofTransaction = setAll(values(15_000), true)
  return {
    queryTimeoutMs,
    /** Known once a connection was prepared. */
    get isPooled(): boolean {
      return pooled === true
    },
    /** Does what is needed before the first statement of a connection. */
    prepare: async (sql: Sql): Promise<void> => {
      pooled ??= await isBehindPooler(sql)
      // A pooler has let us in, and may have no session of the server for us.
      await sql.unsafe(pooled ? 'select 1' : ofSession)
    },
    begin: async (sql: Sql, mode: TransactionMode): Promise<void> => {
      const begin = `begin ${modes[mode]}, not deferrable`
      await sql.unsafe(pooled ? `${begin}; ${ofTransaction}` : begin)
    },
  }
}

/** `read`: the server refuses to write. `snapshot`: nor does it show what others commit meanwhile; `snapshot-write`: it does not, and writes. */
export type TransactionMode = keyof typeof modes

const modes = {
  write: 'isolation level read committed, read write',
  read: 'isolation level read committed, read only',
  snapshot: 'isolation level repeatable read, read only',
  'snapshot-write': 'isolation level repeatable read, read write',
}

const setAll = (settings: Record<string, string | number>, isLocal: boolean): string =>
  `select ${Object.entries(settings)
    .map(([name, value]) => {
      const set = `set_config('${name}', '${String(value).replaceAll("'", "''")}', ${isLocal})`
      return sinceLater.has(name) ? `case when current_setting('${name}', true) is not null then ${set} end` : set
    })
    .join(', ')}`

/** Settings that PostgreSQL 14 does not know. */
const sinceLater = new Set(['transaction_timeout'])

/** A server tells a new connection its process, for cancelling; a pooler has no process of the server to tell, and sends a number of its own. */
async function isBehindPooler(sql: Sql): Promise<boolean> {
  const answer = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`
  return answer[0]?.pid !== (answer.state as unknown as { pid: number }).pid
}
