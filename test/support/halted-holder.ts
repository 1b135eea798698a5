import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { takeLease } from '../../src/store/leases.ts'
import { openDatabase } from '../../src/store/open-database.ts'

/**
 * A process that takes the lease `daily:nba` for a second and halts: holding no more than that (`nothing`), in a transaction that has
 * locked it (`lock`), or in one that is in the middle of a COPY (`copy`).
 */
const [, , url, then] = process.argv
const settings = { url, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 1 }
const database = await openDatabase({ settings, schema: 'as-is', clock: createClock(), log: silentLog })
const lease = await takeLease(database, 'daily:nba', silentLog, { lifetimeS: 1, renewalMs: 60_000 })
const halt = () => process.kill(process.pid, 'SIGSTOP')
if (then === 'nothing') halt()
else
  await database.transaction(async tx => {
    await lease.check(tx)
    if (then === 'copy') {
      await tx`create temporary table lines (line text)`
      const lines = await tx`copy lines from stdin`.writable()
      await new Promise(sent => lines.write('one\n', sent))
    }
    halt()
  })
