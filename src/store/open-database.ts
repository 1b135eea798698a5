import type { Sql } from 'postgres'
import type { Clock } from '../core/clock.ts'
import type { Config } from '../core/config/config.ts'
import { StoreError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Database, OwnSession, SessionListener } from './database.ts'
import { isConflict, isPassing, leastWaitMs, saidBy, toStoreError } from './database-errors.ts'
import type { EmbeddedServer } from './embedded/server.ts'
import { socketAddress, withName } from './libpq.ts'
import { checkSchema } from './migrations.ts'
import { createSessionSettings, type SessionSettings } from './session-settings.ts'
import { createSessions, type SessionsOptions } from './sessions.ts'
import { connectionOptions, createWhereMissing, embeddedTarget, type PostgresOptions, type Target, urlTarget } from './target.ts'

export interface DatabaseSettings {
  /** Names a server; undefined means the embedded one. */
  url: string | undefined
  /** The server itself, where `url` names a pooler. */
  directUrl?: string | undefined
  dataDir: string
  queryTimeoutMs: number
  /** How often work is tried that loses its connection. */
  reconnectAttempts: number
}

export function databaseSettings({ dataDir, database }: Config): DatabaseSettings {
  const { url, directUrl, queryTimeoutMs, reconnectAttempts } = database
  return { url: url?.reveal(), directUrl: directUrl?.reveal(), dataDir, queryTimeoutMs, reconnectAttempts }
}

export interface OpenDatabaseOptions {
  settings: DatabaseSettings
  /** A database of its own on the same server, made when it is not there; undefined: the one the settings name. */
  name?: string
  /** `ready` (default): the schema is there, made when the database is empty. `as-is`: whatever is found. */
  schema?: 'ready' | 'as-is'
  /** False: neither a server nor a database is made where there is none. Default true. */
  mayCreate?: boolean
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
  const { directUrl } = settings
  const server = settings.url ? undefined : await startServer(options)
  const target = server ? embeddedTarget(server, name) : urlTarget(settings.url as string, name)
  const { description, searchPath } = target
  const url = settings.url ?? ''
  const settingsOf = (one: Target) =>
    createSessionSettings({
      queryTimeoutMs: settings.queryTimeoutMs,
      searchPath: one.searchPath,
      others: one.settings,
      isPooled: server ? false : undefined,
    })
  const connectTo = (one: Target, more: PostgresOptions): Sql => one.connect({ ...connectionOptions(), max: 1, ...more })
  const ofSession = settingsOf(target)
  const openSessions = (
    more: Pick<SessionsOptions, 'max' | 'onLost'> = {},
    options: PostgresOptions = {},
    [to, its]: [Target, SessionSettings] = [target, ofSession],
  ) => createSessions({ connect: onclose => connectTo(to, { onclose, ...options }), settings: its, onScarcity: endIdle, ...more })
  const reads = openSessions({ max: 4 })
  // One that waited for another could wait for what it holds itself.
  const transactions = openSessions()
  function endIdle(): void {
    reads.endIdle()
    transactions.endIdle()
  }
  const toError = (error: unknown, attempts?: number, about = description): Error =>
    server?.explain(error) ?? toStoreError(error, about, attempts, server?.log)
  let givenUp = false

  /**
   * Repeats the work when the connection is lost: after 0.5 s, 1 s, 2 s, 4 s, … Once all attempts have failed, later ones log as debug, as do
   * those for which another process was the reason.
   */
  async function retry<T>(work: () => Promise<T>, attempts = settings.reconnectAttempts, about?: string): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await work()
        givenUp = false
        return result
      } catch (error) {
        if (!isPassing(error) || signal?.aborted) throw toError(error, undefined, about)
        if (attempt >= attempts) {
          if (attempts > 1) givenUp = true
          throw toError(error, attempts, about)
        }
        log[givenUp || isConflict(error) ? 'debug' : 'warn']('database.retry', {
          attempt,
          of: attempts,
          reason: saidBy(error as Error),
        })
        await clock.sleep(Math.max(500 * 2 ** (attempt - 1), leastWaitMs(error)), signal)
        await server?.revive()
      }
    }
  }

  function openOwn({ onLost, onNotice, onNotify }: SessionListener = {}, to = target): OwnSession {
    const its = to === target ? ofSession : settingsOf(to)
    // An option that is missing in the types of postgres.js.
    const notify = onNotify && ({ onnotify: onNotify } as object)
    const own = openSessions({ max: 1, ...(onLost && { onLost }) }, { ...(onNotice && { onnotice: onNotice }), ...notify }, [
      to,
      its,
    ])
    return {
      get isPooled() {
        return its.isPooled
      },
      run: (work, attempts) => retry(() => own.run(work), attempts, to.description),
      transaction: (work, mode) => retry(() => own.transaction(work, mode), undefined, to.description),
      end: own.end,
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
    openSession: listener => openOwn(listener),
    openDirect: directUrl && !server ? listener => openOwn(listener, urlTarget(directUrl, name)) : undefined,
    run: (work, attempts) => retry(() => reads.run(work), attempts),
    transaction: (work, mode) => retry(() => transactions.transaction(work, mode)),
    toError,
    close: async () => {
      await Promise.all([transactions.end(5), reads.end(5)])
      await server?.close()
    },
  }
  try {
    const { createFrom } = target
    if (createFrom && options.mayCreate !== false)
      await retry(() => createWhereMissing(connectTo(target, { database: createFrom }), target.name, ofSession), 3)
    await database.run(async () => {}, 3)
    if (options.schema !== 'as-is') await checkSchema(database, options)
    return database
  } catch (error) {
    await reads.end(1).finally(() => server?.close())
    throw toError(error)
  }
}

async function startServer(options: OpenDatabaseOptions): Promise<EmbeddedServer> {
  const { settings, mayCreate, clock, log, signal } = options
  const { dataDir } = settings
  if (mayCreate === false && !(await import('./embedded/place.ts')).isMade(dataDir))
    throw new StoreError(`There is no database in ${dataDir}.`, {
      hint: 'Check data_dir or SPORTS_INGEST_DATA_DIR; the first run that loads something makes it.',
    })
  const { openEmbeddedServer } = await import('./embedded/server.ts')
  return await openEmbeddedServer({ dataDir, clock, log, ...(signal ? { signal } : {}) })
}
