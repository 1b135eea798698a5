import type { App } from '../../app.ts'
import type { Day } from '../../core/days.ts'
import {
  type IngestError,
  ProviderRefusesError,
  ProviderRejectedError,
  ProviderUnavailableError,
  RateLimitedError,
  StoppedError,
} from '../../core/errors.ts'
import { reachStep } from '../../core/steps.ts'
import { dayOf } from '../../core/zones.ts'
import type { FileSport } from '../../pipeline/contract.ts'
import { addRows, noCounts } from '../../pipeline/receipt.ts'
import { forgetFiles } from '../../store/files.ts'
import { endRun, passChunks, planChunks, type RunEnd } from '../../store/runs.ts'
import { forgetWatermark, readWatermark, type WatermarkName } from '../../store/watermarks.ts'
import { inParallel } from '../backfill/in-parallel.ts'
import { tellCaches } from '../notices.ts'
import { beginHeldRun, type HeldRun, holdingLease } from '../sport-run.ts'
import { deriveWhatFollows } from './derive.ts'
import { windowOf } from './import-context.ts'
import { type FileResult, importFile } from './import-file.ts'
import { type FailedFile, type ImportReceipt, keptCounts, logEnd } from './import-receipt.ts'
import { type FileTask, planImport } from './plan-import.ts'
import { advanceDaily, advanceSeason, dailyWatermark, filesLease, seasonWatermark } from './season-watermark.ts'

export interface ImportOptions {
  /** As `ingest_runs` calls it: `backfill`, `daily`, `live`, `dead-letters-retry`. */
  job: string
  seasons: readonly string[]
  /** Datasets to load; all where empty. */
  only: readonly string[]
  /** Files that are loaded at a time. */
  concurrency: number
  retryFailed: boolean
  letters?: readonly number[]
  /** Forgets what is loaded, in the name of this person, and reads it again. */
  restart: { user: string } | undefined
  /** Moves the daily watermark as far as this day. */
  daily?: { target: Day }
  /** Does all but the commits: no lease, no run. */
  dryRun: boolean
}

export interface ImportProgress {
  sport: string
  season: string
  /** Files. */
  done: number
  total: number
  rows: number
  requests: number
  failures: number
}

interface Import {
  app: App
  sport: FileSport
  options: ImportOptions
  run: HeldRun
  tally: Tally
  onProgress(progress: ImportProgress): void
}

type Tally = Pick<ImportReceipt, 'files' | 'read' | 'rows' | 'tables' | 'badRows' | 'findings' | 'failedFiles' | 'requests'> & {
  failures: number
  watermarks: ImportReceipt['watermarks']
}

/**
 * Loads the files of a sport: those about all seasons, then those of each season, some at a time, so that one is fetched and parsed
 * while another is merged. A file is a transaction; one that did not change since is not read.
 * @throws BusyError where another process is at work on the sport's files, ProviderRefusesError, StoreError, StoppedError
 */
export async function runImport(
  app: App,
  sport: FileSport,
  options: ImportOptions,
  onProgress: Import['onProgress'],
): Promise<ImportReceipt> {
  return await holdingLease(app, { name: filesLease(sport), dryRun: options.dryRun }, async lease => {
    const { clock, log } = app
    const { job, seasons, dryRun } = options
    const [startedAt, startedMs] = [clock.now(), clock.elapsedMs()]
    const season = rangeOf(seasons)
    log.info('job.start', { job, sport: sport.id, season, ...(dryRun ? { dry_run: true } : {}) })
    const before = await readWatermarks(app, sport, options)
    const only = before.length === 1 ? before[0]?.before : null
    const newRun = { job, sport: sport.id, season, targetDate: options.daily?.target, watermarkBefore: only ?? undefined }
    const run = await beginHeldRun(app, lease, { ...newRun, alone: true, at: startedAt })
    await reachStep('run-started')
    const tally: Tally = {
      files: { asked: 0, loaded: 0, unchanged: 0, lacking: 0, dead: 0, pending: 0 },
      read: 0,
      rows: noCounts().rows,
      tables: {},
      badRows: 0,
      findings: [],
      failedFiles: [],
      failures: 0,
      requests: 0,
      watermarks: before,
    }
    const work: Import = { app, sport, options, run, tally, onProgress }
    const times = () => ({ startedAt, durationMs: Math.round(clock.elapsedMs() - startedMs) })
    try {
      await loadFiles(work)
      tally.watermarks = withAfter(before, await readWatermarks(app, sport, options))
      const done = toReceipt(work, season, times())
      await reachStep('before-receipt')
      await end(work, done, { status: done.status })
      logEnd(log, done)
      if (run) await tellCaches(app, sport.id)
      return done
    } catch (error) {
      // The database may be what failed; then the next run marks this one as lost.
      tally.watermarks = withAfter(before, await readWatermarks(app, sport, options).catch(() => before))
      const partly = toReceipt(work, season, times(), error as Error)
      await end(work, partly, { status: 'stopped', error: (error as Error).message }).catch(() => {})
      logEnd(log, partly, error as Error)
      throw error
    }
  })
}

