import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ISql, Sql } from 'postgres'
import { ConfigError, StoreError } from '../core/errors.ts'
import { packageRoot } from '../core/package-root.ts'
import type { Database } from './database.ts'

const table = 'ingest_migrations'
/** An arbitrary number that no other program is likely to lock: the ASCII codes of `spor`. */
const lock = 0x73706f72

export type SchemaStatus = Awaited<ReturnType<typeof readSchemaStatus>>

const folder = () => join(packageRoot(), 'drizzle', 'migrations')

/**
 * Compares the database's migrations with those this program brings, oldest first. `newer`: the database has migrations that this program
 * does not know.
 */
export async function readSchemaStatus(sql: Sql) {
  const { entries } = JSON.parse(readFileSync(join(folder(), 'meta', '_journal.json'), 'utf8')) as {
    entries: { when: number; tag: string }[]
  }
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

/** One query finds the table and whether the database can be used: other encodings lack letters of people's names. */
async function readApplied(sql: ISql): Promise<Set<number>> {
  const [found] = await sql<{ table: boolean; database: string; encoding: string }[]>`
    select to_regclass(${table}) is not null as table, current_database() as database, getdatabaseencoding() as encoding`
  if (found && found.encoding !== 'UTF8')
    throw new ConfigError(`The database ${found.database} has the encoding ${found.encoding}; it must be UTF8.`, {
      hint: "Create one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name it in DATABASE_URL.",
    })
  if (!found?.table) return new Set()
  try {
    const rows = await sql<{ created_at: number }[]>`select created_at::bigint from ${sql(table)}`
    return new Set(rows.map(row => row.created_at))
  } catch (error) {
    // A table of that name without this column, or with one that holds no numbers.
    if (['42703', '42846', '22P02'].includes(codeOf(error))) throw foreignTable(error as Error, `the database ${found.database}`)
    throw error
  }
}

const codeOf = (error: unknown) => (error as { code?: string } | undefined)?.code ?? ''

/** The error for something that has a name we need and was not made by this program. */
const foreignTable = (cause: Error, database: string) =>
  new ConfigError(`There is a table of another program in ${database}: ${cause.message}.`, {
    hint: 'Name another database in DATABASE_URL, or a schema for this program: options=-csearch_path%3DNAME.',
    cause,
  })

/**
 * Makes sure that the schema is current: it is created in an empty database, the embedded database is migrated automatically, and
 * that of a server is changed only by `db migrate`. @throws ConfigError, StoreError where it is not
 */
export async function checkSchema(database: Database, { mayCreate = true } = {}): Promise<void> {
  const status = await database.run(readSchemaStatus)
  if (status.newer) throw newerSchema(database)
  if (status.pending === 0) return
  if (status.empty && !mayCreate)
    throw new StoreError(`${sentenceCase(database.description)} has no tables of this program.`, {
      hint: 'Check DATABASE_URL; the first run that loads something makes them.',
    })
  if (status.empty || database.embedded) return await migrate(database)
  throw new ConfigError(
    `The schema of ${database.description} lacks ${status.pending === 1 ? '1 migration' : `${status.pending} migrations`}.`,
    {
      hint: 'Run sports-ingest db migrate.',
    },
  )
}

const sentenceCase = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** The error for a database that a newer version of this program has migrated. */
export const newerSchema = ({ description }: Database) =>
  new StoreError(`The schema of ${description} is newer than this program.`, { hint: 'Update sports-ingest.' })

/**
 * Applies pending migrations in one transaction, under a lock that ends with it: several processes may do so at once, and none leaves
 * a part of them. Drizzle's own migrator begins with `create schema`, which takes a right that is not needed where the schema is there.
 */
export async function migrate(database: Database): Promise<void> {
  const { readMigrationFiles } = await import('drizzle-orm/migrator')
  const known = readMigrationFiles({ migrationsFolder: folder() })
  const applying = database.transaction(async tx => {
    await tx`select pg_advisory_xact_lock(${lock})`
    const schema = database.searchPath.split(',')[0] as string
    const [found] = await tx<{ schema: boolean; table: boolean }[]>`
      select to_regnamespace(${schema}) is not null as schema, to_regclass(${table}) is not null as table`
    if (!found?.schema) await tx.unsafe(`create schema ${schema}`)
    if (!found?.table) await tx`create table ${tx(table)} (id serial primary key, hash text not null, created_at bigint)`
    const applied = await readApplied(tx)
    for (const { sql: statements, hash, folderMillis: when } of known) {
      if (applied.has(when)) continue
      // Drizzle names the schema of views.
      for (const statement of statements) await tx.unsafe(statement.replaceAll('"public".', ''))
      await tx`insert into ${tx(table)} (hash, created_at) values (${hash}, ${when})`
    }
  })
  await applying.catch((error: Error) => {
    // duplicate_table, duplicate_object: it came from a statement of a migration, and ended the transaction.
    if (!['42P07', '42710'].includes(codeOf(error.cause))) throw error
    throw foreignTable(error.cause as Error, database.description)
  })
}
