import postgres, { type Options, type PostgresType, type Sql, type TransactionSql } from 'postgres'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import { isPassing, toStoreError } from './database-errors.ts'
import type { EmbeddedServer } from './embedded/server.ts'
import { checkSchema } from './migrations.ts'
import { createPool, type Pool } from './pool.ts'
import { openSocket } from './socket.ts'
import { createTransactions } from './transactions.ts'

export interface DatabaseSettings {
  /** A server; undefined means the embedded one. */
  url: string | undefined
  dataDir: string
  queryTimeoutMs: number
  /** How often a transaction is tried when the connection is lost under it. */
  reconnectAttempts: number
}

export interface OpenDatabaseOptions {
  settings: DatabaseSettings
  /** A database of its own on the same server, made when it is not there; undefined: the one the settings name. */
  name?: string
  /** `ready` (default): the schema is there, made when the database is empty. `as-is`: whatever is found. */
  schema?: 'ready' | 'as-is'
  clock: Clock
  log: Log
  signal?: AbortSignal
}

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

/** Days stay text, 64-bit integers become numbers: ours count rows and runs. */
const types = {
  date: { to: 1082, from: [1082], serialize: (day: string) => day, parse: (day: string) => day },
  bigint: { to: 20, from: [20], serialize: (value: number) => String(value), parse: (text: string) => Number(text) },
}

/**
 * Opens the database the settings name: a server by its URL, or the embedded one, started where it does not run.
 * @throws StoreError where it cannot be reached, CredentialsError where it does not let us in
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { settings, clock, log, signal } = options
  const server = settings.url ? undefined : await openServer(options)
  try {
    const target = server ? embeddedTarget(server, options.name) : urlTarget(settings.url as string, options.name)
    const connect = (more: PostgresOptions): Sql => target.connect({ ...commonOptions(settings), ...more })
    const pool = createPool(onLost => connect({ max: 4, onclose: onLost }))
    const transactions = createTransactions(onLost => connect({ max: 1, onclose: onLost }))
    const retry = retrying({ ...options, server, description: target.description })
    const database: Database = {
      get sql() {
        return pool.sql
      },
      description: target.description,
      embedded: server !== undefined,
      connect: () => createPool(onLost => connect({ max: 1, onclose: onLost })),
      run: work => retry(() => work(pool.sql)),
      transaction: work => retry(() => transactions.run(work)),
      close: async () => {
        await Promise.all([transactions.close(), pool.end(5)])
        await server?.close()
      },
    }
    try {
      if (target.createFrom) await createWhereMissing(connect({ max: 1, database: target.createFrom }), target.name)
      await retrying({ ...options, server, description: target.description, attempts: 3 })(() => pool.sql`select 1`)
      if (options.schema !== 'as-is') await checkSchema(database)
      return database
    } catch (error) {
      await pool.end(1)
      throw toStoreError(error, target.description)
    }
  } catch (error) {
    await server?.close()
    throw error
  }

  async function openServer({ signal: abort }: OpenDatabaseOptions): Promise<EmbeddedServer> {
    const { openEmbeddedServer } = await import('./embedded/server.ts')
    return await openEmbeddedServer({ dataDir: settings.dataDir, clock, log, ...(abort ? { signal: abort } : {}) })
  }

  interface Retry extends OpenDatabaseOptions {
    server: EmbeddedServer | undefined
    description: string
    attempts?: number
  }

  /** Tries again on lost connections: after 0.5 s, 1 s, 2 s, 4 s, … */
  function retrying({ server: embedded, description, attempts = settings.reconnectAttempts }: Retry) {
    return async <T>(work: () => Promise<T>): Promise<T> => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await work()
        } catch (error) {
          if (!isPassing(error) || signal?.aborted) throw toStoreError(error, description)
          if (attempt >= attempts) throw toStoreError(error, description, attempts)
          log.warn('database.retry', { attempt, of: attempts, reason: (error as Error).message })
          await clock.sleep(500 * 2 ** (attempt - 1), signal)
          await embedded?.revive()
        }
      }
    }
  }
}

type PostgresOptions = Options<Record<string, PostgresType>>

function commonOptions({ queryTimeoutMs }: DatabaseSettings): PostgresOptions {
  return {
    // Poolers hand a session on between transactions, and temporary tables come and go under the same name.
    prepare: false,
    fetch_types: false,
    // No renewal after half an hour, which would look like a loss; the end of a session is a sign to others.
    max_lifetime: null,
    // Known to postgres.js, not to its types.
    ...({ socket: openSocket } as object),
    connect_timeout: 10,
    types: types as unknown as Record<string, PostgresType>,
    onnotice: () => {},
    connection: {
      application_name: 'sports-ingest',
      statement_timeout: queryTimeoutMs,
      // A halted process must not keep its locks: as long as a lease lasts without a sign of life.
      idle_in_transaction_session_timeout: 30_000,
    },
  }
}

interface Target {
  connect(options: PostgresOptions): Sql
  name: string
  description: string
  /** The database to be in while `name` is created, where it may have to be. */
  createFrom?: string
}

function embeddedTarget({ connection }: EmbeddedServer, name = 'sports_ingest'): Target {
  const { host, port, user, path } = connection
  return {
    connect: options => postgres({ host, port, user, ...(path ? { path } : {}), database: name, ...options }) as unknown as Sql,
    name,
    description: `the embedded database ${name}`,
    createFrom: 'postgres',
  }
}

/** `postgres://user@host:5432/name`, or `postgres://user@localhost/name?host=/run/postgresql` for a socket. */
function urlTarget(url: string, name: string | undefined): Target {
  const parsed = new URL(url)
  const own = decodeURIComponent(parsed.pathname.slice(1)) || decodeURIComponent(parsed.username) || 'postgres'
  const socket = parsed.searchParams.get('host')
  parsed.searchParams.delete('host')
  const database = name ?? own
  return {
    connect: options => postgres(parsed.href, { ...(socket ? { host: socket } : {}), database, ...options }) as unknown as Sql,
    name: database,
    description: `the database ${database} at ${socket ?? parsed.host}`,
    ...(name ? { createFrom: own } : {}),
  }
}

async function createWhereMissing(admin: Sql, name: string): Promise<void> {
  try {
    const [found] = await admin`select 1 from pg_database where datname = ${name}`
    if (!found) await admin`create database ${admin(name)}`
  } catch (error) {
    // Another process was quicker: 42P04 duplicate_database, or 23505 from the catalogue's index.
    if (!['42P04', '23505'].includes((error as { code?: string }).code ?? '')) throw error
  } finally {
    await admin.end({ timeout: 1 })
  }
}
