import { text } from 'node:stream/consumers'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { createHttpClient } from '../../src/http/client.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { createRateBudget, type Share } from '../../src/store/rate-budget.ts'

// A process that asks a provider as often as its budget lets it, from when it said `ready` until its stdin ends.
const [databaseUrl = '', baseUrl = '', ratePerSecond = '', share = ''] = process.argv.slice(2)
const clock = createClock()
const settings = { url: databaseUrl, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 5 }
await using stack = new AsyncDisposableStack()
const database = stack.adopt(await openDatabase({ settings, schema: 'as-is', clock, log: silentLog }), opened => opened.close())
const budget = createRateBudget(database, {
  account: 'nba-cdn',
  ratePerSecond: Number(ratePerSecond),
  share: share as Share,
  liveShare: 0.25,
  clock,
})
const client = stack.use(createHttpClient({ provider: 'nba-cdn', baseUrl, budget, clock, log: silentLog }))
const stop = new AbortController()
void text(process.stdin).then(() => stop.abort())
process.stdout.write('ready\n')

async function askOn(): Promise<void> {
  while (!stop.signal.aborted) {
    await client.get(`/${share}`, { signal: stop.signal }).catch(error => {
      if (!stop.signal.aborted) throw error
    })
  }
}
await Promise.all([askOn(), askOn()])
