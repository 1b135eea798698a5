import type { App } from '../../app.ts'
import { StoppedError } from '../../core/errors.ts'
import { reachStep } from '../../core/steps.ts'
import type { GameSport } from '../../pipeline/contract.ts'
import { noCounts } from '../../pipeline/receipt.ts'
import type { Lease } from '../../store/leases.ts'
import { endRun, type RunEnd } from '../../store/runs.ts'
import { leaseOf, readWatermark, type WatermarkName } from '../../store/watermarks.ts'
import { tellCaches } from '../notices.ts'
import { beginHeldRun, holdingLease } from '../sport-run.ts'
import { type BackfillReceipt, keptCounts, logEnd } from './backfill-receipt.ts'
import { type Backfill, loadSeason, type Tally } from './load-season.ts'
import { type BackfillOptions, watermarkOf } from './plan-season.ts'

const job = 'backfill'

/**
 * Loads what is not settled of a season, chunk by chunk, some at a time. A chunk's rows, its status, its settled games and the
 * watermark are one transaction, so it can end at any point and the next run goes on there.
 * @throws BusyError where another process does the same, ProviderRefusesError, StoreError, StoppedError
 */
export async function runBackfill(
  app: App,
  sport: GameSport,
  options: BackfillOptions,
  onProgress: Backfill['onProgress'],
): Promise<BackfillReceipt> {
  const watermark = watermarkOf(sport, options.season)
  return await holdingLease(app, { name: leaseOf(watermark), dryRun: options.dryRun }, lease =>
    runHolding(app, sport, options, watermark, lease, onProgress),
  )
}

async function runHolding(
  app: App,
  sport: GameSport,
  options: BackfillOptions,
  watermark: WatermarkName,
  lease: Lease | undefined,
  onProgress: Backfill['onProgress'],
): Promise<BackfillReceipt> {
  const { clock, database, log } = app
  const { season, dryRun } = options
  const [startedAt, startedMs] = [clock.now(), clock.elapsedMs()]
  const before = await database.run(sql => readWatermark(sql, watermark))
  log.info('job.start', { job, sport: sport.id, season, ...(dryRun ? { dry_run: true } : {}) })
  const newRun = { job, sport: sport.id, season, targetDate: undefined, watermarkBefore: before, at: startedAt }
  const run = await beginHeldRun(app, lease, newRun)
  await reachStep('run-started')

  const tally: Tally = {
    counts: noCounts(),
    chunks: [],
    settled: 0,
    done: 0,
    failedChunks: [],
    requests: 0,
    watermark: before,
    waitsFor: null,
    letters: 0,
    scheduleKeptAt: null,
  }
  const backfill: Backfill = { app, sport, options, watermark, run, tally, onProgress }
  const times = () => ({ startedAt, durationMs: Math.round(clock.elapsedMs() - startedMs) })
  try {
    await loadSeason(backfill)
    const done = toReceipt(backfill, before, times())
    await reachStep('before-receipt')
    await end(backfill, done, { status: done.status })
    logEnd(log, done)
    if (run) await tellCaches(app, sport.id)
    return done
  } catch (error) {
    // The database may be what failed; then the next run marks this one as lost.
    tally.watermark = await database.run(sql => readWatermark(sql, watermark)).catch(() => tally.watermark)
    const partly = toReceipt(backfill, before, times(), error as Error)
    await end(backfill, partly, { status: 'stopped', error: (error as Error).message }).catch(() => {})
    logEnd(log, partly, error as Error)
    throw error
  }
}

function toReceipt(
  { sport, options, run, tally }: Backfill,
  before: string | undefined,
  times: Pick<BackfillReceipt, 'startedAt' | 'durationMs'>,
  error?: Error,
): BackfillReceipt {
  const { counts, chunks, settled, done, failedChunks, requests, watermark, waitsFor, letters, scheduleKeptAt } = tally
  const undone = chunks.length - done
  // Chunks that are left are no failures of who was told to stop.
  const failures = counts.games.dead + (error instanceof StoppedError ? failedChunks.length : Math.max(undone, error ? 1 : 0))
  return {
    job,
    sport: sport.id,
    season: options.season,
    run: run?.id ?? null,
    status: failures === 0 ? 'done' : 'failed',
    scheduleKeptAt,
    from: chunks[0]?.from ?? null,
    to: chunks.at(-1)?.to ?? null,
    settled,
    chunks: { planned: chunks.length, done, failed: failedChunks.length, pending: undone - failedChunks.length },
    failures,
    requests,
    watermarkBefore: before ?? null,
    watermarkAfter: watermark ?? null,
    waitsFor,
    letters,
    dryRun: options.dryRun,
    ...times,
    failedChunks,
    ...counts,
  }
}

async function end({ app, run }: Backfill, receipt: BackfillReceipt, how: Pick<RunEnd, 'status' | 'error'>): Promise<void> {
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
