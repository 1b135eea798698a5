import type { Sql } from 'postgres'
import type { Clock } from '../core/clock.ts'
import type { Config } from '../core/config/config.ts'
import type { Log } from '../core/log.ts'
import type { Database } from './database.ts'
import { isPassing, leastWaitMs, saidBy, toStoreError } from './database-errors.ts'
import type { EmbeddedServer } from './embedded/server.ts'
import { socketAddress, withName } from './libpq.ts'
import { checkSchema } from './migrations.ts'
import { createSessionSettings } from './session-settings.ts'
import { createSessions, type SessionsOptions } from './sessions.ts'
import { connectionOptions, createWhereMissing, embeddedTarget, type PostgresOptions, urlTarget } from './target.ts'

/** `url` names a server; undefined means the embedded one. `reconnectAttempts`: how often work is tried that loses its connection. */
export const databaseSettings = ({ dataDir, database: { url, queryTimeoutMs, reconnectAttempts } }: Config) => ({
  url: url?.reveal(),
  dataDir,
  queryTimeoutMs,
  reconnectAttempts,
})

export interface OpenDatabaseOptions {
  settings: ReturnType<typeof databaseSettings>
  /** A database of its own on the same server, made when it is not there; undefined: the one the settings name. */
  name?: string
  /** `ready` (default): the schema is there, made when the database is empty. `as-is`: whatever is found. */
  schema?: 'ready' | 'as-is'
  clock: Clock
  log: Log
  signal?: AbortSignal
}

/**
 * Opens the database the settings name: a server by its URL, or the embedded one, started where it does not run.
 * @throws StoreError where it cannot be reached, CredentialsError where it does not let us in
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { settings, name, clock, log, signal } = options
  const server = settings.url ? undefined : await startServer(options)
  const target = server ? embeddedTarget(server, name) : urlTarget(settings.url as string, name)
  const { description, searchPath } = target
  const url = settings.url ?? ''
  const connect = (more: PostgresOptions): Sql => target.connect({ ...connectionOptions(), max: 1, ...more })
  const ofSession = createSessionSettings({
    queryTimeoutMs: settings.queryTimeoutMs,
    searchPath,
    others: target.settings,
    isPooled: server ? false : undefined,
  })
  const openSessions = (more: Pick<SessionsOptions, 'max' | 'onLost'> = {}) =>
    createSessions({ connect: onclose => connect({ onclose }), settings: ofSession, onScarcity: endIdle, ...more })
  const reads = openSessions({ max: 4 })
  // One that waited for another could wait for what it holds itself.
  const transactions = openSessions()
  function endIdle(): void {
    reads.endIdle()
    transactions.endIdle()
  }
  let givenUp = false

  /** Repeats the work when the connection is lost: after 0.5 s, 1 s, 2 s, 4 s, … Once all attempts have failed, later ones log as debug. */
  async function retry<T>(work: () => Promise<T>, attempts = settings.reconnectAttempts): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await work()
        givenUp = false
        return result
      } catch (error) {
        if (!isPassing(error) || signal?.aborted) throw toStoreError(error, description)
        if (attempt >= attempts) {
          if (attempts > 1) givenUp = true
          throw toStoreError(error, description, attempts)
        }
        log[givenUp ? 'debug' : 'warn']('database.retry', { attempt, of: attempts, reason: saidBy(error as Error) })
        await clock.sleep(Math.max(500 * 2 ** (attempt - 1), leastWaitMs(error)), signal)
        await server?.revive()
      }
    }
  }

  const database: Database = {
    description,
    address: server ? socketAddress(server.connection, target.name) : name ? withName(url, name) : url,
    searchPath,
    embedded: server !== undefined,
    get isPooled() {
      return ofSession.isPooled
    },
    openSession: onLost => {
      const own = openSessions({ max: 1, ...(onLost && { onLost }) })
      return { run: (work, attempts) => retry(() => own.run(work), attempts), end: own.end }
    },
    run: (work, attempts) => retry(() => reads.run(work), attempts),
    transaction: (work, mode) => retry(() => transactions.transaction(work, mode)),
    close: async () => {
      await Promise.all([transactions.end(5), reads.end(5)])
      await server?.close()
    },
  }
  try {
    const { createFrom } = target
    if (createFrom) await retry(() => createWhereMissing(connect({ database: createFrom }), target.name, ofSession), 3)
    await database.run(async () => {}, 3)
    if (options.schema !== 'as-is') await checkSchema(database)
    return database
  } catch (error) {
    await reads.end(1).finally(() => server?.close())
    throw toStoreError(error, description)
  }
}

async function startServer({ settings: { dataDir }, clock, log, signal }: OpenDatabaseOptions): Promise<EmbeddedServer> {
  const { openEmbeddedServer } = await import('./embedded/server.ts')
  return await openEmbeddedServer({ dataDir, clock, log, ...(signal ? { signal } : {}) })
}
