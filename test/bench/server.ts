import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { openEmbeddedServer } from '../../src/store/embedded/server.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { moveWatermark } from '../../src/store/watermarks.ts'

/** A server database with a watermark, as an operator's: it runs all the time, and is reached by its URL. */
export async function startServerDatabase(): Promise<{ url: string } & AsyncDisposable> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sports-ingest-bench-'))
  chmodSync(dataDir, 0o755)
  const clock = createClock()
  const server = await openEmbeddedServer({ dataDir, clock, log: silentLog })
  const { user, host } = server.connection
  const url = `postgres://${user}@localhost/bench?host=${encodeURIComponent(host)}`
  const settings = { url: url.replace('/bench', '/postgres'), dataDir, queryTimeoutMs: 60_000, reconnectAttempts: 1 }
  const database = await openDatabase({ settings, name: 'bench', clock, log: silentLog })
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
    url,
    async [Symbol.asyncDispose]() {
      await server.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
