import { randomBytes } from 'node:crypto'
import type { Sql } from 'postgres'
import { inject } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Database } from '../../src/store/database.ts'
import { openDatabase } from '../../src/store/open-database.ts'

export interface TestDatabase extends AsyncDisposable {
  /** For a CLI process: `DATABASE_URL`. */
  url: string
  name: string
  database: Database
  sql: Sql
}

/** A database of its own on the run's server: migrated, or empty. Dropped at the end. */
export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = await open('postgres', 'as-is')
  await admin.sql`create database ${admin.sql(name)} template ${admin.sql(empty ? 'template0' : 'template_migrated')}`
  const database = await open(name, 'as-is')
  return {
    url: urlOf(name),
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

const urlOf = (name: string) => inject('databaseUrl').replace('NAME', name)

function open(name: string, schema: 'as-is' | 'ready'): Promise<Database> {
  const settings = { url: urlOf(name), dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 1 }
  return openDatabase({ settings, schema, clock: createClock(), log: silentLog })
}
