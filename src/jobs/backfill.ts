import type { TransactionSql } from 'postgres'
import type { App } from '../app.ts'
import { addDays, type Day, eachDay } from '../core/days.ts'
import { keepHeapSmall } from '../core/heap.ts'
import { transientErrors } from '../core/outcome.ts'
import { isFile, isPerEvent, type RequestDataset, type Scope } from '../pipeline/dataset.ts'
import { phaseOf } from '../pipeline/event-table.ts'
import { listFinalRows } from '../pipeline/events.ts'
import { coveredEvents, type Frontier, isOpenEnded, settledByRuns, settledItems } from '../pipeline/frontier.ts'
import { listMissing } from '../pipeline/missing.ts'
import { addItems, noItems, type Receipt } from '../pipeline/receipt.ts'
import type { EventRow } from '../pipeline/rows.ts'
import type { SeasonSchedule } from '../pipeline/schedule.ts'
import { rangeOf, seasonSpan } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import type { Unit } from '../pipeline/unit.ts'
import { allKey } from '../pipeline/unit-span.ts'
import { requestsLease, seasonWatermark } from '../pipeline/watermark-names.ts'
import { countOpenDeadLetters, listOpenDeadLetters } from '../store/dead-letters.ts'
import { forgetFile } from '../store/files.ts'
import { readSettled } from '../store/settled.ts'
import { forgetWatermark, readWatermark, readWatermarkHistory } from '../store/watermarks.ts'
import type { BackfillOptions } from './backfill-options.ts'
import { createElsewhere, type LoadElsewhere } from './distribute/elsewhere.ts'
import type { About, Ending, Job, JobSpec } from './job.ts'
import { byReading, type Chosen, chooseDatasets, leasesFor } from './plan/datasets.ts'
import { acceptUnlisted, closeUnnamed, readEntry } from './plan/entries.ts'
import { planSeason } from './plan/season.ts'
import { eventUnit, planUnits, unitsOfLetters } from './plan/units.ts'
import { runJob } from './run-job.ts'
import { hasSchedule, openSchedules, type ScheduledSport, type Schedules } from './schedules.ts'
import { type Progress, type WorkOptions, workUnits } from './work-units.ts'

/** Two files keep the database busy, and the third is fetched and parsed meanwhile: 12.5 s for what two take 13.7 for. */
const usual = { days: 2, others: 3 }
/** For some hosts with several each, of which the rate of the provider keeps most waiting. */
const usualElsewhere = { days: 16, others: 16 }

export interface BackfillPlan extends About, Chosen {
  seasons: Scope['seasons']
  options: BackfillOptions
}

export interface BackfillHow {
  onProgress?(progress: Progress): void
  /** Has the units loaded by other processes. */
  loadElsewhere?: LoadElsewhere | undefined
}

/**
 * Loads what is not settled of some seasons, unit by unit, some at a time. A unit's rows, its status, what it has settled and the
 * watermark are one transaction, so it can end at any point and the next run goes on there.
 * @throws BusyError where another process does the same, ProviderRefusesError, StoreError, StoppedError
 */
export async function runBackfill(
  app: App,
  sport: Sport,
  seasons: readonly string[],
  options: BackfillOptions,
  { onProgress = () => {}, loadElsewhere }: BackfillHow = {},
): Promise<Receipt> {
  keepHeapSmall()
  const plan = planBackfill(sport, seasons, options)
  const has = { hasRequests: plan.requests.length > 0, hasFiles: plan.files.length > 0 }
  const spec: JobSpec = {
    ...{ job: 'backfill', sport, dryRun: options.dryRun },
    ...leasesFor(sport, has, plan.watermarks.map(requestsLease)),
    isAlone: sport.datasets.every(isFile),
  }
  const { concurrency } = options
  const byDefault = loadElsewhere ? usualElsewhere : usual
  const how: WorkOptions = {
    concurrency: concurrency === undefined ? byDefault : { days: concurrency, others: concurrency },
    about: plan.season,
    onProgress,
  }
  const work = async (job: Job) => {
    const elsewhere = loadElsewhere && createElsewhere(job, { seasons, options }, loadElsewhere)
    const all = { ...how, elsewhere }
    return hasSchedule(sport) ? await loadSchedule(job, sport, plan, all) : await loadUnits(job, plan, all)
  }
  return await runJob(app, spec, async () => plan, work)
}

