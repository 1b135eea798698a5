import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { openEmbeddedServer } from '../../src/store/embedded/server.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { connectionOptions, embeddedTarget } from '../../src/store/target.ts'
import { processesIn } from '../store/embedded/processes.ts'
import type { TestDatabase } from './database-server.ts'
import { until } from './until.ts'

/** Where the embedded server of a data directory keeps its data. */
export const clusterIn = (dataDir: string): string =>
  join(dataDir, readdirSync(dataDir).find(name => name.startsWith('pgdata')) as string)

/** A data directory of its own, whose server this process uses beside the program; when both are done, it goes down. */
export async function openDataDirectory(): Promise<TestDatabase & { dataDir: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sports-ingest-crash-'))
  const settings = { url: undefined, dataDir, queryTimeoutMs: 60_000, reconnectAttempts: 3 }
  const own = { clock: createClock(), log: silentLog }
  const database = await openDatabase({ settings, ...own })
  const server = await openEmbeddedServer({ dataDir, ...own })
  const sql = embeddedTarget(server).connect({ ...connectionOptions(), max: 4 })
  return {
    ...{ url: '', name: 'embedded', database, dataDir, sql },
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 5 })
      await Promise.all([database.close(), server.close()])
      const cluster = clusterIn(dataDir)
      await until('no process of the server is left', () => processesIn(cluster).length === 0)
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
