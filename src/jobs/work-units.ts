import type { IngestError } from '../core/errors.ts'
import { ProviderRefusesError, ProviderRejectedError, ProviderUnavailableError, RateLimitedError } from '../core/errors.ts'
import { decideOutcome } from '../core/outcome.ts'
import { reachStep } from '../core/steps.ts'
import type { UnitContext } from '../pipeline/context.ts'
import { derive } from '../pipeline/derive.ts'
import { type FileResult, loadFile } from '../pipeline/files/read-file.ts'
import { advanceFrontier, type Frontier } from '../pipeline/frontier.ts'
import type { Failure } from '../pipeline/item.ts'
import { type LoadedUnit, loadUnit } from '../pipeline/load-unit.ts'
import { healthErrorOf } from '../pipeline/provider-health.ts'
import { type Counts, type Receipt, rowsWritten, sumOf, toFailedUnit } from '../pipeline/receipt.ts'
import { beginUnit, passUnits, planUnits, type Settlement, settle } from '../pipeline/settle.ts'
import type { FileUnit, RequestUnit, Unit } from '../pipeline/unit.ts'
import { allKey, nameOf } from '../pipeline/unit-span.ts'
import { isQueued } from './background/enqueue.ts'
import { audienceOf } from './cache-invalidation.ts'
import { costsOf, shortageOf } from './cost.ts'
import { inParallel } from './in-parallel.ts'
import type { Job } from './job.ts'
import { countRequests } from './plan/count-requests.ts'
import { dayOrder, order } from './plan/units.ts'
import { requestsOf, slowest } from './providers.ts'
import { addToReceipt, idOf } from './run-job.ts'
import { refusedBy } from './schedules.ts'

/** How far a job is. */
export interface Progress {
  sport: string
  /** What it is about: a day, a season, a range of them. */
  about: string
  noun: string
  /** Items, or files. */
  done: number
  total: number
  /** Rows of files that were read. */
  rows: number
  requests: number
  failures: number
  /** Since the first unit began, and the requests made since then. */
  elapsedMs: number
  paced: number
  /** What the provider may be asked at most. */
  ratePerSecond: number
  /** The unit that has just been loaded, where one has. */
  loaded?: LoadedPiece | undefined
}

/** A unit that was loaded, for who watches. */
export interface LoadedPiece {
  /** `2024-10-22 to 2024-10-25`, `player-stats of 2024` */
  name: string
  counts: Counts
  durationMs: number
}

/** What a unit does beside writing its rows: no watermark is moved and an outage becomes dead letters, unless the job says otherwise. */
type UnitOptions = Partial<Pick<UnitContext, 'frontiersOf' | 'onOutage' | 'findProbe' | 'byValue'>>

/** Loads units in other processes, as `loadFile` and `loadUnit` do here. */
export interface Elsewhere {
  loadFile(unit: FileUnit): Promise<FileResult>
  loadUnit(unit: RequestUnit): Promise<CountedUnit>
}

/** What a unit of requests has come to, as far as the run tells of it. */
export interface CountedUnit extends Pick<LoadedUnit, 'counts'> {
  failures: readonly Pick<Failure, 'dataset' | 'error'>[]
}

export interface WorkOptions extends UnitOptions {
  /** Units at a time: of days and events, and of seasons and files. */
  concurrency?: { days: number; others: number }
  /** Watermarks that are moved once more when all units have ended. */
  lastly?: readonly Frontier[]
  /** A unit just before it is loaded, with the events that need not be asked for. */
  prepare?: ((unit: RequestUnit) => Promise<RequestUnit>) | undefined
  /** Has units loaded by other processes. */
  elsewhere?: Elsewhere | undefined
  /** Dead letters of a unit of which nothing was kept. */
  lettersFor?(unit: Unit, error: IngestError): NonNullable<Settlement['letters']>
  onProgress(progress: Progress): void
  /** A season, or a range of them; where missing, the day that is being loaded. */
  about?: string | undefined
}

/** Days are loaded one after the other, because the watermark passes none that is not loaded. */
const usualConcurrency = { days: 1, others: 2 }