/** What a backfill of some seasons is about, as everybody who loads units of it knows it. */
export function planBackfill(sport: Sport, seasons: readonly string[], options: BackfillOptions): BackfillPlan {
  const chosen = byReading(chooseDatasets(sport, 'daily', options.only))
  const watermarks = seasons.map(season => seasonWatermark(sport.id, season))
  const spans = seasons.map(season => seasonSpan(sport, season))
  return { ...chosen, season: rangeOf(seasons), watermarks, seasons: spans, options }
}

/** Loads the events that a season's schedule lists, and what else there is of that season. */
async function loadSchedule(job: Job, sport: ScheduledSport, plan: BackfillPlan, how: WorkOptions): Promise<Ending> {
  const { app, receipt, today } = job
  const { options, season = '' } = plan
  const opened = await openSeason(job, sport, plan)
  const { schedule, keptAt, ids, datasets } = opened
  const planned = await app.database.run(sql => planSeason(sql, sport, schedule, options, today))
  receipt.findings.push(...planned.unlisted.findings)
  const units = planned.chunks.map(({ entries, ...days }) => eventUnit(sport.schedule.dataset, days, entries, datasets))
  receipt.items = addItems(receipt.items, [{ ...noItems(sport.events.noun), settled: planned.settled }])
  if (keptAt) {
    const message = `The schedule of ${season} is the one stored at ${keptAt.toISOString().slice(0, 19)}Z; no provider gave a newer one.`
    receipt.findings.push({ item: season, check: 'kept-schedule', message })
  }
  await closeUnnamed(job, sport, schedule)
  const others = await planOthers(job, plan, options.from)
  const ofUnits = await opened.ofUnits()
  // Only now that it is known what is to be loaded instead.
  await forget(job, plan, (tx, by) => acceptUnlisted(tx, sport, planned.unlisted, by))
  await workUnits(job, [...units, ...others], { ...how, ...ofUnits })
  return await endOfSeason(job, schedule, ids)
}

/** How the units of a backfill are loaded, wherever that is. */
export type LoadingOptions = Pick<WorkOptions, 'onOutage' | 'findProbe' | 'frontiersOf' | 'prepare' | 'lastly'>

/** A season whose events a schedule lists, and how units of it are loaded. */
export async function openSeason(
  job: Omit<Job, 'receipt' | 'requestsElsewhere'>,
  sport: ScheduledSport,
  { requests, season = '', options }: BackfillPlan,
) {
  const schedules = openSchedules({ ...job, sport })
  const { schedule, keptAt } = await schedules.fetch(season)
  const datasets = requests.filter(isPerEvent)
  const ids = schedule.entries.flatMap(({ id, isUnnamed }) => (isUnnamed ? [] : id)).sort()
  const frontier = settledByRuns(seasonWatermark(sport.id, season), ids, ({ items }) => settledItems(sport, items))
  const ofUnits = async (): Promise<LoadingOptions> => ({
    onOutage: 'fail',
    findProbe: () => findProbe(sport, datasets, schedule),
    frontiersOf: unit => (unit.read === 'requests' && unit.events.length + unit.checked.length > 0 ? [frontier] : []),
    prepare: await checkingStored(job, season, options, schedules),
  })
  return { schedule, keptAt, ids, datasets, ofUnits }
}

/** Loads the units of seasons that no schedule lists: of days, of seasons, and files. */
async function loadUnits(job: Job, plan: BackfillPlan, how: WorkOptions): Promise<Ending> {
  const { sport, receipt } = job
  await forget(job, plan)
  const { all, left } = await planUnsettled(job, plan)
  if (left.settled > 0) receipt.items = addItems(receipt.items, [{ ...noItems(sport.events.noun), settled: left.settled }])
  await workUnits(job, left.units, { ...how, ...ofSpans(job, plan, all) })
  return {}
}

