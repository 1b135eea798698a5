import type { TransactionSql } from 'postgres'
import type { App } from '../../app.ts'
import { type IngestError, ProviderRefusesError, ProviderUnavailableError, RateLimitedError } from '../../core/errors.ts'
import { reachStep } from '../../core/steps.ts'
import type { Calendar, CalendarGame, GameRow, GameSport, StoredFinal } from '../../pipeline/contract.ts'
import type { Frontier } from '../../pipeline/frontier.ts'
import { listWithoutLines } from '../../pipeline/missing.ts'
import { addCounts, type Counts, rowsWritten } from '../../pipeline/receipt.ts'
import { listOpenDeadLetters } from '../../store/dead-letters.ts'
import { planChunks, recordChunk } from '../../store/runs.ts'
import { readSettled } from '../../store/settled.ts'
import { forgetWatermark, readWatermark, readWatermarkHistory, type WatermarkName } from '../../store/watermarks.ts'
import { type HeldRun, isOfChunk, openSportRun, type SportRun } from '../sport-run.ts'
import type { BackfillReceipt, FailedChunk } from './backfill-receipt.ts'
import { inParallel } from './in-parallel.ts'
import type { BackfillChunk, SeasonState } from './plan-backfill.ts'
import { type BackfillOptions, planSeason } from './plan-season.ts'

export interface BackfillProgress {
  sport: string
  season: string
  /** Games. */
  done: number
  total: number
  requests: number
  /** Since the first chunk began, and the requests made since then. */
  elapsedMs: number
  paced: number
  /** What the provider may be asked at most. */
  ratePerSecond: number
  failures: number
}

/** A run that has begun. */
export interface Backfill {
  app: App
  sport: GameSport
  options: BackfillOptions
  watermark: WatermarkName
  run: HeldRun
  tally: Tally
  onProgress(progress: BackfillProgress): void
}

/** What a run has done so far. */
export interface Tally {
  counts: Counts
  chunks: readonly BackfillChunk[]
  settled: number
  done: number
  failedChunks: FailedChunk[]
  requests: number
  watermark: string | undefined
  waitsFor: BackfillReceipt['waitsFor']
  letters: number
  scheduleKeptAt: Date | null
}

/** Plans what is not settled of the season, and loads it; `tally` has what was done, also where it throws. */
export async function loadSeason(backfill: Backfill): Promise<void> {
  const { app, sport, options, run, tally } = backfill
  const open = openSportRun(app, sport, run)
  try {
    const { calendar, keptAt = null } = await open.fetchCalendarOf(options.season)
    const { plan, state } = await planSeason(app, sport, calendar, options)
    const chunks = [...plan.chunks()]
    Object.assign(tally, { chunks, settled: plan.settled, scheduleKeptAt: keptAt })
    if (run) await app.database.transaction(tx => beginChunks(tx, backfill, run, chunks))
    await reachStep('planned')
    await loadChunks(backfill, { open, calendar, state })
    await lookBack(backfill, calendar)
  } finally {
    tally.requests = open.requests
    await open.close()
  }
}

/** What is settled is forgotten, where that was asked for, only now that it is known what is to be loaded instead. */
async function beginChunks(
  tx: TransactionSql,
  { app, options, watermark }: Backfill,
  { id, lease }: NonNullable<HeldRun>,
  chunks: readonly BackfillChunk[],
): Promise<void> {
  await lease.check(tx)
  const { restart } = options
  const by = { user: restart?.user ?? '', reason: 'backfill --restart' }
  if (restart) await forgetWatermark(tx, { ...watermark, at: app.clock.now(), by })
  await planChunks(tx, id, chunks)
}

/** How the season stands now. */
async function lookBack({ app, sport, watermark, run, tally }: Backfill, { games }: Calendar): Promise<void> {
  const ids = games.map(({ id }) => id)
  await app.database.run(async sql => {
    const value = await readWatermark(sql, watermark)
    const settled = await readSettled(sql, watermark)
    const waiting = games.filter(({ id }) => id > (value ?? '') && !settled.has(id))
    const [first] = waiting.sort((a, b) => (a.id < b.id ? -1 : 1))
    const letters = new Set((await listOpenDeadLetters(sql, sport.id, ids)).map(({ item }) => item))
    const waitsFor = first && run ? { id: first.id, day: first.day } : null
    Object.assign(tally, { watermark: value, waitsFor, letters: letters.size })
  })
}

interface Season {
  open: SportRun
  calendar: Calendar
  state: SeasonState
}