async function loadFiles(work: Import): Promise<void> {
  const { app, sport, options, run, tally } = work
  const { seasons, restart, concurrency } = options
  const providers = new Map(
    sport.providers.map(declaration => [declaration.id, app.openProvider(declaration, run === undefined)]),
  )
  const today = dayOf(app.clock.now(), sport.zone)
  const log = app.log.with({ sport: sport.id })
  const context = { app, sport, run, providers, today, restarted: restart !== undefined, log }
  try {
    if (run && restart) await forget(work, run, restart)
    const tasks = await app.database.run(sql => planImport(sql, sport, options))
    tally.files.asked = tasks.length
    tally.files.pending = tasks.length
    if (run) {
      const chunks = tasks.map(({ dataset, season }) => ({ ...windowOf(season, today), part: dataset.name }))
      await app.database.transaction(tx => planChunks(tx, run.id, chunks))
    }
    await reachStep('planned')
    const shut: Shut = { throttled: undefined, failing: [] }
    const passed: FileTask[] = []
    const tell = () => {
      const { asked, pending } = tally.files
      tally.requests = [...providers.values()].reduce((sum, provider) => sum + provider.requests, 0)
      const { requests, failures, read } = tally
      const state = { done: asked - pending, total: asked, rows: read, requests, failures }
      work.onProgress({ sport: sport.id, season: rangeOf(seasons), ...state })
    }
    tell()
    const load = async (task: FileTask) => {
      app.signal.throwIfAborted()
      const result = await importFile(context, task).catch((error: Error) => {
        if (!(error instanceof RateLimitedError)) throw error
        shut.throttled = error
      })
      if (result) count(work, task, result)
      if (result?.became === 'unchanged' || result?.became === 'lacking') passed.push(task)
      if (result?.became === 'dead' && isShutting(result.error)) shut.failing.push(result.error)
      else if (result) shut.failing = []
      tell()
    }
    // What is about all seasons first: whether one has begun, and which of its games lack their lines, is asked of them.
    const { true: common = [], false: others = [] } = Object.groupBy(tasks, ({ season }) => String(season === ''))
    for (const some of [common, others]) await inParallel(some, run ? concurrency : 1, load, () => !isShut(shut))
    failWhereShut(work, shut)
    await deriveWhatFollows(context, tally)
    if (run) {
      await app.database.transaction(async tx => {
        await run.lease.check(tx)
        const by = { at: app.clock.now(), runId: run.id }
        const chunks = passed.map(({ dataset, season }) => ({ ...windowOf(season, today), part: dataset.name }))
        await passChunks(tx, run.id, chunks, by.at)
        for (const season of seasons) await advanceSeason(tx, sport, season, by)
        const [last] = seasons.slice(-1)
        if (options.daily && last) await advanceDaily(tx, sport, last, options.daily.target, by)
      })
    }
  } finally {
    tally.requests = [...providers.values()].reduce((sum, provider) => sum + provider.requests, 0)
    await Promise.all([...providers.values()].map(provider => provider.close()))
  }
}

async function forget({ app, sport, options }: Import, run: NonNullable<HeldRun>, { user }: { user: string }): Promise<void> {
  await app.database.transaction(async tx => {
    await run.lease.check(tx)
    const by = { user, reason: 'backfill --restart' }
    const { only, seasons } = options
    // A part of the datasets says nothing of the others: what is settled stays so.
    for (const season of only.length > 0 ? [] : seasons)
      await forgetWatermark(tx, { ...seasonWatermark(sport, season), at: app.clock.now(), by })
    for (const season of ['', ...seasons]) await forgetFiles(tx, sport.id, season, only)
  })
}

