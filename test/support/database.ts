import { inject } from 'vitest'
import { createDatabaseOn, type DatabaseOptions, type TestDatabase } from './database-server.ts'

export type { TestDatabase }

/** A database of its own on the run's server: migrated, or empty. Dropped at the end. */
export const createTestDatabase = (options: DatabaseOptions = {}): Promise<TestDatabase> =>
  createDatabaseOn(inject('databaseUrl'), options, inject('poolerUrl'))
