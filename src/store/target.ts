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

/** The settings of every connection. */
export function sessionOptions(queryTimeoutMs: number): PostgresOptions {
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
    connection: {
      application_name: sessionName(hostname(), process.pid),
      statement_timeout: queryTimeoutMs,
      // A halted process must not keep its locks: as long as a lease lasts without a sign of life.
      idle_in_transaction_session_timeout: 30_000,
      ...(ownSettings as object),
    },
  }
}

/** A database that can be connected to. */
export interface Target {
  connect(options: PostgresOptions): Sql
  name: string
  description: string
  /** The database to be in while `name` is created, where it may have to be. */
  createFrom?: string
}

/** A database of the embedded server. */
export function embeddedTarget({ connection }: EmbeddedServer, name = 'sports_ingest'): Target {
  const { host, port, user, path } = connection
  return {
    connect: options => postgres({ host, port, user, path, ssl: false, database: name, ...options }) as unknown as Sql,
    name,
    description: `the embedded database ${name}`,
    createFrom: 'postgres',
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
