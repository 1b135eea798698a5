// How many trivial jobs a second go through the queue, with and without their records, beside pg-boss, BullMQ, graphile-worker and DBOS
// Transact as they are; and how long after it was asked for a job begins on an idle worker. By itself: `node test/bench/queue.ts`.
import { setTimeout as delay } from 'node:timers/promises'
import { table } from '../../src/cli/table.ts'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { noRedis, startRedis } from '../support/redis.ts'
import { openOwn, openWithRecords } from './queue-own.ts'
import { openBull, openDbos, openGraphile, openPgBoss } from './queue-peers.ts'
import type { Subject } from './queue-subject.ts'
import { startServerDatabase } from './server.ts'

/** A round takes a second or so, but for the slowest: shorter ones measure how it begins. */
const [usualJobs, rounds, singles] = [6_000, 5, 100]
const patienceMs = 20_000

interface Line {
  name: string
  open(url: string): Promise<Subject>
  jobs?: number
  /** Its rate is compared with that of this one in the same round: the middle of the ratios has to be so much. */
  of?: { name: string; least: number; isLimit: boolean }
}

const postgresLines: Line[] = [
  { name: 'graphile-worker', open: openGraphile },
  { name: 'DBOS Transact', open: openDbos, jobs: 2_000 },
  { name: 'pg-boss', open: openPgBoss },
  { name: 'queue on pg-boss', open: url => openOwn('pg-boss', url), of: { name: 'pg-boss', least: 0.9, isLimit: true } },
  { name: 'with records', open: url => openWithRecords('pg-boss', url, ''), of: { name: 'pg-boss', least: 0.5, isLimit: false } },
]

const redisLines = (redisUrl: string): Line[] => [
  { name: 'BullMQ', open: () => openBull(redisUrl) },
  { name: 'queue on BullMQ', open: () => openOwn('bullmq', redisUrl), of: { name: 'BullMQ', least: 0.9, isLimit: true } },
  {
    name: 'with records, on BullMQ',
    open: url => openWithRecords('bullmq', url, redisUrl),
    of: { name: 'BullMQ', least: 0.5, isLimit: false },
  },
]

/** Each has a database of its own, without what it has left there in earlier rounds: dead rows make every queue slower. */
async function tidy(url: string): Promise<void> {
  const settings = { url, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 1 }
  const database = await openDatabase({ settings, schema: 'as-is', clock: createClock(), log: silentLog })
  await database.run(sql => sql`vacuum analyze`)
  await database.close()
}

async function perSecond(subject: Subject, jobs: number): Promise<number> {
  await subject.fill(jobs)
  let begun = 0
  const { promise: isDone, resolve } = Promise.withResolvers<void>()
  const startedMs = performance.now()
  let firstMs = 0
  const stop = await subject.work(() => {
    if (begun++ === 0) firstMs = performance.now()
    if (begun === jobs) resolve()
  })
  await Promise.race([isDone, delay(patienceMs, undefined, { ref: false })])
  const rate = (begun * 1_000) / (performance.now() - (firstMs || startedMs))
  await stop()
  return rate
}

/** Milliseconds from the question to the beginning, sorted. */
async function latencies(subject: Subject): Promise<number[]> {
  let begin = () => {}
  const stop = await subject.work(() => begin())
  const found: number[] = []
  for (let n = 0; n < singles; n++) {
    await delay(30 + 40 * Math.random())
    const { promise, resolve } = Promise.withResolvers<void>()
    begin = resolve
    const askedMs = performance.now()
    await subject.fill(1)
    await Promise.race([promise, delay(5_000, undefined, { ref: false })])
    found.push(performance.now() - askedMs)
  }
  await stop()
  return found.sort((a, b) => a - b)
}

const middle = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Measures all of them in turn, so many rounds, and prints the middle of each. Returns whether each limit holds. */
export async function measureQueues(urlOf: (name: string) => Promise<string>): Promise<boolean> {
  await using redis = noRedis ? undefined : await startRedis()
  const lines = [...postgresLines, ...(redis ? redisLines(redis.url) : [])]
  const urls: string[] = []
  for (const n of lines.keys()) urls.push(await urlOf(`queue${n}`))
  const rates = new Map<string, number[]>(lines.map(({ name }) => [name, []]))
  const waits = new Map<string, number[]>()
  /** Opens each in turn. */
  async function forEach(work: (line: Line, subject: Subject) => Promise<void>, isReversed = false): Promise<void> {
    const all = lines.map((line, n) => ({ line, url: urls[n] as string }))
    for (const { line, url } of isReversed ? all.reverse() : all) {
      await tidy(url)
      const subject = await line.open(url)
      await work(line, subject)
      await subject.close()
    }
  }
  // There and back: what the machine does besides, and how warm the program is, is the same for both of a pair.
  for (let round = 0; round < rounds; round++)
    await forEach(
      async ({ name, jobs = usualJobs }, subject) => void rates.get(name)?.push(await perSecond(subject, jobs)),
      round % 2 === 1,
    )
  await forEach(async ({ name }, subject) => void waits.set(name, await latencies(subject)))

  let holds = true
  const judge = (is: boolean, isLimit: boolean) => {
    if (!is && isLimit) holds = false
    return is ? 'ok' : isLimit ? 'too slow' : 'less than aimed at'
  }
  const rows = lines.map(({ name, of }) => {
    const own = rates.get(name) ?? []
    const ratios = of ? own.map((rate, round) => rate / (rates.get(of.name)?.[round] ?? 0)) : []
    const ratio = middle(ratios)
    const found = waits.get(name) ?? []
    const at = (part: number) => found[Math.min(found.length - 1, Math.floor(found.length * part))] ?? 0
    const p99 = at(0.99)
    const verdicts = of ? [judge(ratio >= of.least, of.isLimit), judge(p99 <= 50, true), judge(p99 <= 20, false)] : []
    return [
      ...[name, middle(own).toFixed(0)],
      ...(of
        ? [ratio.toFixed(2), `${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)}`, of.least]
        : ['', '', '']),
      ...[at(0.5), at(0.95), p99].map(ms => ms.toFixed(1)),
      verdicts.find(verdict => verdict !== 'ok') ?? verdicts[0] ?? '',
    ]
  })
  console.log(table(['trivial jobs', 'a second', 'ratio', 'of rounds', 'limit', 'p50 ms', 'p95', 'p99', ''], rows, ''))
  return holds
}

if (import.meta.main) {
  await using server = await startServerDatabase()
  process.exitCode = (await measureQueues(server.createEmpty)) ? 0 : 1
}
