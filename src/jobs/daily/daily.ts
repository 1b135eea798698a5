import type { App } from '../../app.ts'
import type { Day } from '../../core/days.ts'
import { type IngestError, PayloadError, ProviderRefusesError, RateLimitedError, StoppedError } from '../../core/errors.ts'
import { reachStep } from '../../core/steps.ts'
import { dayOf } from '../../core/zones.ts'
import type { Calendar, Dataset, GameSport } from '../../pipeline/contract.ts'
import { addCounts, noCounts } from '../../pipeline/receipt.ts'
import { countGivenUp } from '../../pipeline/stored-games.ts'
import type { Lease } from '../../store/leases.ts'
import { endRun, type RunEnd, readFirstDay } from '../../store/runs.ts'
import { readWatermark, readWatermarkHistory, type WatermarkName } from '../../store/watermarks.ts'
import { firstDayCovered } from '../first-day-covered.ts'
import { tellCaches } from '../notices.ts'
import { beginHeldRun, holdingLease, isOfChunk, openSportRun, type SportRun } from '../sport-run.ts'
import { type ChunkOptions, type DayChunk, maxAttempts, planChunks } from './daily-chunks.ts'
import { type DailyReceipt, keptCounts, logEnd, type Tally } from './daily-receipt.ts'
import { advanceFrontier, type DailyPlan, planDaily } from './plan-daily.ts'

export interface DailyOptions {
  /** The day to load; yesterday where missing. */
  date: Day | undefined
  daysBack: number
  daysAhead: number
  /** Datasets to load; all where empty. A part of them never moves the watermark. */
  only: readonly string[]
  catchUp: boolean
  /** Does all but the commit: no lease, no run, no payload is kept. */
  dryRun: boolean
}

export interface Progress {
  sport: string
  day: Day
  done: number
  total: number
  requests: number
}

/** A run that has begun. */
interface Daily {
  app: App
  sport: GameSport
  options: DailyOptions
  plan: DailyPlan
  today: Day
  watermark: WatermarkName
  /** Where it stood before, and the first day that runs have loaded; undefined where none has. */
  stood: ChunkOptions['watermark']
  /** Undefined in a dry run. */
  run: { id: number; lease: Lease } | undefined
  tally: Tally
  onProgress(progress: Progress): void
}

/**
 * Loads a day's games of one sport, every day missed since the watermark, and the games that are to be looked at again.
 * Each day is one chunk and one transaction; the watermark moves with it.
 * @throws BusyError where another process does the same, ProviderRefusesError, StoreError, StoppedError
 */
export async function runDaily(
  app: App,
  sport: GameSport,
  options: DailyOptions,
  onProgress: Daily['onProgress'],
): Promise<DailyReceipt> {
  const name = `daily:${sport.id}`
  const watermark = { stage: 'schedule', key: name }
  return await holdingLease(app, { name, dryRun: options.dryRun }, lease =>
    runHolding(app, sport, options, watermark, lease, onProgress),
  )
}

async function runHolding(
  app: App,
  sport: GameSport,
  options: DailyOptions,
  watermark: WatermarkName,
  lease: Lease | undefined,
  onProgress: Daily['onProgress'],
): Promise<DailyReceipt> {
  const { clock, database, log } = app
  const [startedAt, startedMs] = [clock.now(), clock.elapsedMs()]
  const today = dayOf(startedAt, sport.zone)
  const before = await database.run(sql => readWatermark(sql, watermark))
  const byCalendar = options.date === undefined
  const since = byCalendar && !before ? await database.run(sql => readFirstDay(sql, 'daily', sport.id)) : undefined
  const history = before ? await database.run(sql => readWatermarkHistory(sql, watermark)) : []
  const first = firstDayCovered(history.toReversed())
  const plan = planDaily({ ...options, today, watermark: before, since })
  const dry = options.dryRun ? { dry_run: true } : {}
  log.info('job.start', { job: 'daily', target_date: plan.target, sport: sport.id, days: plan.days.length, ...dry })
  const newRun = {
    job: 'daily',
    sport: sport.id,
    targetDate: plan.target,
    watermarkBefore: before,
    since: byCalendar ? plan.days[0] : undefined,
    at: startedAt,
  }
  const run = await beginHeldRun(app, lease, newRun)
  await reachStep('run-started')

  const tally: Tally = { counts: noCounts(), watermark: before, failedDays: [], requests: 0, givenUp: 0 }
  const stood = before && first ? { before, first } : undefined
  const daily: Daily = { app, sport, options, plan, today, watermark, stood, run, tally, onProgress }
  const receipt = (stopped = false): DailyReceipt => {
    const counted = tally.counts.games.dead + tally.failedDays.length
    const failures = stopped ? Math.max(1, counted) : counted
    return {
      job: 'daily',
      sport: sport.id,
      run: run?.id ?? null,
      status: failures === 0 ? 'done' : 'failed',
      targetDate: plan.target,
      days: plan.days,
      failures,
      requests: tally.requests,
      watermarkBefore: before ?? null,
      watermarkAfter: tally.watermark ?? null,
      dryRun: options.dryRun,
      startedAt,
      durationMs: Math.round(clock.elapsedMs() - startedMs),
      failedDays: tally.failedDays,
      givenUp: tally.givenUp,
      ...tally.counts,
    }
  }
  try {
    await loadDays(daily)
    tally.givenUp = await database.run(sql => countGivenUp(sql, sport.id, maxAttempts))
    const done = receipt()
    await reachStep('before-receipt')
    await end(daily, done, { status: done.status })
    if (run) await prune(app)
    logEnd(log, done)
    if (run) await tellCaches(app, sport.id)
    return done
  } catch (error) {
    const partly = receipt(!(error instanceof StoppedError))
    // The database may be what failed; then the next run marks this one as lost.
    await end(daily, partly, { status: 'stopped', error: (error as Error).message }).catch(() => {})
    logEnd(log, partly, error as Error)
    throw error
  }
}

