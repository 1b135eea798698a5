import type { TestProject } from 'vitest/node'
import { startDatabaseServer } from './database-server.ts'
import { type PoolMode, startPgBouncer } from './pgbouncer.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A server of the tests' own, by its socket; `NAME` stands for the database. */
    databaseUrl: string
    /** Where the program under test connects to, if there is a pooler between. */
    poolerUrl: string | undefined
  }
}

/**
 * One server for the whole run: the embedded one, or the one that SPORTS_INGEST_TEST_DATABASE_URL names, or that of
 * the npm package in SPORTS_INGEST_TEST_POSTGRES_PACKAGE. With SPORTS_INGEST_TEST_POOLER
 * (`session`, `transaction`) the program under test has PgBouncer in that mode before it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { SPORTS_INGEST_TEST_DATABASE_URL: given, SPORTS_INGEST_TEST_POSTGRES_PACKAGE: packageDir } = process.env
  const server = await startDatabaseServer(given, { durable: false, packageDir })
  const mode = process.env['SPORTS_INGEST_TEST_POOLER'] as PoolMode | undefined
  const pooler = mode && (await startPgBouncer(server.url, mode))
  project.provide('databaseUrl', server.url)
  project.provide('poolerUrl', pooler?.url)
  return async () => {
    await pooler?.[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  }
}