/** Failures in a row that speak for the provider: of units of events, each of which is several requests, and of single files. */
const patience = { events: 2, single: 3 }

/**
 * Works a job's units off, some at a time: each is loaded in one transaction; what it has failed for is counted, and the next one goes on,
 * while its provider answers. What concerns the run as a whole is thrown; so is the provider's trouble where nothing was loaded.
 */
export async function workUnits(job: Job, units: readonly Unit[], options: WorkOptions): Promise<void> {
  const { app, sport, run, receipt, health } = job
  const { prepare = async unit => unit, concurrency = usualConcurrency, elsewhere } = options
  const context = toContext(job, options)
  const progress = trackProgress(job, units, options)
  const passed: Unit[] = []
  receipt.units.planned = units.length
  receipt.units.pending = units.length
  Object.assign(receipt, spanOf(units))
  await tellShortage(job, units)
  await run.commit(tx => planUnits(tx, run, units))
  await reachStep('planned')
  progress.tell()

  let trouble: IngestError | undefined
  const load = async (unit: Unit): Promise<void> => {
    app.signal.throwIfAborted()
    const startedMs = app.clock.elapsedMs()
    let counts: Counts | undefined
    // A file is read for seconds at most, and is not worth a commit of its own.
    if (unit.read === 'requests') await run.note(tx => beginUnit(tx, run, unit, app.clock.now()))
    try {
      if (unit.read === 'file') {
        const result = elsewhere ? await elsewhere.loadFile(unit) : await loadFile(unit, context)
        if (result.became === 'unchanged' || result.became === 'missing') passed.push(unit)
        countFile(job, unit, result)
        if (result.became === 'done') counts = result.counts
        health.note(result.became === 'failed' ? result.error : undefined, patience.single)
      } else {
        progress.begin(unit)
        if (unit.problem) throw unit.problem
        const loadHere = async () => {
          const ready = await prepare(unit)
          progress.onItem(ready.checked.length)
          const log = app.log.with({ sport: sport.id, ...daysOf(unit) })
          return await loadUnit(ready, { ...context, log, onItem: progress.onItem })
        }
        const loaded = elsewhere ? await elsewhere.loadUnit(unit) : await loadHere()
        if (elsewhere) progress.onItem(Math.max(unit.events.length, 1))
        countUnit(job, unit, loaded, app.clock.elapsedMs() - startedMs)
        if (loaded.failures.length === 0) counts = loaded.counts
        health.note(healthErrorOf(loaded.failures), patience.single)
      }
    } catch (error) {
      const ofProvider = await countFailure(job, unit, error, options)
      trouble ??= ofProvider
    }
    if (unit.read === 'file') progress.count()
    progress.tell(counts && { name: watchedName(unit), counts, durationMs: app.clock.elapsedMs() - startedMs })
  }
  const groups = Map.groupBy(units, order)
  // Units about all seasons first: whether a season has begun, and which of its events lack rows, is asked of them.
  for (const [group, some] of [...groups].sort(([a], [b]) => a - b)) {
    const count = group === dayOrder ? concurrency.days : concurrency.others
    // A dry run counts what those before it would have written by now, so it has to know them.
    await inParallel(some, run.id === null ? 1 : count, load, () => health.closedBy === undefined)
  }
  failWhereNothingLoaded(job, health.closedBy ?? trouble)
  for (const counts of await derive(context)) addToReceipt(receipt, counts)
  await run.commit(async tx => {
    const at = app.clock.now()
    await passUnits(tx, run, passed, at)
    for (const frontier of run.id === null ? [] : (options.lastly ?? []))
      await advanceFrontier(tx, frontier, { items: [], failures: [] }, { at, runId: idOf(run) })
  })
}

