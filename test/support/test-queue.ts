import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { openBullQueue } from '../../src/queue/bullmq.ts'
import { createInlineQueue } from '../../src/queue/inline.ts'
import { openPgBossQueue } from '../../src/queue/pg-boss.ts'
import type { Queue, QueueDriver } from '../../src/queue/queue.ts'
import type { Database } from '../../src/store/database.ts'
import { findListen } from '../../src/store/listen.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { rawSql } from '../../src/store/raw-sql.ts'

export interface TestQueue extends AsyncDisposable {
  queue: Queue
}

/** A queue as the program opens it. `url`: of the database, or of Redis. `shared`: that database, where it is open already. */
export async function openTestQueue(driver: QueueDriver, url: string, name: string, shared?: Database): Promise<TestQueue> {
  const parts = { name, clock: createClock(), log: silentLog }
  if (driver === 'pg-boss') {
    const settings = { url, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 5 }
    const database = shared ?? (await openDatabase({ settings, schema: 'as-is', clock: parts.clock, log: silentLog }))
    const queue = await openPgBossQueue({ access: rawSql(database, await findListen(database, silentLog)), ...parts })
    return {
      queue,
      async [Symbol.asyncDispose]() {
        await queue.close()
        if (!shared) await database.close()
      },
    }
  }
  const queue = driver === 'bullmq' ? await openBullQueue({ url, ...parts }) : createInlineQueue(parts)
  return { queue, [Symbol.asyncDispose]: () => queue.close() }
}
