import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { openEmbeddedServer } from '../../src/store/embedded/server.ts'
import { isAlive } from '../../src/store/embedded/temporary.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { connectionOptions, embeddedTarget } from '../../src/store/target.ts'
import { postmasterOf, processesIn } from '../store/embedded/processes.ts'
import type { TestDatabase } from './database-server.ts'
import { until } from './until.ts'

/** Where the embedded server of a data directory keeps its data. */
export const clusterIn = (dataDir: string): string =>
  join(dataDir, readdirSync(dataDir).find(name => name.startsWith('pgdata')) as string)

interface DataDirectory extends TestDatabase {
  dataDir: string
  /** Stops the server, and returns when it is down: `fast` ends what is under way, `immediate` leaves it to the recovery. */
  stop(mode: keyof typeof stopSignals): Promise<void>
  /** Starts it again, and returns when it takes connections. */
  start(): Promise<void>
}

const stopSignals = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/**
 * A data directory of its own, whose server this process uses beside the program; when both are done, it goes down. By its `url` the program
 * knows it as a server like any other, which it cannot start.
 */
export async function openDataDirectory(): Promise<DataDirectory> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sports-ingest-crash-'))
  const settings = { url: undefined, dataDir, queryTimeoutMs: 60_000, reconnectAttempts: 3 }
  const own = { clock: createClock(), log: silentLog }
  const database = await openDatabase({ settings, ...own })
  const server = await openEmbeddedServer({ dataDir, ...own })
  const sql = embeddedTarget(server).connect({ ...connectionOptions(), max: 4 })
  return {
    ...{ url: database.address, name: 'embedded', database, dataDir, sql },
    stop: async mode => {
      const cluster = clusterIn(dataDir)
      const pid = postmasterOf(cluster)
      process.kill(pid, stopSignals[mode])
      await until('the server is down', () => !isAlive(pid))
    },
    start: server.revive,
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 5 })
      await Promise.all([database.close(), server.close()])
      const cluster = clusterIn(dataDir)
      await until('no process of the server is left', () => processesIn(cluster).length === 0)
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