/** Says before the first unit that the day's quota of a provider will not do. What can be loaded with it is. */
async function tellShortage({ app, providers, today, receipt }: Job, units: readonly Unit[]): Promise<void> {
  if ([...providers.values()].every(({ dailyQuota }) => dailyQuota === undefined)) return
  for (const cost of await costsOf(providers, countRequests(units, today))) {
    const message = shortageOf(cost)
    if (!message) continue
    receipt.findings.push({ item: cost.provider, check: 'quota', message })
    app.log.warn('quota.short', { provider: cost.provider, requests: cost.requests, left: cost.leftToday ?? undefined, message })
  }
}

/** The first and the last day that is loaded: as a whole, where any is; single events of other days that are looked at again do not count. */
function spanOf(units: readonly Unit[]): Pick<Receipt, 'from' | 'to'> {
  const days = units.filter(unit => order(unit) === dayOrder)
  const whole = days.filter(unit => unit.read === 'requests' && unit.isWhole)
  const counted = whole.length > 0 ? whole : days
  const to = counted.map(unit => unit.to).sort()
  return { from: counted.map(unit => unit.from).sort()[0] ?? null, to: to.at(-1) ?? null }
}

/** What the units of a job, or of live work, share. */
export const toContext = (
  { app, sport, run, providers, health, today }: Pick<Job, 'app' | 'sport' | 'run' | 'providers' | 'health' | 'today'>,
  { frontiersOf = () => [], onOutage = 'dead-letter', findProbe, byValue }: UnitOptions = {},
): UnitContext => ({
  ...{ sport, run, providers, today, health, frontiersOf, onOutage, findProbe, byValue },
  database: app.database,
  clock: app.clock,
  log: app.log.with({ sport: sport.id }),
  notifies: audienceOf(app.config),
  statsDelayMs: isQueued(app.config, 'match') ? app.config.backgroundJobs.matchDelayMs : 0,
  seen: run.id === null ? new Set() : undefined,
  onItem: () => {},
})

/** As people say it: a file and its season, or days; what is asked for once has no days of its own. */
const watchedName = (unit: Unit): string => {
  if (unit.read === 'file') return nameOf(unit.dataset.name, unit)
  if (unit.events.length === 0 && unit.key === allKey) return unit.datasets.map(({ name }) => name).join(', ')
  return unit.from === unit.to ? unit.from : `${unit.from} to ${unit.to}`
}

const daysOf = ({ from, to }: Unit) => (from === to ? { day: from } : { from, to })

/** Fields of the log that name a unit. */
const fieldsOf = ({ sport, receipt: { season } }: Job, unit: Unit) => ({
  sport: sport.id,
  season: season ?? undefined,
  unit: unit.key,
  ...daysOf(unit),
})

function countUnit(job: Job, unit: RequestUnit, { counts, failures }: CountedUnit, durationMs: number): void {
  const { receipt, app } = job
  addToReceipt(receipt, counts)
  receipt.units.pending--
  for (const { dataset, error } of failures) {
    receipt.failed.push(toFailedUnit(unit.key, dataset, error))
    app.log.error('unit.failed', { ...fieldsOf(job, unit), dataset, reason: error.message })
  }
  if (failures.length > 0) receipt.units.failed++
  else receipt.units.done++
  const [asked, dead] = [sumOf(counts.items, 'asked'), sumOf(counts.items, 'dead')]
  const done = { ...fieldsOf(job, unit), items: asked, dead, rows: rowsWritten(counts.rows), duration_ms: Math.round(durationMs) }
  app.log[receipt.job === 'backfill' ? 'info' : 'debug']('unit.done', done)
}

function countFile({ app, sport, receipt }: Job, unit: FileUnit, result: FileResult): void {
  const { dataset, key, season } = unit
  const fields = { sport: sport.id, dataset: dataset.name, season }
  receipt.units[result.became]++
  receipt.units.pending--
  if (result.became === 'done') {
    const { counts } = result
    addToReceipt(receipt, counts)
    const read = sumOf(counts.items, 'asked') - sumOf(counts.items, 'dead')
    app.log.info('file.loaded', { ...fields, rows: read, ...counts.rows, bad: sumOf(counts.items, 'dead') })
  }
  if (result.became === 'failed') {
    const { error } = result
    const isMissing = error instanceof ProviderRejectedError && error.kind === 'not-found'
    receipt.failed.push(toFailedUnit(key, dataset.name, error, isMissing))
    app.log.error('file.failed', { ...fields, reason: error.message })
  }
}

