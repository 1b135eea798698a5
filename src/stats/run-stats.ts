import { createHash } from 'node:crypto'
import type { TransactionSql } from 'postgres'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import { sports as declared } from '../sports/index.ts'
import type { Database } from '../store/database.ts'
import { type Audience, addNotice } from '../store/outbox.ts'
import { type Changes, type Computed, deleteSeenChanges, keepState, readChanges, readSeen } from './changes.ts'
import type { Result, StatsFunction } from './function.ts'
import { rankingPlaces, statsFunctions } from './functions.ts'
import { hasStats, quoted, type StatsSport } from './lines.ts'
import { areLinesUpToDate, linesVersion, readLinesGeneration, storeLines } from './store-lines.ts'
import { runStoppable, statementOf, type Written, writeResults } from './write-results.ts'

export interface StatsParts {
  database: Database
  clock: Clock
  log: Log
  signal: AbortSignal
  /** Whether caches are to be told of what has changed. */
  notifies: Audience | undefined
}

export interface StatsOptions {
  /** By name; all of them without it. */
  functions?: readonly string[] | undefined
  /** Computes all anew; else only what has changed since a function ran last. */
  full?: boolean | undefined
  /** By id; all of them without it. */
  sports?: readonly string[] | undefined
}

export interface FunctionResult {
  status: 'completed' | 'failed'
  durationMs: number
  /** Written or deleted. */
  rows: number
  error?: string
}

/** The names of the functions, in their order. */
export const statsFunctionNames: readonly string[] = statsFunctions.map(({ name }) => name)

/**
 * Brings the results of stats functions up to date: first the lines that all of them read, then each in a transaction and on a connection of
 * its own, all at once; where there are few connections, they take turns. One that fails stops no other. Two runs of one function wait for
 * each other.
 * @throws StoppedError where the signal says so; what was committed stays
 */
export async function runStats(parts: StatsParts, options: StatsOptions = {}): Promise<Record<string, FunctionResult>> {
  const { functions = statsFunctionNames, full = false, sports } = options
  const chosen = statsFunctions.filter(({ name }) => functions.includes(name))
  const of = declared.filter(hasStats).filter(({ id }) => !sports || sports.includes(id))
  if (chosen.length === 0) return {}
  const failed = await tryStoreLines(parts, of, full)
  const run: Run = { of, full, changes: new Map() }
  const results = await Promise.all(chosen.map(async fn => [fn.name, failed ?? (await runFunction(parts, fn, run))] as const))
  parts.signal.throwIfAborted()
  await parts.database.run(sql => deleteSeenChanges(sql, statsFunctionNames))
  return Object.fromEntries(results)
}

/** What the functions of a run share. */
interface Run {
  of: readonly StatsSport[]
  full: boolean
  /** Between two generations of the lines: most have read the same one before, and one looks for all. */
  changes: Map<string, Promise<Changes | 'all'>>
}

/** @returns the result of each function where that failed */
async function tryStoreLines(
  { database, clock, log, signal }: StatsParts,
  of: readonly StatsSport[],
  full: boolean,
): Promise<FunctionResult | undefined> {
  const startedMs = clock.elapsedMs()
  const elapsedMs = () => clock.elapsedMs()
  try {
    for (const sport of of) {
      signal.throwIfAborted()
      const work = async (tx: TransactionSql) => {
        await runStoppable(tx, 'lock table ingest_stats_lines in share row exclusive mode', signal)
        await setUp(tx)
        return await storeLines(tx, sport, { full, signal, elapsedMs })
      }
      // Of many that run at the same time, one stores them, and the others do not wait for each other.
      const isNeeded = full || !(await database.run(sql => areLinesUpToDate(sql, sport)))
      const rows = isNeeded ? await database.transaction(work, 'snapshot-write') : 0
      log.debug('stats.lines', { sport: sport.id, rows, ms: Math.round(elapsedMs() - startedMs) })
    }
    return undefined
  } catch (error) {
    signal.throwIfAborted()
    const reason = (error as Error).message
    log.error('stats.failed', { function: 'lines', reason })
    return { status: 'failed', durationMs: Math.round(elapsedMs() - startedMs), rows: 0, error: reason }
  }
}

async function runFunction(parts: StatsParts, fn: StatsFunction, run: Run): Promise<FunctionResult> {
  const { clock, log, signal } = parts
  const startedMs = clock.elapsedMs()
  const took = () => Math.round(clock.elapsedMs() - startedMs)
  try {
    const rows = await update(parts, fn, run)
    log.debug('stats.updated', { function: fn.name, rows, ms: took() })
    return { status: 'completed', durationMs: took(), rows }
  } catch (error) {
    signal.throwIfAborted()
    const reason = (error as Error).message
    log.error('stats.failed', { function: fn.name, reason })
    return { status: 'failed', durationMs: took(), rows: 0, error: reason }
  }
}