/** The run is done and told; old payloads that stay a day longer do not change that. */
async function prune({ archive, clock, config, log }: App): Promise<void> {
  try {
    await archive.prune(config.payloads.retentionDays, clock.now())
  } catch (error) {
    log.warn('payloads.prune', { reason: (error as Error).message })
  }
}

async function end({ app, run }: Daily, receipt: DailyReceipt, how: Pick<RunEnd, 'status' | 'error'>): Promise<void> {
  if (!run) return
  const { failures, watermarkAfter } = receipt
  const ending = {
    ...how,
    counts: keptCounts(receipt),
    failures,
    watermarkAfter: watermarkAfter ?? undefined,
    at: app.clock.now(),
  }
  await app.database.transaction(tx => endRun(tx, run.id, ending))
}

async function loadDays(daily: Daily): Promise<void> {
  const { app, sport, options, plan, today, tally } = daily
  const open = openSportRun(app, sport, daily.run)
  try {
    const calendar = await open.fetchCalendar()
    const chunks = await planChunks(app.database, sport, calendar, {
      plan,
      today,
      date: options.date,
      catchUp: options.catchUp,
      partial: datasetsOf(daily).length < sport.datasets.length,
      watermark: daily.stood,
    })
    const total = chunks.reduce((sum, chunk) => sum + chunk.games.length, 0)
    let [frontier, done] = [plan.frontier, 0]
    for (const [i, chunk] of chunks.entries()) {
      app.signal.throwIfAborted()
      const tell = () => daily.onProgress({ sport: sport.id, day: chunk.day, done, total, requests: open.requests })
      tell()
      const onGame = () => {
        done++
        tell()
      }
      try {
        frontier = await loadDay(daily, chunk, { open, calendar, frontier, onGame })
      } catch (error) {
        const { asked, dead } = tally.counts.games
        const shut = error instanceof RateLimitedError || error instanceof ProviderRefusesError
        if (!shut || asked === dead) throw error
        // What was loaded before stays, and its receipt is due; the days that are left wait for the next run.
        for (const { day } of chunks.slice(i)) await failDay(daily, open, day, error)
        return
      }
    }
  } finally {
    tally.requests = open.requests
    await open.close()
  }
}

interface DayContext {
  open: SportRun
  calendar: Calendar
  /** The last day without a gap before it. */
  frontier: Day
  onGame(): void
}

/**
 * Loads one day. Its own failure is counted, and the next day goes on; what concerns the run as a whole is thrown.
 * @returns where the frontier stands after it
 */
async function loadDay(daily: Daily, { day, whole, games }: DayChunk, context: DayContext): Promise<Day> {
  const { sport, tally, today } = daily
  const { open, calendar, frontier, onGame } = context
  const datasets = datasetsOf(daily)
  const next = whole && datasets.length === sport.datasets.length ? advanceFrontier(frontier, day, today) : frontier
  const moves = next !== frontier && next > (tally.watermark ?? '')
  try {
    if (whole && !calendar.covers(day)) {
      const missed = day > (tally.watermark ?? day)
      const hint = `If you can do without it: sports-ingest watermark set schedule daily:${sport.id} ${day}`
      throw new PayloadError(`${sport.calendar.provider} serves ${calendar.reach}.`, missed ? { hint } : {})
    }
    const watermark = moves ? { watermark: { ...daily.watermark, value: next } } : {}
    const counts = await open.loadChunk({ from: day, to: day, games, ...watermark }, { datasets, onGame })
    tally.counts = addCounts(tally.counts, counts)
    if (moves) tally.watermark = next
    return next
  } catch (error) {
    if (!isOfChunk(error)) throw error
    await failDay(daily, open, day, error)
    return frontier
  }
}

async function failDay({ app, sport, tally }: Daily, open: SportRun, day: Day, error: IngestError): Promise<void> {
  const { message, hint } = error
  // A reason that a hundred days share is told once.
  const news = tally.failedDays.at(-1)?.message !== message
  tally.failedDays.push({ day, message, ...(hint ? { hint } : {}) })
  app.log[news ? 'error' : 'debug']('chunk.failed', { sport: sport.id, day, reason: message })
  await open.recordFailure({ from: day, to: day }, error)
}

const datasetsOf = ({ sport, options }: Daily): Dataset[] =>
  sport.datasets.filter(dataset => options.only.length === 0 || options.only.includes(dataset.name))