/** How units of seasons are loaded that no schedule lists. */
export function ofSpans(
  job: Pick<Job, 'app' | 'sport' | 'today'>,
  { options, seasons }: BackfillPlan,
  all: readonly Unit[],
): LoadingOptions {
  const { sport } = job
  // A part of the datasets leaves the watermark alone, unless the tables decide where it stands.
  const isPartial = options.only.length > 0 && sport.settledBy !== 'coverage'
  const frontiers = new Map(isPartial ? [] : seasons.map(season => [season.label, frontierOf(job, season, all)]))
  return {
    frontiersOf: unit => {
      const ofDay = unit.read === 'requests' ? seasons.find(({ from, to }) => from <= unit.from && unit.from <= to) : undefined
      const frontier = frontiers.get(unit.season ?? ofDay?.label ?? '')
      return frontier ? [frontier] : []
    },
    lastly: sport.settledBy === 'coverage' ? [...frontiers.values()] : [],
  }
}

/** The units of seasons that no schedule lists, and what is left to ask for of them. */
export async function planUnsettled(
  job: Pick<Job, 'app' | 'sport' | 'today'>,
  plan: BackfillPlan,
): Promise<{ all: Unit[]; left: { units: Unit[]; settled: number } }> {
  // All days, also those before --from: the watermark passes none that is not settled.
  const all = await planOthers(job, plan, undefined)
  return { all, left: await withoutSettled(job, plan, all) }
}

/** Units that are not of a schedule's events: days of the seasons, from one on and up to yesterday, seasons, and files. */
export async function planOthers(
  job: Pick<Job, 'app' | 'sport' | 'today'>,
  plan: BackfillPlan,
  first: Day | undefined,
): Promise<Unit[]> {
  const { app, sport, today } = job
  const { seasons, options } = plan
  const last = options.to ?? addDays(today, -1)
  const days = seasons.flatMap(({ from, to }) => eachDay([from, first ?? from].sort()[1] as Day, [to, last].sort()[0] as Day))
  const { retryFailed, restart } = options
  const scope = { today, days, seasons }
  const request = { scope, now: app.clock.now(), retryFailed, restart: restart !== undefined }
  return await app.database.run(sql => planUnits(sql, sport, plan, request))
}

/** Days, where the sport has units of days; else all units of requests. */
function positionsOf({ label, from, to }: Scope['seasons'][number], units: readonly Unit[]): string[] {
  const requests = units.filter(unit => unit.read === 'requests')
  const days = requests.filter(unit => unit.season === undefined && unit.from >= from && unit.to <= to)
  return (days.length > 0 ? days : requests.filter(unit => unit.season === label)).map(({ key }) => key).sort()
}

function frontierOf(
  { sport, today }: Pick<Job, 'sport' | 'today'>,
  season: Scope['seasons'][number],
  units: readonly Unit[],
): Frontier {
  const name = seasonWatermark(sport.id, season.label)
  if (sport.settledBy === 'coverage') return coveredEvents(name, sport, season.label)
  // A file says itself whether it has changed; and a span that is not over may yet get events.
  const isSettled = (unit: Unit) => unit.read === 'requests' && unit.to < today
  return settledByRuns(name, positionsOf(season, units), ({ unit, failures, items }) =>
    unit && failures.length === 0 && isSettled(unit) && !items.some(isOpenEnded) ? [unit.key] : [],
  )
}

/** Without the units of requests that runs have settled already, unless their dead letters are transient or they were asked for again. */
async function withoutSettled(
  { app, sport }: Pick<Job, 'app' | 'sport'>,
  { seasons, options: { retryFailed, restart, from } }: BackfillPlan,
  units: readonly Unit[],
): Promise<{ units: Unit[]; settled: number }> {
  const isWanted = (unit: Unit) => !from || unit.read === 'file' || unit.season !== undefined || unit.to >= from
  const wanted = units.filter(isWanted)
  if (sport.settledBy === 'coverage' || restart) return { units: wanted, settled: 0 }
  const { again, done } = await app.database.run(async sql => {
    const open = await listOpenDeadLetters(sql, sport.id)
    const letters = open.filter(({ errorClass }) => retryFailed || transientErrors.includes(errorClass))
    const keys = new Set<string>()
    for (const season of seasons) {
      const name = seasonWatermark(sport.id, season.label)
      const value = (await readWatermark(sql, name)) ?? ''
      const passed = positionsOf(season, units).filter(key => key <= value)
      for (const key of [...passed, ...(await readSettled(sql, name))]) keys.add(key)
    }
    const requests = wanted.filter(unit => unit.read === 'requests')
    return { again: unitsOfLetters(requests, letters) as ReadonlySet<Unit>, done: keys }
  })
  const left = wanted.filter(unit => unit.read === 'file' || again.has(unit) || !done.has(unit.key))
  return { units: left, settled: wanted.length - left.length }
}

