import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { addDays, type Day, eachDay } from '../../src/core/days.ts'
import { clean, quick, runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { result, startHandMadeRacing } from '../support/hand-made-racing.ts'
import { createScratch } from '../support/scratch.ts'
import { walkDueTimes } from '../support/walk-due-times.ts'

/** A month for `npm run test:month`. London changes its clocks on the 29th. */
const days = Number(process.env['SPORTS_INGEST_TEST_DAYS'] ?? 4)
/** At least; a busy machine takes more days for them. */
const fewestKills = 6
const first: Day = '2026-03-27'
const factor = 7200

const jobs: Record<string, { frequency: string; timezone: string; rest: string }> = {
  daily_data: { frequency: '0 6 * * *', timezone: 'Europe/London', rest: 'run: daily, sport: racing, missed: merge' },
  night: { frequency: '30 1 * * *', timezone: 'Europe/London', rest: 'run: prune, missed: all' },
  counted: {
    ...{ frequency: '17,47 * * * *', timezone: 'UTC' },
    rest: `run: sql, missed: all, sql: "insert into effects values (current_setting('sports_ingest.run')::bigint)"`,
  },
  started: {
    ...{ frequency: '5 */3 * * *', timezone: 'America/New_York' },
    rest: `run: exec, missed: once, shell: 'echo "$SPORTS_INGEST_RUN" >> "$STARTS"'`,
  },
  often: { frequency: '*/10 * * * *', timezone: 'Australia/Lord_Howe', rest: 'run: prune, missed: merge, overlap: queue' },
  off: { frequency: '0 */4 * * *', timezone: 'UTC', rest: 'run: prune, enabled: false' },
}

interface Entry {
  job: string
  dueAt: Date
  status: string
  runs: number[]
  message: string | null
  startedAt: Date | null
}

/** Numbers from 0 to 1, the same ones for the same seed (a linear congruential generator, the constants of Numerical Recipes). */
function drawFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/**
 * Two hosts under one fast clock, each with a data directory of its own, on one database. Both are killed at random and come back; for
 * longer than a lease lasts, one is halted.
 */
test(`two hosts for ${days} days or more, killed at random, and one of them frozen: each due time stands once in the ledger, and takes effect once`, async () => {
  const results = Object.fromEntries(
    eachDay(addDays(first, -2), addDays(first, days + 60)).map((day, i) => [day, [result(day, i + 1)]]),
  )
  await using server = await startHandMadeRacing({ results, cards: {}, today: first })
  await using store = await createTestDatabase()
  await store.sql`create table effects (run bigint)`
  using dir = createScratch()
  const file = join(dir.path, 'sports-ingest.config.yaml')
  const starts = join(dir.path, 'starts')
  writeFileSync(starts, '')
  writeFileSync(
    file,
    [
      'sports: { nba: { enabled: false }, nfl: { enabled: false } }',
      'jobs:',
      ...Object.entries(jobs).map(
        ([name, { frequency, timezone, rest }]) => `  ${name}: { frequency: "${frequency}", timezone: ${timezone}, ${rest} }`,
      ),
    ].join('\n'),
  )
  const begin = new Date(`${first}T00:00:00Z`)
  const since = new Date()
  const virtualNow = () => new Date(begin.getTime() + (Date.now() - since.getTime()) * factor)
  const env = (host: string, more: Record<string, string> = {}) => {
    const dataDir = join(dir.path, host)
    mkdirSync(dataDir, { recursive: true })
    return {
      ...{
        ...clean,
        ...quick,
        DATABASE_URL: store.url,
        SPORTS_INGEST_CONFIG: file,
        SPORTS_INGEST_DATA_DIR: dataDir,
        STARTS: starts,
      },
      ...{ SPORTS_INGEST_PROVIDER_THE_RACING_API_URL: server.url, RACING_API_USERNAME: 'user', RACING_API_PASSWORD: 'pass' },
      ...{ SPORTS_INGEST_RACING_RATE_LIMIT: '500', SPORTS_INGEST_RACING_FREE_RATE_LIMIT: '500' },
      ...{ SPORTS_INGEST_NOW: begin.toISOString(), ...more },
    }
  }
  const fast = { SPORTS_INGEST_CLOCK: `x${factor}`, SPORTS_INGEST_CLOCK_SINCE: since.toISOString() }
  const hosts = new Map<string, ChildProcess>()
  const ready = new Map<string, Promise<void>>()
  const [kills, troubles]: [number[], string[]] = [[], []]
  const startHost = (name: string) => {
    const program = join(import.meta.dirname, '../support/orchestrator-host.ts')
    const child = spawn(process.execPath, [program], { env: env(name, fast), stdio: ['ignore', 'pipe', 'pipe'] })
    ready.set(name, new Promise(resolve => child.stdout.once('data', () => resolve()).once('close', () => resolve())))
    child.stdout.resume()
    child.stderr.on('data', text => troubles.push(String(text)))
    hosts.set(name, child)
  }
  const ended = (child: ChildProcess) =>
    child.exitCode !== null || child.signalCode !== null
      ? Promise.resolve()
      : new Promise<void>(resolve => child.once('exit', () => resolve()))
  const kill = async (name: string) => {
    const child = hosts.get(name) as ChildProcess
    kills.push(child.pid as number)
    child.kill('SIGKILL')
    await ended(child)
  }
  const draw = drawFrom(days)
  try {
    for (const name of ['one', 'two']) startHost(name)
    // Longer than the lifetime of a lease, in which the other host has to go on, and to take over what this one held.
    const freezeAtMs = since.getTime() + 6_000
    let frozenUntilMs = 0
    const isOver = () => virtualNow().getTime() >= begin.getTime() + days * 86_400_000
    const isAnyLost = async () =>
      (await store.sql`select from ingest_occurrences where status = 'lost' limit 1`.catch(() => [])).length > 0
    while (!isOver() || kills.length < fewestKills || frozenUntilMs !== Number.POSITIVE_INFINITY || !(await isAnyLost())) {
      await Promise.all(ready.values())
      await sleep(300 + draw() * 4_000)
      const now = Date.now()
      const two = hosts.get('two') as ChildProcess
      if (frozenUntilMs === 0 && now > freezeAtMs) {
        two.kill('SIGSTOP')
        frozenUntilMs = now + 36_000
      } else if (frozenUntilMs > 0 && now > frozenUntilMs) {
        two.kill('SIGCONT')
        frozenUntilMs = Number.POSITIVE_INFINITY
      }
      const isFrozen = frozenUntilMs > 0 && Number.isFinite(frozenUntilMs)
      const name = isFrozen || draw() < 0.5 ? 'one' : 'two'
      await kill(name)
      await sleep(draw() * 400)
      startHost(name)
    }
  } finally {
    for (const child of hosts.values()) {
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await Promise.race([ended(child), sleep(20_000)])
      child.kill('SIGKILL')
    }
  }
  expect(troubles.join('')).toBe('')
  // What is left is decided and run, with the clock of the end.
  const last = addDays(virtualNow().toISOString().slice(0, 10) as Day, 1)
  const end = `${last}T12:00:00Z`
  const rest = { SPORTS_INGEST_NOW: end }
  const lastRun = await runCli(['schedule', 'run'], env('one', rest), dir.path)
  expect(lastRun, lastRun.stderr).toMatchObject({ code: 0 })

  const ledger = await store.sql<Entry[]>`
    select job, due_at as "dueAt", status, runs, message, started_at as "startedAt" from ingest_occurrences order by job, due_at`
  const schedules = await store.sql<{ job: string; firstSeenAt: Date; decidedUntil: Date }[]>`
    select job, first_seen_at as "firstSeenAt", decided_until as "decidedUntil" from ingest_schedules`
  expect(schedules.map(({ job }) => job).sort()).toEqual(Object.keys(jobs).sort())
  for (const { job, firstSeenAt, decidedUntil } of schedules) {
    const { frequency = '', timezone = '' } = jobs[job] ?? {}
    const own = ledger.filter(entry => entry.job === job).map(({ dueAt }) => dueAt)
    expect(decidedUntil.getTime()).toBeGreaterThanOrEqual(new Date(end).getTime())
    // The first time it is due at once.
    const due = own.filter(dueAt => job === 'off' || dueAt.getTime() !== own[0]?.getTime())
    // Walking needs whole minutes: a due time in the minute of the first look came before it.
    const from = Math.floor(firstSeenAt.getTime() / 60_000) * 60_000
    expect({ job, due: due.map(at => at.toISOString()) }).toEqual({
      job,
      due: walkDueTimes(frequency, timezone, from, decidedUntil.getTime()),
    })
  }

  const count = (job: string, ...statuses: string[]) =>
    ledger.filter(entry => entry.job === job && statuses.includes(entry.status)).length
  expect(ledger.filter(({ status }) => status === 'failed')).toEqual([])
  // At the end a host may be stopped in the middle of a run.
  expect([...new Set(ledger.map(({ status }) => status))].filter(status => status !== 'stopped').sort()).toEqual([
    ...['done', 'lost', 'merged', 'skipped'],
  ])
  expect(count('off', 'skipped')).toBe(ledger.filter(({ job }) => job === 'off').length)
  // One run for each due time that was started, and no run for two of them.
  const runs = ledger.flatMap(entry => entry.runs)
  expect(new Set(runs).size).toBe(runs.length)
  expect(ledger.filter(entry => entry.runs.length > 1)).toEqual([])
  // Each effect is there once, and has its run.
  const effects = await store.sql<{ run: string }[]>`select run from effects`
  const counted = ledger.filter(({ job, status }) => job === 'counted' && status === 'done').flatMap(entry => entry.runs)
  expect(effects.map(({ run }) => Number(run)).sort((a, b) => a - b)).toEqual(counted.sort((a, b) => a - b))
  expect(counted.length).toBeGreaterThan(0)
  const started = readFileSync(starts, 'utf8').trim().split('\n').map(Number)
  expect(new Set(started).size).toBe(started.length)
  const ofStarted = ledger.filter(({ job, status }) => job === 'started' && status === 'done').flatMap(entry => entry.runs)
  expect(ofStarted.filter(run => !started.includes(run))).toEqual([])
  // All days are loaded, each once.
  const [watermark] = await store.sql<{ value: string }[]>`select value from ingest_watermarks where key = 'daily:racing'`
  expect(watermark?.value).toBe(addDays(last, -1))
  const races = await store.sql<{ day: string }[]>`select race_date::text as day from races order by 1`
  const loaded = races.map(({ day }) => day).filter(day => day >= first && day < last)
  expect(loaded).toEqual(eachDay(first, addDays(last, -1)))
  // A host that died is told as such.
  const lost = ledger.filter(({ status }) => status === 'lost')
  for (const { job, dueAt } of lost.slice(0, 3)) {
    const why = await runCli(['schedule', 'why', job, dueAt.toISOString()], env('one', rest), dir.path)
    expect(why.stdout.replaceAll('\n', ' ')).toMatch(/the process died or was halted before it ended/)
  }
  process.stdout.write(
    `${first} to ${last}, ${kills.length} kills: ${ledger.length} due times, ${ledger.filter(({ startedAt }) => startedAt).length} runs, ${lost.length} of them lost with their host; ${effects.length} effects.\n`,
  )
}, 3_600_000)
