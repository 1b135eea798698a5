import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sql } from 'postgres'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Database } from '../../src/store/database.ts'
import { openEmbeddedServer } from '../../src/store/embedded/server.ts'
import { openDatabase } from '../../src/store/open-database.ts'

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
 * but not a power failure.
 */
export async function startDatabaseServer(
  given: string | undefined,
  { durable = true } = {},
): Promise<{ url: string } & AsyncDisposable> {
  const server = given ? { url: withoutName(given), close: async () => {} } : await startEmbedded()
  if (!given && !durable) await stopSyncing(server.url)
  const template = await openDatabase({
    settings: settingsFor(server.url, 'postgres'),
    name: 'template_migrated',
    clock: createClock(),
    log: silentLog,
  })
  await template.close()
  return { url: server.url, [Symbol.asyncDispose]: server.close }
}

/** A database of its own on such a server: migrated, or empty. Dropped at the end. */
export async function createDatabaseOn(server: string, { empty = false } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = await open(server, 'postgres')
  await admin.sql`create database ${admin.sql(name)} template ${admin.sql(empty ? 'template0' : 'template_migrated')}`
  const database = await open(server, name)
  return {
    url: server.replace('NAME', name),
    name,
    database,
    get sql() {
      return database.sql
    },
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await admin.sql`drop database ${admin.sql(name)} with (force)`
      await admin.close()
    },
  }
}

function withoutName(given: string): string {
  const url = new URL(given)
  url.pathname = '/NAME'
  return url.href
}

async function startEmbedded() {
  const dataDir = mkdtempSync(join(tmpdir(), 'sports-ingest-test-'))
  chmodSync(dataDir, 0o755)
  const server = await openEmbeddedServer({ dataDir, clock: createClock(), log: silentLog })
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
  const admin = await open(server, 'postgres')
  for (const setting of ['fsync', 'full_page_writes', 'synchronous_commit'])
    await admin.sql`alter system set ${admin.sql(setting)} = off`
  await admin.sql`select pg_reload_conf()`
  await admin.close()
}

const settingsFor = (server: string, name: string) => ({
  url: server.replace('NAME', name),
  dataDir: '/nowhere',
  queryTimeoutMs: 60_000,
  reconnectAttempts: 1,
})

const open = (server: string, name: string): Promise<Database> =>
  openDatabase({ settings: settingsFor(server, name), schema: 'as-is', clock: createClock(), log: silentLog })
