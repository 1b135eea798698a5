// How quickly the built program starts, as multiples of an empty Node, what a first run costs, how much of a provider's rate is used,
// what a season's backfill and live work take of memory, how the import of files compares with psql's own copy, and the queue with pg-boss
// and BullMQ. Exits 1 where a limit does not hold.
import { join } from 'node:path'
import { table } from '../../src/cli/table.ts'
import { measureImports } from './imports.ts'
import { measureLive } from './live.ts'
import { timePairs } from './pairs.ts'
import { measureQueues } from './queue.ts'
import { measureRaces } from './races.ts'
import { measureBackfillRate, measureSharedRate, type RateResult, ratePerSecond } from './rate.ts'
import { timeSandbox } from './sandbox.ts'
import { loadSeason } from './season.ts'
import { startServerDatabase } from './server.ts'
import { measureStats } from './stats.ts'

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

const verdicts = timed.map(one => one.verdict)
function judge(verdict: string): string {
  verdicts.push(verdict)
  return verdict
}

const { firstMs, secondMs } = timeSandbox(program, env)
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
const first = judge(firstMs <= 10_000 ? 'ok' : 'too slow')
console.log(`\nschedule daily --sandbox: first run ${seconds(firstMs)} (limit 10 s, ${first}), second ${seconds(secondMs)}`)

/** `99.0 % of the rate used (limit 98 %), at most 2 in a second (limit 2, ok)` */
function rateText({ used, fullestSecond }: RateResult): string {
  const paced = judge(fullestSecond > ratePerSecond ? 'too quick' : used < 0.98 ? 'too slow' : 'ok')
  return `${(used * 100).toFixed(1)} % of the rate used (limit 98 %), at most ${fullestSecond} in a second (limit ${ratePerSecond}, ${paced})`
}

console.log(`four processes at ${ratePerSecond}/s: ${rateText(await measureSharedRate(server.url, 30))}`)
for (const [sport, latencyMs] of [
  ['nba', 0],
  ['nba', 300],
  ['racing', 300],
] as const) {
  const databaseUrl = await server.createEmpty(`rate_${sport}_${latencyMs}`)
  const rate = await measureBackfillRate(program, { sport, env: { ...env, DATABASE_URL: databaseUrl }, latencyMs })
  console.log(`backfill of ${sport} at ${ratePerSecond}/s, answers after ${latencyMs} ms: ${rateText(rate)}`)
}

const { games, rows, ms, memory } = await loadSeason(program, { ...env, DATABASE_URL: await server.createEmpty('season') })
console.log(`backfill of a season, ${games} games at 500/s: ${seconds(ms)}, ${Math.round((rows * 1000) / ms)} rows/s`)
if (memory) {
  const { atTenth, atHalf, atEnd, peak } = memory
  const verdict = judge(peak > 200 ? 'too much' : atEnd > atHalf * 1.1 ? 'growing' : 'ok')
  const [tenth, half, end, most] = [atTenth, atHalf, atEnd, peak].map(mb => `${mb.toFixed(0)} MB`)
  console.log(
    `its memory: ${tenth} at 10 %, ${half} at 50 %, ${end} at 100 % of the games; at most ${most} (limit 200 MB, ${verdict})`,
  )
} else console.log('its memory: not measured, there is no /proc here')

const imports = await measureImports(program, env, server, 3)
if (imports) {
  const times = (value: number) => value.toFixed(2)
  const { rows, copyMs, rowsPerSecond, first, again, asked, changed, walAgain, peak } = imports
  const limits = { first: 1.5, again: 0.9, changed: 1.2 }
  const verdictOf = (value: number, limit: number) => judge(value <= limit ? 'ok' : 'too slow')
  console.log(
    `import of ${rows} player weeks: ${times(first)} times \\copy, which takes ${seconds(copyMs)} (limit ${limits.first}, ${verdictOf(first, limits.first)}), ${Math.round(rowsPerSecond)} rows/s`,
  )
  console.log(
    `read again: ${times(again)} times the first (limit ${limits.again}, ${verdictOf(again, limits.again)}), with ${(walAgain * 100).toFixed(2)} % of its WAL (limit 1 %, ${judge(walAgain < 0.01 ? 'ok' : 'too much')}); unchanged by their tags: ${times(asked)}`,
  )
  console.log(
    `one percent changed: ${times(changed)} times the first (limit ${limits.changed}, ${verdictOf(changed, limits.changed)})`,
  )
  if (peak)
    console.log(
      `its memory: at most ${peak.all.toFixed(0)} MB (limit 200 MB, ${judge(peak.all <= 200 ? 'ok' : 'too much')}); ${peak.tenth.toFixed(0)} MB with a tenth of the rows`,
    )
} else console.log('import of player weeks: not measured, there is no psql here')

const races = await measureRaces(program, env, server)
const besideCopy = races.copyMs === undefined ? '' : `, ${(races.ms / races.copyMs).toFixed(1)} times \\copy of the same rows`
const aim = races.runnersPerSecond >= 20_000 ? 'reached' : 'not reached'
const small = judge(races.peak <= 200 ? 'ok' : 'too much')
console.log(
  `results of 100 days, ${races.runners} runners: ${seconds(races.ms)}, ${Math.round(races.runnersPerSecond)} runners/s (aim 20000, ${aim})${besideCopy}`,
)
console.log(`its memory: at most ${races.peak.toFixed(0)} MB (limit 200 MB, ${small})`)

const stats = await measureStats(server)
const inTime = (ms: number, limitMs: number) =>
  `${seconds(ms)} (limit ${limitMs / 1000} s, ${judge(ms <= limitMs ? 'ok' : 'too slow')})`
console.log(
  `ten stats functions over ${stats.lines} lines of the NFL: ${inTime(stats.fullMs, 15_000)}, over the same rows again ${seconds(stats.againMs)}, one after another ${seconds(stats.inTurnMs)}`,
)
console.log(
  `after one week: ${inTime(stats.weekMs, 1_000)}, one after another ${seconds(stats.weekInTurnMs)}; as materialized views: ${seconds(stats.createViewsMs)}, and ${seconds(stats.refreshViewsMs)} to refresh`,
)

const followed = await measureLive(program, env, { url: await server.createEmpty('live'), days: 2 })
if (followed) {
  const [first = 0, second = 0] = followed.map(({ resident }) => resident)
  const verdict = judge(second <= 205 ? 'ok' : 'too much')
  console.log(
    `live, two sports: ${first.toFixed(0)} MB after a simulated day, ${second.toFixed(0)} MB after two (limit 205 MB, ${verdict})`,
  )
} else console.log('live: not measured, there is no /proc here')

console.log()
judge((await measureQueues(server.createEmpty)) ? 'ok' : 'too slow')

if (verdicts.some(verdict => verdict !== 'ok')) process.exitCode = 1
