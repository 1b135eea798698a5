import type { Socket } from 'node:net'
import { hostname } from 'node:os'
import postgres, { type Options, type PostgresType, type Sql } from 'postgres'
import { ConfigError } from '../core/errors.ts'
import { type PostgresHost, parsePostgresAddress } from '../core/postgres-address.ts'
import { isPassing } from './database-errors.ts'
import { noPassword } from './embedded/no-password.ts'
import type { EmbeddedServer } from './embedded/server.ts'
import { openFirstFit, type ServerState } from './hosts.ts'
import type { SessionSettings } from './session-settings.ts'
import { failedSocket, openConnection, openSocket } from './socket.ts'
import { storableJson, storableText } from './text.ts'
import { toTls } from './tls.ts'

export type PostgresOptions = Options<Record<string, PostgresType>>

/**
 * Days stay text. 64-bit integers become numbers: they count rows and runs, and stay small. What is text is made storable: PostgreSQL would
 * refuse the statement for a NUL or half a surrogate pair in a provider's text.
 */
const types = {
  // Also what the server gives no type.
  text: {
    to: 0,
    from: [25, 1043],
    serialize: (value: unknown) => storableText(String(value)),
    parse: (text: string) => text,
  },
  json: { to: 114, from: [114, 3802], serialize: storableJson, parse: (text: string) => JSON.parse(text) },
  date: { to: 1082, from: [1082], serialize: (day: string) => day, parse: (day: string) => day },
  bigint: { to: 20, from: [20], serialize: (value: number) => String(value), parse: (text: string) => Number(text) },
}

/** What `pg_stat_activity` calls the sessions of a process: at most 63 bytes, so the number comes first. */
export const sessionName = (host: string, pid: number): string => `sports-ingest ${pid} on ${host}`.slice(0, 63)

/** How every connection is opened; `connection` becomes parameters of it, of which poolers pass on no others than these. */
export function connectionOptions(): PostgresOptions {
  return {
    // Poolers share a session between transactions, and temporary tables are created again under the same name.
    prepare: false,
    fetch_types: false,
    // postgres.js would renew connections after half an hour; for other processes, the end of a session means that a holder is gone.
    max_lifetime: null,
    // An option that is missing in the types of postgres.js.
    ...({ socket: openSocket } as object),
    connect_timeout: 10,
    types: types as unknown as Record<string, PostgresType>,
    onnotice: () => {},
    connection: { application_name: sessionName(hostname(), process.pid) },
  }
}

/** A database that can be connected to. */
export interface Target {
  connect(options: PostgresOptions): Sql
  name: string
  description: string
  /** The database to be in while `name` is created, where it may have to be. */
  createFrom?: string
  /** Where tables are looked for and made: schemas, as `search_path` takes them. */
  searchPath: string
  /** Other settings of its sessions that the address asks for. */
  settings: Record<string, string>
}

function createSql(options: PostgresOptions): Sql {
  // postgres.js (3.4.9) would act on it by itself, and does not know `any`.
  const variable = 'PGTARGETSESSIONATTRS'
  const attrs = process.env[variable]
  delete process.env[variable]
  try {
    return postgres(options) as unknown as Sql
  } finally {
    if (attrs !== undefined) process.env[variable] = attrs
  }
}

/** A database of the embedded server. */
export function embeddedTarget({ connection }: Pick<EmbeddedServer, 'connection'>, name = 'sports_ingest'): Target {
  const { host, port, user, path } = connection
  return {
    connect: options => createSql({ host, port, user, password: noPassword, path, ssl: false, database: name, ...options }),
    name,
    description: `the embedded database ${name}`,
    createFrom: 'postgres',
    searchPath: 'public',
    settings: {},
  }
}

