import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sql } from 'postgres'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Database } from '../../src/store/database.ts'
import { openEmbeddedServer } from '../../src/store/embedded/server.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { connectionOptions, urlTarget } from '../../src/store/target.ts'

export interface TestDatabase extends AsyncDisposable {
  /** For a CLI process: `DATABASE_URL`. */
  url: string
  name: string
  database: Database
  sql: Sql
}

/**
 * A server for many databases, with a migrated one to clone: the embedded server in a directory of its own, or the one that
 * `given` names, whose user may create databases. `NAME` stands for the database in its `url`.
 * @param options.durable `false`: the embedded server syncs nothing to disk. Committed rows survive the end of every process,
 * but not a power failure. `packageDir`: the npm package of another version of it.
 */
export async function startDatabaseServer(
  given: string | undefined,
  { durable = true, packageDir }: { durable?: boolean; packageDir?: string | undefined } = {},
): Promise<{ url: string } & AsyncDisposable> {
  const server = given ? { url: withoutName(given), close: async () => {} } : await startEmbedded(durable, packageDir)
  if (!given && !durable) await stopSyncing(server.url)
  await migrate(server.url, 'postgres', 'template_migrated')
  return { url: server.url, [Symbol.asyncDispose]: server.close }
}

export interface DatabaseOptions {
  /** Not migrated. */
  empty?: boolean
  /** It sorts text as a dictionary of that language does, and not by its bytes. */
  icuLocale?: string
  /** Of an empty one, instead of UTF8. */
  encoding?: 'SQL_ASCII' | 'LATIN1'
}

/**
 * A database of its own on such a server: migrated, or empty. Dropped at the end.
 * @param through where the program connects to, if not to the server itself
 */
export async function createDatabaseOn(
  server: string,
  { empty = false, icuLocale, encoding }: DatabaseOptions = {},
  through = server,
): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = adminOf(server)
  const strategy = await quickestCopy(admin)
  const inEncoding = encoding ? `encoding '${encoding}' lc_collate 'C' lc_ctype 'C'` : ''
  const locale = admin.unsafe(icuLocale ? `locale_provider icu icu_locale '${icuLocale}'` : inEncoding)
  const template = empty || icuLocale ? 'template0' : 'template_migrated'
  await admin`create database ${admin(name)} template ${admin(template)} ${locale} ${admin.unsafe(strategy)}`
  // Only template0 may be copied with another locale.
  if (icuLocale && !empty) await migrate(server, name)
  const database = await open(through, name)
  const url = through.replace('NAME', name)
  const sql = urlTarget(server, name).connect({ ...connectionOptions(), max: 4 })
  return {
    ...{ url, name, database, sql },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([sql.end({ timeout: 5 }), database.close()])
      await admin`drop database ${admin(name)} with (force)`
    },
  }
}

/** Copied as files, a database is there in a quarter of the time; PostgreSQL 14 knows no other way. */
async function quickestCopy(admin: Sql): Promise<string> {
  const [{ version } = { version: 0 }] = await admin<
    { version: number }[]
  >`select current_setting('server_version_num')::int as version`
  return version < 150_000 ? '' : 'strategy file_copy'
}

/** Keeps a database of such a server as it is now, to put it back: whoever is connected to it has to connect again. */
export async function keepDatabaseOn(server: string, name: string): Promise<{ putBack(): Promise<void> } & AsyncDisposable> {
  const admin = adminOf(server)
  const kept = `${name}_kept`
  const strategy = await quickestCopy(admin)
  const copy = async (from: string, to: string) => {
    // Only a database to which nobody is connected can be copied.
    await admin`select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = ${from}`
    await admin`drop database if exists ${admin(to)} with (force)`
    await admin`create database ${admin(to)} template ${admin(from)} ${admin.unsafe(strategy)}`
  }
  await copy(name, kept)
  return {
    putBack: () => copy(kept, name),
    [Symbol.asyncDispose]: async () => {
      await admin`drop database ${admin(kept)}`
    },
  }
}

const admins = new Map<string, Sql>()

/** A connection of this process for creating and dropping databases; it closes by itself where nobody needs it. */
function adminOf(server: string): Sql {
  const known = admins.get(server)
  if (known) return known
  const admin = urlTarget(server, 'postgres').connect({ max: 1, idle_timeout: 5, fetch_types: false, onnotice: () => {} })
  admins.set(server, admin)
  return admin
}

function withoutName(given: string): string {
  const url = new URL(given)
  url.pathname = '/NAME'
  return url.href
}

/** Memory, where there is room for some dozens of databases: each is 300 files, and each test has one of its own. */
function quickestDir(): string {
  const memory = '/dev/shm'
  if (!existsSync(memory)) return tmpdir()
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize > 4e9 ? memory : tmpdir()
}

async function startEmbedded(durable: boolean, packageDir: string | undefined) {
  const dataDir = mkdtempSync(join(durable ? tmpdir() : quickestDir(), 'sports-ingest-test-'))
  chmodSync(dataDir, 0o755)
  const server = await openEmbeddedServer({ dataDir, clock: createClock(), log: silentLog, ...(packageDir && { packageDir }) })
  const { user, host } = server.connection
  return {
    url: `postgres://${user}@localhost/NAME?host=${encodeURIComponent(host)}`,
    close: async () => {
      await server.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function stopSyncing(server: string): Promise<void> {
  const admin = adminOf(server)
  // Autovacuum would go through hundreds of databases that live for a second.
  for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit', 'autovacuum'])
    await admin`alter system set ${admin(setting)} = off`
  await admin`select pg_reload_conf()`
}

const settingsFor = (server: string, name: string) => ({
  url: server.replace('NAME', name),
  dataDir: '/nowhere',
  queryTimeoutMs: 60_000,
  reconnectAttempts: 1,
})

/** With a name of its own, that database is created. */
async function migrate(server: string, at: string, name?: string): Promise<void> {
  const settings = settingsFor(server, at)
  const database = await openDatabase({ settings, ...(name && { name }), clock: createClock(), log: silentLog })
  await database.close()
}

const open = (server: string, name: string): Promise<Database> =>
  openDatabase({ settings: settingsFor(server, name), schema: 'as-is', clock: createClock(), log: silentLog })
