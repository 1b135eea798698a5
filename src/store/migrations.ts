import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sql } from 'postgres'
import { ConfigError, StoreError } from '../core/errors.ts'
import { packageRoot } from '../core/package-root.ts'
import type { Database } from './database.ts'

const table = 'ingest_migrations'
/** Any number will do, as long as nobody else locks it: the ASCII codes of `spor`. */
const lock = 0x73706f72

interface Journal {
  entries: { idx: number; when: number; tag: string }[]
}

export interface SchemaStatus {
  /** Migrations this program knows, oldest first; `applied` where the database has it. */
  migrations: { tag: string; applied: boolean }[]
  pending: number
  /** The database has migrations that this program does not know. */
  newer: boolean
  empty: boolean
}

const folder = () => join(packageRoot(), 'drizzle', 'migrations')

/** Compares the database's migrations with those this program brings. */
export async function readSchemaStatus(sql: Sql): Promise<SchemaStatus> {
  const { entries } = JSON.parse(readFileSync(join(folder(), 'meta', '_journal.json'), 'utf8')) as Journal
  const applied = await readApplied(sql)
  const migrations = entries.map(entry => ({ tag: entry.tag, applied: applied.has(entry.when) }))
  const last = entries.at(-1)?.when ?? 0
  return {
    migrations,
    pending: migrations.filter(migration => !migration.applied).length,
    newer: [...applied].some(when => when > last),
    empty: applied.size === 0,
  }
}

async function readApplied(sql: Sql): Promise<Set<number>> {
  try {
    const rows = await sql<{ created_at: number }[]>`select created_at from ${sql(table)}`
    return new Set(rows.map(row => Number(row.created_at)))
  } catch (error) {
    if ((error as { code?: string }).code === '42P01') return new Set()
    throw error
  }
}

/**
 * Makes the schema ready or says why not: an empty database gets it, the embedded one is always brought up to date,
 * a server's is changed only by `db migrate`.
 */
export async function checkSchema(database: Database): Promise<void> {
  const status = await database.run(readSchemaStatus)
  if (status.newer) throw newerSchema(database)
  if (status.pending === 0) return
  if (status.empty || database.embedded) return await migrate(database)
  throw new ConfigError(`The schema of ${database.description} lacks ${status.pending} migrations.`, {
    hint: 'Run sports-ingest db migrate.',
  })
}

/** The error for a database that an update of this program has been at work on. */
export const newerSchema = ({ description }: Database) =>
  new StoreError(`The schema of ${description} is newer than this program.`, { hint: 'Update sports-ingest.' })

/** Applies what is pending, under an advisory lock: ten processes may do so at once. */
export async function migrate(database: Database): Promise<void> {
  const [{ drizzle }, { migrate: apply }] = await Promise.all([
    import('drizzle-orm/postgres-js'),
    import('drizzle-orm/postgres-js/migrator'),
  ])
  await database.run(async () => {
    const session = database.connect()
    const { sql } = session
    try {
      await sql`select pg_advisory_lock(${lock})`
      await apply(drizzle(sql), { migrationsFolder: folder(), migrationsTable: table, migrationsSchema: 'public' })
    } finally {
      await session.end(1)
    }
  })
}