/**
 * Counts a unit of which nothing was kept. Its events are not settled: the next run asks for them again.
 * @returns the error, where it is the provider's
 * @throws what concerns the run as a whole
 */
async function countFailure(
  job: Job,
  unit: Unit,
  thrown: unknown,
  { lettersFor }: WorkOptions,
): Promise<IngestError | undefined> {
  const { app, run, receipt, sport, health } = job
  const outcome = decideOutcome(thrown)
  const isProviders = thrown instanceof RateLimitedError || thrown instanceof ProviderRefusesError
  if (outcome.kind !== 'dead-letter' && !isProviders) throw thrown
  const error = outcome.kind === 'dead-letter' ? outcome.error : (thrown as IngestError)
  health.note(error, patience.events)
  // A file that was not asked for, because the provider asked us to wait, has not failed.
  if (unit.read === 'file' && error instanceof RateLimitedError) return error
  const isNews = receipt.failed.at(-1)?.message !== error.message
  receipt.units.failed++
  receipt.units.pending--
  receipt.failed.push(toFailedUnit(unit.key, unit.read === 'file' ? unit.dataset.name : null, error))
  // A reason that a hundred units share is reported once.
  app.log[isNews ? 'error' : 'debug']('unit.failed', { ...fieldsOf(job, unit), reason: error.message })
  const settlement: Settlement = {
    ...{ sport: sport.id, unit, at: app.clock.now() },
    // A provider that asks us to wait, or refuses us, says nothing of the unit.
    letters: isProviders ? [] : (lettersFor?.(unit, error) ?? []),
    chunk: { status: 'failed', error },
  }
  await run.commit(tx => settle(tx, run, settlement))
  return isProviders || error instanceof ProviderUnavailableError ? error : undefined
}

/** With nothing to show for it, it is the run that has failed. */
function failWhereNothingLoaded({ receipt }: Job, trouble: IngestError | undefined): void {
  const { units, items } = receipt
  const isNothing =
    units.done + units.unchanged === 0 || (units.unchanged === 0 && sumOf(items, 'asked') === sumOf(items, 'dead'))
  if (!trouble || !isNothing) return
  throw trouble instanceof ProviderRejectedError ? refusedBy(trouble) : trouble
}

function trackProgress(job: Job, units: readonly Unit[], { onProgress, about = '' }: WorkOptions) {
  const { app, sport, receipt, providers } = job
  const requests = () => requestsOf(providers) + job.requestsElsewhere
  const [startedMs, before] = [app.clock.elapsedMs(), requests()]
  const noun = units.some(({ read }) => read === 'file') ? 'files' : sport.events.noun
  const total = units.reduce((sum, unit) => sum + (unit.read === 'file' ? 1 : Math.max(unit.events.length, 1)), 0)
  // The providers that are asked for most: those of whole files, or of requests for each event.
  const asked = new Set(
    units.flatMap(unit => (unit.read === 'file' ? [...providers.keys()] : unit.datasets.map(one => one.provider))),
  )
  const ratePerSecond = slowest(providers, asked)
  let [done, now] = [0, about]
  const tell = (loaded?: LoadedPiece) =>
    onProgress({
      ...{ sport: sport.id, about: now, noun, done, total, ratePerSecond },
      rows: sumOf(receipt.items, 'asked'),
      requests: requests(),
      failures: sumOf(receipt.items, 'dead') + receipt.units.failed,
      elapsedMs: app.clock.elapsedMs() - startedMs,
      paced: requests() - before,
      loaded,
    })
  const count = (items = 1) => {
    done += items
  }
  const onItem = (items = 1) => {
    count(items)
    if (items > 0) tell()
  }
  /** A job about days says at which it is. */
  const begin = (unit: Unit) => {
    if (about === '') now = unit.key
    tell()
  }
  return { tell, count, onItem, begin }
}
