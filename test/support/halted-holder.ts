import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { takeLease } from '../../src/store/leases.ts'
import { openDatabase } from '../../src/store/open-database.ts'

/** A process that takes the lease `daily:nba`, whose time is over at once, and halts in the middle of a COPY: the lease is locked. */
const settings = { url: process.argv[2], dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 1 }
const database = await openDatabase({ settings, schema: 'as-is', clock: createClock(), log: silentLog })
const lease = await takeLease(database, 'daily:nba', silentLog)
await database.run(sql => sql`update ingest_leases set expires_at = now() - interval '1 second'`)
await database.transaction(async tx => {
  await lease.check(tx)
  await tx`create temporary table lines (line text)`
  const lines = await tx`copy lines from stdin`.writable()
  await new Promise(sent => lines.write('one\n', sent))
  process.kill(process.pid, 'SIGSTOP')
})