/** One transaction: the rows, what was seen, and what caches are to be told. */
async function update(
  { database, clock, signal, notifies }: StatsParts,
  fn: StatsFunction,
  { of, full, changes: known }: Run,
): Promise<number> {
  signal.throwIfAborted()
  return await database.transaction(async tx => {
    // Others may read meanwhile. The first statement that is not a lock takes the snapshot.
    const tables = fn.results.map(({ table }) => table).join(', ')
    await runStoppable(tx, `lock table ${tables} in share row exclusive mode`, signal)
    await setUp(tx)
    let rows = 0
    for (const sport of of) {
      const startedMs = clock.elapsedMs()
      const at = clock.now()
      const computed = { name: fn.name, sport: sport.id, version: versionOf(fn, sport) }
      const generation = await readLinesGeneration(tx, sport)
      const changes = full ? 'all' : await changesOf(tx, computed, generation, known)
      const written = await write(tx, fn, sport, changes, { at, signal })
      const told = tagsOf(fn.results, written)
      if (notifies && told.length > 0) await addNotice(tx, { sport: sport.id, tags: told, at }, notifies)
      const count = Object.values(written).reduce((sum, some) => sum + some, 0)
      const durationMs = Math.round(clock.elapsedMs() - startedMs)
      const isFull = changes === 'all'
      await keepState(tx, { ...computed, generation, isFull, rows: count, durationMs })
      rows += count
    }
    return rows
  }, 'snapshot-write')
}

/** What has changed since a function read the lines. Found once for all of them; where that fails, each looks for itself. */
async function changesOf(
  tx: TransactionSql,
  computed: Computed,
  generation: number,
  known: Run['changes'],
): Promise<Changes | 'all'> {
  const seen = await readSeen(tx, computed)
  if (seen === undefined || seen > generation) return 'all'
  const key = `${computed.sport} ${seen} ${generation}`
  const found = await known.get(key)?.catch(() => undefined)
  if (found) return found
  const finding = readChanges(tx, computed.sport, { after: seen, upTo: generation })
  known.set(key, finding)
  return await finding
}

/**
 * The server knows little of lines that have just come, and takes joins of them to find next to nothing, which two loops, one within the
 * other, or two sorts would do: of a thousand rows each they take seconds.
 */
async function setUp(tx: TransactionSql): Promise<void> {
  await tx`
    select set_config('jit', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_nestloop', 'off', true),
      set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')), ${workMem}) / 1024 || 'kB', true)`
}

/** Enough to sort and to sum a million lines without files. */
const workMem = 64 * 1024 * 1024

const tagsOf = (results: readonly Result[], written: Written): string[] =>
  results.flatMap(({ table, tag }) => ((written[table] ?? 0) > 0 ? [tag] : []))

/** Another statement, other constants in it, or other lines give other results. */
const versionOf = (fn: StatsFunction, sport: StatsSport): string =>
  createHash('sha256')
    .update(statementOf(fn, sport, {}, new Date(0)) + linesVersion(sport))
    .digest('hex')
    .slice(0, 16)

interface How {
  at: Date
  signal: AbortSignal
}

async function write(
  tx: TransactionSql,
  fn: StatsFunction,
  sport: StatsSport,
  changes: Changes | 'all',
  how: How,
): Promise<Written> {
  if (changes === 'all') return await writeResults(tx, fn, sport, {}, how)
  const { players } = changes
  const seasons = fn.readsEvents ? [...new Set([...changes.seasons, ...changes.touched])] : changes.seasons
  if ((fn.reach === 'season' ? seasons : players).length === 0) return {}
  switch (fn.reach) {
    case 'player-season':
      return await writeResults(tx, fn, sport, { seasons, players }, how)
    case 'season':
      return await writeResults(tx, fn, sport, { seasons }, how)
    case 'player':
      return await writeResults(tx, fn, sport, { players }, how)
    case 'ranking':
      return await writeRanking(tx, fn, sport, players, how)
  }
}

/**
 * A ranking is computed of those who are in it and those who have changed. That is all who can be in it as long as so many of them are at
 * least as good as the last one was: all others were worse, and have not changed.
 */
async function writeRanking(
  tx: TransactionSql,
  fn: StatsFunction,
  sport: StatsSport,
  players: readonly string[],
  how: How,
): Promise<Written> {
  const [{ table }] = fn.results as readonly [Result]
  const read = () =>
    tx.unsafe<{ category: string; player: string; value: number }[]>(
      `select category, player_id as player, value::float8 as value from ${table} where sport = ${quoted(sport.id)}`,
    )
  const before = await read()
  const known = new Set([...before.map(({ player }) => player), ...players])
  const written = await writeResults(tx, fn, sport, { players: [...known] }, how)
  const after = Map.groupBy(await read(), ({ category }) => category)
  const incomplete = [...Map.groupBy(before, ({ category }) => category)].flatMap(([category, rows]) => {
    const last = Math.min(...rows.map(({ value }) => value))
    const asGood = (after.get(category) ?? []).filter(({ value }) => value >= last)
    return rows.length < rankingPlaces || asGood.length >= rankingPlaces ? [] : category
  })
  if (incomplete.length === 0) return written
  const more = await writeResults(tx, fn, sport, { categories: incomplete }, how)
  return { [table]: (written[table] ?? 0) + (more[table] ?? 0) }
}
