import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { openEmbeddedServer } from '../../src/store/embedded/server.ts'
import { openDatabase } from '../../src/store/open-database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A server of the tests' own, by its socket; `NAME` stands for the database. */
    databaseUrl: string
  }
}

/**
 * One server for the whole run, and one migrated database that each test file clones: the embedded server, or the one
 * that SPORTS_INGEST_TEST_DATABASE_URL names, whose user may create databases.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer(process.env['SPORTS_INGEST_TEST_DATABASE_URL'])
  const settings = {
    url: server.url.replace('NAME', 'postgres'),
    dataDir: '/nowhere',
    queryTimeoutMs: 60_000,
    reconnectAttempts: 1,
  }
  const template = await openDatabase({ settings, name: 'template_migrated', clock: createClock(), log: silentLog })
  await template.close()
  project.provide('databaseUrl', server.url)
  return server.stop
}

async function startServer(given: string | undefined): Promise<{ url: string; stop: () => Promise<void> }> {
  if (given) {
    const url = new URL(given)
    url.pathname = '/NAME'
    return { url: url.href, stop: async () => {} }
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'sports-ingest-test-'))
  chmodSync(dataDir, 0o755)
  const server = await openEmbeddedServer({ dataDir, clock: createClock(), log: silentLog })
  const { user, host } = server.connection
  return {
    url: `postgres://${user}@localhost/NAME?host=${encodeURIComponent(host)}`,
    stop: async () => {
      await server.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