/** What is settled is forgotten, where that was asked for; and `accept` notes what a person takes for right by it. */
async function forget(
  { app, sport, run, today }: Job,
  { watermarks, seasons, files, options }: BackfillPlan,
  accept: (tx: TransactionSql, by: Parameters<typeof acceptUnlisted>[3]) => Promise<void> = async () => {},
): Promise<void> {
  const { restart, only } = options
  if (!restart || run.id === null) return
  const by = { user: restart.user, reason: 'backfill --restart' }
  // A part of the datasets says nothing of the others: what is settled stays so. What follows from all files is written again, too.
  const isWhole = only.length === 0
  const derived = sport.derivations.map(({ name }) => ({ dataset: name, unit: allKey }))
  const read = files.flatMap(({ name, units }) =>
    [...units({ today, days: [], seasons })].map(({ key }) => ({ dataset: name, unit: key })),
  )
  const { id: runId } = run
  const at = app.clock.now()
  await run.commit(async tx => {
    await accept(tx, { ...by, runId, at })
    for (const name of isWhole ? watermarks : []) await forgetWatermark(tx, { ...name, at, by })
    for (const file of [...read, ...(isWhole ? derived : [])]) await forgetFile(tx, { sport: sport.id, ...file })
  })
}

/** The first event that is over and must have all its files. */
function findProbe({ events }: Sport, datasets: readonly RequestDataset[], { entries }: SeasonSchedule): EventRow | undefined {
  for (const entry of entries) {
    const event = readEntry(entry)
    const isOver = event && phaseOf(events, event.status) === 'over'
    if (isOver && datasets.every(dataset => !dataset.mayBeMissing(event))) return event
  }
  return undefined
}

/**
 * Has stored events that are over checked in bulk, so that they need not be asked for one by one. None where a person has moved this
 * watermark: whoever takes it back wants the events loaded again, not compared.
 */
async function checkingStored(
  { app, sport }: Pick<Job, 'app' | 'sport'>,
  season: string,
  { restart }: BackfillOptions,
  { checker }: Schedules,
): Promise<WorkOptions['prepare']> {
  const { bulkCheck } = sport
  if (!bulkCheck || !checker || restart) return undefined
  const finals = await app.database.run(async sql => {
    const history = await readWatermarkHistory(sql, seasonWatermark(sport.id, season))
    if (history.some(change => change.runId === null)) return new Map<string, EventRow>()
    const all = await listFinalRows(sql, sport, season)
    const ids = all.map(({ providerId }) => providerId)
    const missing = await listMissing(sql, sport, { season })
    const letters = await listOpenDeadLetters(sql, sport.id, ids)
    const incomplete = new Set([...missing.map(({ id }) => id), ...letters.map(({ item }) => item)])
    return new Map(all.filter(({ providerId }) => !incomplete.has(providerId)).map(row => [row.providerId, row]))
  })
  return async unit => {
    const stored = unit.events.flatMap(({ id }) => finals.get(id) ?? [])
    if (stored.length === 0) return unit
    const same = await bulkCheck.check(stored, checker, app.database)
    const { true: known = [], false: events = [] } = Object.groupBy(unit.events, ({ id }) => String(same.has(id)))
    const checked = known.map(entry => {
      const read = () => {
        const { event, related } = entry.read()
        return { event: bulkCheck.keep(event, finals.get(entry.id) as EventRow), related }
      }
      return { ...entry, read }
    })
    return { ...unit, events, checked }
  }
}

/** How a season stands now: what its watermark waits for, and what is in the dead letters. */
async function endOfSeason({ app, sport, run }: Job, schedule: SeasonSchedule, ids: readonly string[]): Promise<Ending> {
  const name = seasonWatermark(sport.id, schedule.season)
  return await app.database.run(async sql => {
    const value = await readWatermark(sql, name)
    const settled = await readSettled(sql, name)
    const first = ids.find(id => id > (value ?? '') && !settled.has(id))
    const entry = first === undefined ? undefined : schedule.find(first)
    return {
      stillOpen: await countOpenDeadLetters(
        sql,
        sport.id,
        schedule.entries.map(({ id }) => id),
      ),
      waitsFor: entry && run.id !== null ? { id: entry.id, day: entry.day } : null,
    }
  })
}