async function loadChunks(backfill: Backfill, { open, calendar, state }: Season): Promise<void> {
  const { app, sport, options, watermark, run, tally } = backfill
  const total = tally.chunks.reduce((sum, chunk) => sum + chunk.games.length, 0)
  const [startedMs, before] = [app.clock.elapsedMs(), open.requests]
  let games = 0
  const tell = () => {
    const failures = tally.counts.games.dead + tally.failedChunks.length
    const { requests, ratePerSecond } = open
    const pace = { elapsedMs: app.clock.elapsedMs() - startedMs, paced: requests - before, ratePerSecond }
    backfill.onProgress({ sport: sport.id, season: options.season, done: games, total, requests, ...pace, failures })
  }
  const context: ChunkContext = {
    open,
    frontier: { ...watermark, ids: calendar.games.map(({ id }) => id).sort() },
    finals: await listVouchable(backfill, state),
    sure: () => findSureGame(sport, calendar),
    onGames: count => {
      games += count
      tell()
    },
  }
  const shut: IngestError[] = []
  tell()
  await inParallel(
    tally.chunks,
    // A dry run counts what those before it would have written by now, so it has to know them.
    run ? options.concurrency : 1,
    async chunk => {
      app.signal.throwIfAborted()
      const error = await loadChunk(backfill, chunk, context)
      if (error) shut.push(error)
    },
    () => !isShut(shut),
  )
  // With nothing to show for it, it is the run that has failed.
  if (shut[0] && tally.counts.games.asked === tally.counts.games.dead) throw shut[0]
}

/** Who refuses us or asks us to wait means it; a chunk without an answer may have games that never have one, two have not. */
const isShut = (errors: readonly IngestError[]): boolean =>
  errors.length > 1 || errors.some(error => !(error instanceof ProviderUnavailableError))

/** The first game that is over and must have all its files. */
function findSureGame({ datasets }: GameSport, { games }: Calendar): GameRow | undefined {
  for (const entry of games) {
    const game = readRow(entry)
    if (game?.status === 'final' && datasets.every(dataset => !dataset.mayBeLacking(game))) return game
  }
  return undefined
}

/** Undefined where it is malformed; loading it says so. */
function readRow(entry: CalendarGame): GameRow | undefined {
  try {
    return entry.read().game
  } catch {
    return undefined
  }
}

interface ChunkContext {
  open: SportRun
  frontier: Frontier
  /** Games that others have stored and that a game log may vouch for, by id. */
  finals: ReadonlyMap<string, StoredFinal>
  sure(): GameRow | undefined
  onGames(count: number): void
}

/**
 * Stored games that are over. None where a person has moved this watermark: whoever takes it back wants the games loaded again,
 * not compared.
 */
async function listVouchable(
  { app, sport, options, watermark }: Backfill,
  { stored }: SeasonState,
): Promise<Map<string, StoredFinal>> {
  const { season } = options
  const history = await app.database.run(sql => readWatermarkHistory(sql, watermark))
  if (options.restart || history.some(change => change.runId === null)) return new Map()
  const finals = [...stored].filter(([, game]) => game.status === 'final')
  const ids = finals.map(([id]) => id)
  const notWhole = await app.database.run(async sql => {
    const span = { season, upToId: ids.sort().at(-1) ?? '' }
    const lacking = await Promise.all(sport.datasets.map(dataset => listWithoutLines(sql, sport.id, dataset, span)))
    const letters = await listOpenDeadLetters(sql, sport.id, ids)
    return new Set([...lacking.flat().map(({ id }) => id), ...letters.map(({ item }) => item)])
  })
  const whole = finals.filter(([id]) => !notWhole.has(id))
  return new Map(whole.map(([id, { day, seasonType }]) => [id, { id, day, season, seasonType }]))
}

/**
 * Loads one chunk. Its own failure is counted, and the next chunk goes on; what concerns the run as a whole is thrown.
 * @returns what the provider said, where that was nothing but no
 */
async function loadChunk(backfill: Backfill, chunk: BackfillChunk, context: ChunkContext): Promise<IngestError | undefined> {
  const { app, sport, options, run, tally } = backfill
  const { open, frontier, finals, sure, onGames } = context
  const { from, to } = chunk
  const fields = { sport: sport.id, season: options.season, from, to }
  const startedMs = app.clock.elapsedMs()
  if (run) await app.database.transaction(tx => recordChunk(tx, run.id, { from, to, status: 'running', at: app.clock.now() }))
  try {
    const vouched = await open.vouchFor(chunk.games.flatMap(({ id }) => finals.get(id) ?? []))
    onGames(vouched.size)
    const { true: known = [], false: games = [] } = Object.groupBy(chunk.games, ({ id }) => String(vouched.has(id)))
    const counts = await open.loadChunk(
      { from, to, games, frontier, vouched: known },
      { outage: 'fail', sure, onGame: () => onGames(1) },
    )
    tally.counts = addCounts(tally.counts, counts)
    tally.done++
    const { asked, dead } = counts.games
    const duration = Math.round(app.clock.elapsedMs() - startedMs)
    app.log.info('chunk.done', { ...fields, games: asked, dead, rows: rowsWritten(counts.rows), duration_ms: duration })
    return undefined
  } catch (error) {
    const shut =
      error instanceof RateLimitedError || error instanceof ProviderRefusesError || error instanceof ProviderUnavailableError
    if (!isOfChunk(error) && !shut) throw error
    const { message, hint } = error
    tally.failedChunks.push({ from, to, message, ...(hint ? { hint } : {}) })
    app.log.error('chunk.failed', { ...fields, reason: message })
    await open.recordFailure({ from, to }, error)
    return shut ? error : undefined
  }
}
