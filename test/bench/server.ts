import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { openEmbeddedServer } from '../../src/store/embedded/server.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { moveWatermark } from '../../src/store/watermarks.ts'

export interface ServerDatabase extends AsyncDisposable {
  url: string
  /** Another database of the server, with nothing in it. Returns its URL. */
  createEmpty(name: string): Promise<string>
}

/** A server database with a watermark, as an operator's: it runs all the time, and is reached by its URL. */
export async function startServerDatabase(): Promise<ServerDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sports-ingest-bench-'))
  chmodSync(dataDir, 0o755)
  const clock = createClock()
  const server = await openEmbeddedServer({ dataDir, clock, log: silentLog })
  const { user, host } = server.connection
  const urlOf = (name: string) => `postgres://${user}@localhost/${name}?host=${encodeURIComponent(host)}`
  const settings = { url: urlOf('postgres'), dataDir, queryTimeoutMs: 60_000, reconnectAttempts: 1 }
  const open = (name: string) => openDatabase({ settings, name, clock, log: silentLog })
  const database = await open('bench')
  await database.transaction(tx =>
    moveWatermark(tx, {
      stage: 'schedule',
      key: 'daily:nba',
      value: '2025-01-15',
      at: clock.now(),
      by: { user: 'bench', reason: undefined },
    }),
  )
  await database.close()
  return {
    url: urlOf('bench'),
    createEmpty: async name => {
      await (await open(name)).close()
      return urlOf(name)
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