/** `postgres://user@host:5432/name`, as libpq reads it. @throws ConfigError where it cannot be used */
export function urlTarget(url: string, name: string | undefined): Target {
  const parsed = parsePostgresAddress(url, process.env)
  if ('problem' in parsed) throw new ConfigError(`DATABASE_URL ${parsed.problem}.`, { hint: parsed.hint })
  const { address } = parsed
  const { hosts, user, password, database: own, sessionAttrs: attrs, keepAliveS, applicationName, startupOptions } = address
  const tls = toTls(address)
  const timeoutS = address.connectTimeoutS ?? 10
  const database = name ?? own

  /** @param open gives the socket of each connection, until the signal ends it */
  function connect(options: PostgresOptions, open: (signal: AbortSignal) => Promise<Socket>): Sql {
    const ending = new AbortController()
    const settings = {
      // For messages, and one of several: with more, postgres.js (3.4.9) would not tell of errors.
      host: [hosts.map(({ name }) => name).join()],
      port: [hosts[0].port],
      ...{ user, database, ssl: false },
      ...(password === undefined ? {} : { password }),
      ...(keepAliveS === undefined ? {} : { keep_alive: keepAliveS }),
      ...options,
      connect_timeout: timeoutS,
      connection: {
        ...options.connection,
        ...(applicationName ? { application_name: applicationName } : {}),
        ...(startupOptions ? { options: startupOptions } : {}),
      },
      socket: () => untilEnded(open(ending.signal), ending.signal).catch(failedSocket),
    }
    const sql = createSql(settings as PostgresOptions)
    const { end } = sql
    // postgres.js (3.4.9) does not end a connection whose socket is still being opened.
    return Object.assign(sql, { end: (how?: { timeout?: number }) => end(how).finally(() => ending.abort()) })
  }

  const openHost = (host: PostgresHost) => (signal: AbortSignal) =>
    openConnection(host, { tls, timeoutMs: timeoutS * 1000, signal })

  async function readState(host: PostgresHost): Promise<ServerState> {
    // The database of the address is there; `name` may have to be created.
    const options = { max: 1, database: own, prepare: false, fetch_types: false, onnotice: () => {} }
    const sql = connect(options, openHost(host))
    try {
      const [state] = await sql<ServerState[]>`
        select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as "readOnly"`
      return state as ServerState
    } finally {
      await sql.end({ timeout: 1 })
    }
  }

  const openAny = openFirstFit({ hosts, attrs, readState, isPassing })
  return {
    connect: options => connect(options, signal => openAny(host => openHost(host)(signal))),
    name: database,
    description: `the database ${database} at ${hosts.map(({ text }) => text).join(',')}`,
    ...(name ? { createFrom: own } : {}),
    searchPath: address.searchPath ?? 'public',
    settings: address.settings,
  }
}

/** Ends what was opened when the signal does, as far as it is open still. */
async function untilEnded(opening: Promise<Socket>, signal: AbortSignal): Promise<Socket> {
  const socket = await opening
  const end = () => void socket.end()
  signal.addEventListener('abort', end)
  socket.once('close', () => signal.removeEventListener('abort', end))
  if (signal.aborted) end()
  return socket
}

/** Creates a database unless it is there; ends the connection it is given. */
export async function createWhereMissing(admin: Sql, name: string, settings: SessionSettings): Promise<void> {
  try {
    await settings.prepare(admin)
    const [found] = await admin`select 1 from pg_database where datname = ${name}`
    if (!found) await admin`create database ${admin(name)}`
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string }
    // Another process was quicker: 42P04 duplicate_database, or 23505 from the catalogue's index.
    if (['42P04', '23505'].includes(code)) return
    // A database cannot be created in a transaction, and a pooler has no other place for settings of our own: the role's are in effect.
    if (settings.isPooled && ['25006', '57014', '55P03'].includes(code))
      throw new ConfigError(
        `The database ${name} cannot be created through a pooler with the settings of this role: ${message}.`,
        {
          hint: `Create it: CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0.`,
          cause: error,
        },
      )
    throw error
  } finally {
    await admin.end({ timeout: 1 })
  }
}
