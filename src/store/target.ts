import { hostname } from 'node:os'
import postgres, { type Options, type PostgresType, type Sql } from 'postgres'
import type { EmbeddedServer } from './embedded/server.ts'
import { openSocket } from './socket.ts'
import { storableJson, storableText } from './text.ts'

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
}

/** A database of the embedded server. */
export function embeddedTarget({ connection }: EmbeddedServer, name = 'sports_ingest'): Target {
  const { host, port, user, path } = connection
  return {
    connect: options => postgres({ host, port, user, path, ssl: false, database: name, ...options }) as unknown as Sql,
    name,
    description: `the embedded database ${name}`,
    createFrom: 'postgres',
    searchPath: 'public',
  }
}

/** `postgres://user@host:5432/name`, or `postgres://user@localhost/name?host=/run/postgresql` for a socket. */
export function urlTarget(url: string, name: string | undefined): Target {
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
    searchPath: 'public',
  }
}

/** Creates a database unless it is there; ends the connection it is given. */
export async function createWhereMissing(admin: Sql, name: string): Promise<void> {
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