function count({ app, sport, tally }: Import, { dataset, season }: FileTask, result: FileResult): void {
  const fields = { sport: sport.id, dataset: dataset.name, ...(season ? { season } : {}) }
  tally.files[result.became]++
  tally.files.pending--
  if (result.became === 'loaded') {
    const { rows, written, tables, findings, bad } = result
    tally.read += rows
    tally.rows = addRows(tally.rows, written)
    for (const [table, more] of Object.entries(tables))
      tally.tables[table] = addRows(tally.tables[table] ?? noCounts().rows, more)
    tally.findings.push(...findings)
    tally.badRows += bad
    tally.failures += bad
    app.log.info('file.loaded', { ...fields, rows, ...written, bad })
  }
  if (result.became === 'dead') {
    const { message, hint } = result.error as IngestError
    const missing = result.error instanceof ProviderRejectedError && result.error.kind === 'not-found'
    tally.failures++
    tally.failedFiles.push({ dataset: dataset.name, season, missing, message, ...(hint ? { hint } : {}) } satisfies FailedFile)
    app.log.error('file.failed', { ...fields, reason: message })
  }
}

const isShutting = (error: Error): error is IngestError =>
  error instanceof ProviderUnavailableError || (error instanceof ProviderRejectedError && error.kind === 'refused')

/** What speaks for a provider that will not go on. */
interface Shut {
  /** It asked us to wait: a file that was under way meanwhile, and came, takes nothing back. */
  throttled: RateLimitedError | undefined
  /** It gave no answer, or a no, so many times in a row. */
  failing: IngestError[]
}

/** Who asks us to wait means it; of those who gave no answer, or a no, three in a row do. */
const isShut = ({ throttled, failing }: Shut): boolean => throttled !== undefined || failing.length > 2

/** What was not asked for is missing. With nothing to show for it, it is the run that has failed. */
function failWhereShut({ tally }: Import, shut: Shut): void {
  const { files } = tally
  tally.failures += files.pending
  const first = shut.throttled ?? shut.failing[0]
  if (!first || !isShut(shut) || files.loaded + files.unchanged > 0) return
  if (!(first instanceof ProviderRejectedError)) throw first
  const hint = 'The provider may block this client or address: try from another network, or later.'
  throw new ProviderRefusesError(first.message, { hint, cause: first })
}

const rangeOf = (seasons: readonly string[]): string =>
  seasons.length > 1 ? `${seasons[0]}..${seasons.at(-1)}` : (seasons[0] ?? '')

async function readWatermarks({ database }: App, sport: FileSport, options: ImportOptions): Promise<ImportReceipt['watermarks']> {
  const names: WatermarkName[] = [
    ...(options.daily ? [dailyWatermark(sport)] : []),
    ...options.seasons.map(season => seasonWatermark(sport, season)),
  ]
  return await database.run(async sql => {
    const read = async (name: WatermarkName) => ({ ...name, before: (await readWatermark(sql, name)) ?? null, after: null })
    return await Promise.all(names.map(read))
  })
}

const withAfter = (before: ImportReceipt['watermarks'], now: ImportReceipt['watermarks']): ImportReceipt['watermarks'] =>
  before.map((watermark, i) => ({ ...watermark, after: now[i]?.before ?? null }))

function toReceipt(
  { sport, options, run, tally }: Import,
  season: string,
  times: Pick<ImportReceipt, 'startedAt' | 'durationMs'>,
  error?: Error,
): ImportReceipt {
  const failures = error && !(error instanceof StoppedError) ? Math.max(1, tally.failures) : tally.failures
  const tables = Object.entries(tally.tables).filter(([, { inserted, updated, deleted }]) => inserted + updated + deleted > 0)
  return {
    job: options.job,
    sport: sport.id,
    season,
    run: run?.id ?? null,
    status: failures === 0 ? 'done' : 'failed',
    dryRun: options.dryRun,
    ...times,
    ...tally,
    tables: Object.fromEntries(tables),
    failures,
  }
}

async function end({ app, run }: Import, receipt: ImportReceipt, how: Pick<RunEnd, 'status' | 'error'>): Promise<void> {
  if (!run) return
  const [only, ...others] = receipt.watermarks
  const watermarkAfter = others.length === 0 ? (only?.after ?? undefined) : undefined
  const ending = { ...how, counts: keptCounts(receipt), failures: receipt.failures, watermarkAfter, at: app.clock.now() }
  await app.database.transaction(tx => endRun(tx, run.id, ending))
}
