import { inject } from 'vitest'
import { createDatabaseOn, type DatabaseOptions, keepDatabaseOn, type TestDatabase } from './database-server.ts'

export type { TestDatabase }

/** A database of its own on the run's server: migrated, or empty. Dropped at the end. */
export const createTestDatabase = (options: DatabaseOptions = {}): Promise<TestDatabase> =>
  createDatabaseOn(inject('databaseUrl'), options, inject('poolerUrl'))

/** Keeps such a database as it is now, to put it back. */
export const keepDatabase = ({ name }: Pick<TestDatabase, 'name'>) => keepDatabaseOn(inject('databaseUrl'), name)
