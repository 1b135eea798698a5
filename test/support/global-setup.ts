import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { openDatabase } from '../../src/store/database.ts'
import { openEmbeddedServer } from '../../src/store/embedded/server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A server of the tests' own, by its socket; `NAME` stands for the database. */
    databaseUrl: string
  }
}

/** One server for the whole run, and one migrated database that each test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sports-ingest-test-'))
  chmodSync(dataDir, 0o755)
  const clock = createClock()
  const server = await openEmbeddedServer({ dataDir, clock, log: silentLog })
  const { user, host } = server.connection
  const url = `postgres://${user}@localhost/NAME?host=${encodeURIComponent(host)}`
  const settings = { url: url.replace('NAME', 'postgres'), dataDir, queryTimeoutMs: 60_000, reconnectAttempts: 1 }
  const template = await openDatabase({ settings, name: 'template_migrated', clock, log: silentLog })
  await template.close()
  project.provide('databaseUrl', url)
  return async () => {
    await server.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
