// How quickly the built program starts, as multiples of an empty Node, what a first run costs, and how much of a provider's rate is
// used. Exits 1 when too slow.
import { join } from 'node:path'
import { table } from '../../src/cli/table.ts'
import { timePairs } from './pairs.ts'
import { measureRate } from './rate.ts'
import { timeSandbox } from './sandbox.ts'
import { startServerDatabase } from './server.ts'

const rounds = 15
const program = join(import.meta.dirname, '../../bin/run.js')
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      !/^(SPORTS_INGEST_|DATABASE_URL$|LOG_LEVEL$|NODE_EXTRA_CA_CERTS$|NODE_OPTIONS$)/.test(entry[0]),
  ),
)

await using server = await startServerDatabase()
const cases = [
  { name: '--version', args: ['--version'], limit: 2 },
  { name: '--help', args: ['--help'], limit: 4.5 },
  { name: 'watermark get schedule daily', args: ['watermark', 'get', 'schedule', 'daily'], limit: 6 },
]
const timed = cases.map(({ name, args, limit }) => {
  const { baseMs, ms, ratio } = timePairs([program, ...args], { ...env, DATABASE_URL: server.url }, rounds)
  const verdict = ratio <= limit ? 'ok' : 'too slow'
  return { verdict, row: [name, baseMs.toFixed(0), ms.toFixed(0), ratio.toFixed(2), limit, verdict] }
})
console.log(
  table(
    ['start of', 'node -e 0, ms', 'ms', 'ratio', 'limit', ''],
    timed.map(({ row }) => row),
    '',
  ),
)

const { firstMs, secondMs } = timeSandbox(program, env)
const verdict = firstMs <= 10_000 ? 'ok' : 'too slow'
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
console.log(`\nschedule daily --sandbox: first run ${seconds(firstMs)} (limit 10 s, ${verdict}), second ${seconds(secondMs)}`)

const ratePerSecond = 2
const { used, fullestSecond } = await measureRate(server.url, ratePerSecond, 30)
const paced = fullestSecond > ratePerSecond ? 'too quick' : used < 0.98 ? 'too slow' : 'ok'
console.log(
  `four processes at ${ratePerSecond}/s: ${(used * 100).toFixed(1)} % of the rate used (limit 98 %), at most ${fullestSecond} in a second (limit ${ratePerSecond}, ${paced})`,
)
if (paced !== 'ok' || [verdict, ...timed.map(one => one.verdict)].includes('too slow')) process.exitCode = 1
