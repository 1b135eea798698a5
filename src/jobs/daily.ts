import type { App } from '../app.ts'
import type { Day } from '../core/days.ts'
import { BugError, PayloadError, ProviderRefusesError, ProviderRejectedError } from '../core/errors.ts'
import { reachStep } from '../core/steps.ts'
import { dayOf } from '../core/zones.ts'
import type { Calendar, Sport } from '../pipeline/contract.ts'
import { addCounts, noCounts } from '../pipeline/receipt.ts'
import { runChunk } from '../pipeline/run-chunk.ts'
import type { Provider } from '../providers/open-provider.ts'
import { type Lease, takeLease } from '../store/leases.ts'
import { beginRun, endRun, type RunEnd, recordChunk } from '../store/runs.ts'
import { readWatermark, type WatermarkName } from '../store/watermarks.ts'
import { type DayChunk, planChunks } from './daily-chunks.ts'
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
  sport: Sport
  options: DailyOptions
  plan: DailyPlan
  today: Day
  watermark: WatermarkName
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
  sport: Sport,
  options: DailyOptions,
  onProgress: Daily['onProgress'],
): Promise<DailyReceipt> {
  const name = `daily:${sport.id}`
  const lease = options.dryRun ? undefined : await takeLease(app.database, name, app.log)
  try {
    await reachStep('lease-taken')
    return await runHolding(app, sport, options, { stage: 'schedule', key: name }, lease, onProgress)
  } finally {
    await lease?.release()
  }
}

async function runHolding(
  app: App,
  sport: Sport,
  options: DailyOptions,
  watermark: WatermarkName,
  lease: Lease | undefined,
  onProgress: Daily['onProgress'],
): Promise<DailyReceipt> {
  const { clock, database, log } = app
  const [startedAt, startedMs] = [clock.now(), clock.elapsedMs()]
  const today = dayOf(startedAt, sport.zone)
  const before = await database.run(sql => readWatermark(sql, watermark))
  const plan = planDaily({ ...options, today, watermark: before })
  const dry = options.dryRun ? { dry_run: true } : {}
  log.info('job.start', { job: 'daily', target_date: plan.target, sport: sport.id, days: plan.days.length, ...dry })
  const newRun = { job: 'daily', sport: sport.id, targetDate: plan.target, watermarkBefore: before, at: startedAt }
  const run = lease && { lease, id: await database.transaction(tx => beginRun(tx, newRun)) }
  await reachStep('run-started')

  const tally: Tally = { counts: noCounts(), watermark: before, failedDays: [], requests: 0 }
  const daily: Daily = { app, sport, options, plan, today, watermark, run, tally, onProgress }
  const receipt = (): DailyReceipt => {
    const failures = tally.counts.games.dead + tally.failedDays.length
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
      ...tally.counts,
    }
  }
  try {
    await loadDays(daily)
    const done = receipt()
    await reachStep('before-receipt')
    await end(daily, done, { status: done.status })
    if (run) await app.archive.prune(app.config.payloads.retentionDays, clock.now())
    logEnd(log, done)
    return done
  } catch (error) {
    const partly = receipt()
    // The database may be what failed; then the next run marks this one as lost.
    await end(daily, partly, { status: 'stopped', error: (error as Error).message }).catch(() => {})
    logEnd(log, partly, error as Error)
    throw error
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
  const providers = new Map(sport.providers.map(declaration => [declaration.id, app.openProvider(declaration, options.dryRun)]))
  const countRequests = () => {
    tally.requests = [...providers.values()].reduce((sum, provider) => sum + provider.requests, 0)
    return tally.requests
  }
  try {
    const calendar = await fetchCalendar(sport, providers)
    const chunks = await planChunks(app.database, sport, calendar, { plan, today, ...options })
    const total = chunks.reduce((sum, chunk) => sum + chunk.games.length, 0)
    let [frontier, done] = [plan.frontier, 0]
    for (const chunk of chunks) {
      app.signal.throwIfAborted()
      const tell = () => daily.onProgress({ sport: sport.id, day: chunk.day, done, total, requests: countRequests() })
      tell()
      const onGame = () => {
        done++
        tell()
      }
      frontier = await loadDay(daily, chunk, { calendar, providers, frontier, onGame })
    }
  } finally {
    countRequests()
    await Promise.all([...providers.values()].map(provider => provider.close()))
  }
}

interface DayContext {
  calendar: Calendar
  providers: ReadonlyMap<string, Provider>
  /** The last day without a gap before it. */
  frontier: Day
  onGame(): void
}

/**
 * Loads one day. Its own failure is counted, and the next day goes on; what concerns the run as a whole is thrown.
 * @returns where the frontier stands after it
 */
async function loadDay(daily: Daily, { day, whole, games }: DayChunk, context: DayContext): Promise<Day> {
  const { app, sport, options, run, tally, today } = daily
  const { calendar, providers, frontier, onGame } = context
  const datasets = sport.datasets.filter(dataset => options.only.length === 0 || options.only.includes(dataset.name))
  const next = whole && datasets.length === sport.datasets.length ? advanceFrontier(frontier, day, today) : frontier
  const moves = next !== frontier && next > (tally.watermark ?? '')
  try {
    if (whole && !calendar.covers(day)) {
      const message = `${sport.calendar.provider} serves ${calendar.reach}; ${day} is not in it.`
      throw new PayloadError(message, {
        hint: `If you can do without it: sports-ingest watermark set schedule daily:${sport.id} ${day}`,
      })
    }
    const counts = await runChunk(
      { from: day, to: day, games, ...(moves ? { watermark: { ...daily.watermark, value: next } } : {}) },
      {
        sport: sport.id,
        calendarDataset: sport.calendar.dataset,
        datasets,
        providers,
        database: app.database,
        run,
        clock: app.clock,
        log: app.log.with({ sport: sport.id, day }),
        onGame,
      },
    )
    tally.counts = addCounts(tally.counts, counts)
    if (moves) tally.watermark = next
    return next
  } catch (error) {
    if (!(error instanceof PayloadError || error instanceof BugError)) throw error
    tally.failedDays.push({ day, message: error.hint ? `${error.message} ${error.hint}` : error.message })
    app.log.error('chunk.failed', { sport: sport.id, day, reason: error.message })
    const failed = { from: day, to: day, status: 'failed' as const, error, at: app.clock.now() }
    if (run) await app.database.transaction(tx => recordChunk(tx, run.id, failed))
    return frontier
  }
}

async function fetchCalendar(sport: Sport, providers: ReadonlyMap<string, Provider>): Promise<Calendar> {
  const provider = providers.get(sport.calendar.provider)
  if (!provider) throw new BugError(`No provider ${sport.calendar.provider} is open.`)
  try {
    return sport.calendar.parse((await provider.get(sport.calendar.path)).json())
  } catch (error) {
    if (!(error instanceof ProviderRejectedError)) throw error
    const hint =
      'Without the schedule nothing can be loaded. The provider may block this client or address: try from another network, or later.'
    throw new ProviderRefusesError(error.message, { hint, cause: error })
  }
}
