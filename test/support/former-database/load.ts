import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { createTestDatabase, type TestDatabase } from '../database.ts'
import { addressOf } from './leagues.ts'

const migrations = join(import.meta.dirname, '../../../drizzle/migrations')

/** The schema of 0.1.0 ended with this migration, 0004_nfl-live. */
const lastMigration = 1795701959027

/**
 * A database as version 0.1.0 left it (see generate.ts): its five migrations, with the rows that say so, and the dump.
 * @param addresses where the providers are now, by the names that stand for them in the dump
 */
export async function createFormerDatabase(
  dump: 'worked' | 'first-daily-failed',
  addresses: { NBA?: string; NFL?: string },
): Promise<TestDatabase> {
  const store = await createTestDatabase({ empty: true })
  const { sql } = store
  const applied = readMigrationFiles({ migrationsFolder: migrations }).filter(({ folderMillis }) => folderMillis <= lastMigration)
  if (applied.length !== 5 || applied.at(-1)?.folderMillis !== lastMigration)
    throw new Error('The five migrations of version 0.1.0 are not there: they must stay as they were.')
  await sql.begin(async tx => {
    await tx`create table public.ingest_migrations (id serial primary key, hash text not null, created_at bigint)`
    for (const { sql: statements, hash, folderMillis } of applied) {
      for (const statement of statements) await tx.unsafe(statement)
      await tx`insert into public.ingest_migrations (hash, created_at) values (${hash}, ${folderMillis})`
    }
    let rows = readFileSync(join(import.meta.dirname, `${dump}.sql`), 'utf8')
    for (const [provider, url] of Object.entries(addresses)) rows = rows.replaceAll(addressOf(provider), url)
    await tx.unsafe(rows)
  })
  return store
}
