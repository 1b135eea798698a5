import type { TestProject } from 'vitest/node'
import { startDatabaseServer } from './database-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A server of the tests' own, by its socket; `NAME` stands for the database. */
    databaseUrl: string
  }
}

/** One server for the whole run: the embedded one, or the one that SPORTS_INGEST_TEST_DATABASE_URL names. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startDatabaseServer(process.env['SPORTS_INGEST_TEST_DATABASE_URL'], { durable: false })
  project.provide('databaseUrl', server.url)
  return async () => {
    await server[Symbol.asyncDispose]()
  }
}
