import type { TransactionSql } from 'postgres'
import type { App } from '../app.ts'
import { addDays, type Day, eachDay } from '../core/days.ts'
import { transientErrors } from '../core/outcome.ts'
import { type FileDataset, isFile, isPerEvent, type RequestDataset, type Scope } from '../pipeline/dataset.ts'
import { phaseOf } from '../pipeline/event-table.ts'
import { listFinalRows } from '../pipeline/events.ts'
import { coveredEvents, type Frontier, settledByRuns, settledItems } from '../pipeline/frontier.ts'
import { listMissing } from '../pipeline/missing.ts'
import { addItems, noItems, type Receipt } from '../pipeline/receipt.ts'
import type { EventRow } from '../pipeline/rows.ts'
import type { SeasonSchedule } from '../pipeline/schedule.ts'
import { seasonSpan } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import type { Unit } from '../pipeline/unit.ts'
import { allKey } from '../pipeline/unit-span.ts'
import { filesLease, requestsLease, seasonWatermark } from '../pipeline/watermark-names.ts'
import { countOpenDeadLetters, listOpenDeadLetters } from '../store/dead-letters.ts'
import { forgetFile } from '../store/files.ts'
import { readSettled } from '../store/settled.ts'
import { forgetWatermark, readWatermark, readWatermarkHistory } from '../store/watermarks.ts'
import type { BackfillOptions } from './backfill-options.ts'
import { eventUnit } from './plan/by-days.ts'
import { unitsBySpan, unitsOfLetters } from './plan/by-span.ts'
import { readEntry } from './plan/entries.ts'
import { planFiles } from './plan/files.ts'
import { planSeason } from './plan/season-state.ts'
import { type About, type Ending, type Job, type JobSpec, runJob } from './run-job.ts'
import { type FoundSchedule, hasSchedule, openSchedules, type Schedules, scheduledSport } from './schedules.ts'
import { type Progress, type WorkOptions, workUnits } from './work-units.ts'

/** Two files keep the database busy, and the third is fetched and parsed meanwhile: 12.5 s for what two take 13.7 for. */
const usual = { days: 2, others: 3 }

/** The seasons of one run: each by itself where a schedule lists the events of one, else all of them together. */
export const runsOf = (sport: Sport, seasons: readonly string[]): string[][] =>
  hasSchedule(sport) ? seasons.map(season => [season]) : [[...seasons]]

interface BackfillPlan extends About {
  seasons: readonly string[]
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
  onProgress: (progress: Progress) => void,
): Promise<Receipt> {
  const { requests, files } = chosen(sport, options)
  const watermarks = seasons.map(season => seasonWatermark(sport.id, season))
  const spec: JobSpec = {
    ...{ job: 'backfill', sport, dryRun: options.dryRun },
    leases: [...(requests.length > 0 ? watermarks.map(requestsLease) : []), ...(files.length > 0 ? [filesLease(sport.id)] : [])],
    nouns: requests.length > 0 ? [sport.events.noun] : [],
    isAlone: sport.datasets.every(isFile),
  }
  const season = seasons.length > 1 ? `${seasons[0]}..${seasons.at(-1)}` : seasons[0]
  const plan: BackfillPlan = { season, watermarks, seasons }
  return await runJob(
    app,
    spec,
    async () => plan,
    job => (hasSchedule(sport) ? loadSchedule(job, plan, options, onProgress) : loadUnits(job, plan, options, onProgress)),
  )
}

/** Requests and files that a backfill asks for. */
export function chosen(sport: Sport, { only }: BackfillOptions): { requests: RequestDataset[]; files: FileDataset[] } {
  const wanted = sport.datasets.filter(
    ({ name, cadence }) => cadence.includes('daily') && (only.length === 0 || only.includes(name)),
  )
  return { requests: wanted.filter((one): one is RequestDataset => !isFile(one)), files: wanted.filter(isFile) }
}

/** Loads the events that a season's schedule lists, and what else there is of that season. */
async function loadSchedule(
  job: Job,
  plan: BackfillPlan,
  options: BackfillOptions,
  onProgress: (progress: Progress) => void,
): Promise<Ending> {
  const { app, receipt, today } = job
  const sport = scheduledSport(job.sport)
  const [season = ''] = plan.seasons
  const schedules = openSchedules({ ...job, app, sport })
  const found = await schedules.fetch(season)
  const { schedule } = found
  const planned = await planSeason(app, sport, schedule, options, today)
  const datasets = chosen(sport, options).requests.filter(isPerEvent)
  const units: Unit[] = [...planned.plan.chunks()].map(({ from, to, entries }) =>
    eventUnit(sport, { from, to }, entries, datasets),
  )
  receipt.items = addItems(receipt.items, [{ ...noItems(sport.events.noun), settled: planned.plan.settled }])
  receipt.findings.push(...keptFinding(found, season))
  const ids = schedule.entries.map(({ id }) => id).sort()
  const name = seasonWatermark(sport.id, season)
  const frontier = settledByRuns(name, ids, ({ items }) => settledItems(sport, items))
  await workUnits(job, [...units, ...(await planOthers(job, plan, options))], {
    ...workOptions(options, season, onProgress),
    onOutage: 'fail',
    findProbe: () => findProbe(job.sport, datasets, schedule),
    frontiersOf: unit => (unit.read === 'requests' && unit.events.length + unit.checked.length > 0 ? [frontier] : []),
    prepare: await checkingStored(job, season, options, schedules),
    beforehand: tx => forget(tx, job, plan, options),
  })
  return await endOfSeason(job, schedule, ids)
}

/** Loads the units of seasons that no schedule lists: of days, of seasons, and files. */
async function loadUnits(
  job: Job,
  plan: BackfillPlan,
  options: BackfillOptions,
  onProgress: (progress: Progress) => void,
): Promise<Ending> {
  const { sport, receipt } = job
  if (options.restart) await job.run.commit(tx => forget(tx, job, plan, options))
  // A part of the datasets leaves the watermark alone, unless the tables decide where it stands.
  const isPartial = options.only.length > 0 && sport.settledBy !== 'coverage'
  // All days, also those before --from: the watermark passes none that is not settled.
  const units = await planOthers(job, plan, { ...options, from: undefined })
  const frontiers = new Map(plan.seasons.map(season => [season, isPartial ? undefined : frontierOf(job, season, units)]))
  const left = await withoutSettled(job, plan, options, units)
  receipt.items = addItems(receipt.items, [
    ...(left.settled > 0 ? [{ ...noItems(sport.events.noun), settled: left.settled }] : []),
  ])
  await workUnits(job, left.units, {
    ...workOptions(options, plan.season ?? '', onProgress),
    onOutage: 'dead-letter',
    frontiersOf: unit => {
      const season = unit.season ?? (unit.read === 'requests' ? seasonOf(sport, plan, unit.from) : undefined)
      const frontier = season === undefined ? undefined : frontiers.get(season)
      return frontier ? [frontier] : []
    },
    lastly: sport.settledBy === 'coverage' ? [...frontiers.values()].filter(one => one !== undefined) : [],
  })
  return {}
}

const workOptions = (
  { concurrency }: BackfillOptions,
  about: string,
  onProgress: (progress: Progress) => void,
): Pick<WorkOptions, 'concurrency' | 'about' | 'onProgress'> => ({
  concurrency: concurrency === undefined ? usual : { days: concurrency, others: concurrency },
  about,
  onProgress,
})

/** Units that are not of a schedule's events: days of the seasons up to yesterday, seasons, and files. */
async function planOthers({ app, sport, today }: Job, { seasons }: BackfillPlan, options: BackfillOptions): Promise<Unit[]> {
  const { requests, files } = chosen(sport, options)
  const spans = seasons.map(season => seasonSpan(sport, season))
  const last = options.to ?? addDays(today, -1)
  const days = spans.flatMap(({ from, to }) =>
    eachDay([from, options.from ?? from].sort()[1] as Day, [to, last].sort()[0] as Day),
  )
  const scope: Scope = { today, days, seasons: spans }
  const { retryFailed, restart } = options
  const request = { scope, datasets: files, retryFailed, restart: restart !== undefined }
  return [...unitsBySpan(requests, () => scope), ...(await app.database.run(sql => planFiles(sql, sport, request)))]
}

const seasonOf = (sport: Sport, { seasons }: BackfillPlan, day: Day): string | undefined =>
  seasons.find(season => {
    const { from, to } = seasonSpan(sport, season)
    return day >= from && day <= to
  })

/** Days, where the sport has units of days; else all units of requests. */
function positionsOf(sport: Sport, season: string, units: readonly Unit[]): string[] {
  const { from, to } = seasonSpan(sport, season)
  const requests = units.filter(unit => unit.read === 'requests')
  const days = requests.filter(unit => unit.season === undefined && unit.from >= from && unit.to <= to)
  return (days.length > 0 ? days : requests.filter(unit => unit.season === season)).map(({ key }) => key).sort()
}

function frontierOf({ sport, today }: Job, season: string, units: readonly Unit[]): Frontier {
  const name = seasonWatermark(sport.id, season)
  if (sport.settledBy === 'coverage') return coveredEvents(name, sport, season)
  // A file says itself whether it has changed; and a span that is not over may yet get events.
  const isSettled = (unit: Unit) => unit.read === 'requests' && unit.to < today
  return settledByRuns(name, positionsOf(sport, season, units), ({ unit }) => (unit && isSettled(unit) ? [unit.key] : []))
}

/** Without the units of requests that runs have settled already, unless their dead letters are transient or they were asked for again. */
async function withoutSettled(
  { app, sport }: Job,
  { seasons }: BackfillPlan,
  { retryFailed, restart, from, to }: BackfillOptions,
  units: readonly Unit[],
): Promise<{ units: Unit[]; settled: number }> {
  const isWanted = (unit: Unit) => !from || unit.read === 'file' || unit.season !== undefined || unit.to >= from
  if (sport.settledBy === 'coverage' || restart || from || to) return { units: units.filter(isWanted), settled: 0 }
  const open = await app.database.run(sql => listOpenDeadLetters(sql, sport.id))
  const requests = units.filter(unit => unit.read === 'requests')
  const again: ReadonlySet<Unit> = unitsOfLetters(
    requests,
    open.filter(letter => retryFailed || isTransient(letter)),
  )
  const done = new Set<string>()
  for (const season of seasons) {
    const name = seasonWatermark(sport.id, season)
    const { value = '', settled } = await app.database.run(async sql => {
      return { value: await readWatermark(sql, name), settled: await readSettled(sql, name) }
    })
    for (const key of positionsOf(sport, season, units)) if (key <= value || settled.has(key)) done.add(key)
    for (const key of settled) done.add(key)
  }
  const isLeft = (unit: Unit) => unit.read === 'file' || again.has(unit) || !done.has(unit.key)
  const left = units.filter(isLeft)
  return { units: left, settled: units.length - left.length }
}

const isTransient = ({ errorClass }: { errorClass: string }): boolean => transientErrors.includes(errorClass)

/** What is settled is forgotten, where that was asked for, only now that it is known what is to be loaded instead. */
async function forget(
  tx: TransactionSql,
  { app, sport, run, today }: Job,
  plan: BackfillPlan,
  options: BackfillOptions,
): Promise<void> {
  const { restart, only } = options
  if (!restart || run.id === null) return
  const by = { user: restart.user, reason: 'backfill --restart' }
  // A part of the datasets says nothing of the others: what is settled stays so.
  for (const name of only.length > 0 ? [] : plan.watermarks) await forgetWatermark(tx, { ...name, at: app.clock.now(), by })
  const scope = { today, days: [], seasons: plan.seasons.map(season => seasonSpan(sport, season)) }
  for (const dataset of chosen(sport, options).files)
    for (const { key } of dataset.units(scope)) await forgetFile(tx, { sport: sport.id, dataset: dataset.name, unit: key })
  // What follows from them is written again, too.
  for (const { name } of only.length > 0 ? [] : sport.derivations)
    await forgetFile(tx, { sport: sport.id, dataset: name, unit: allKey })
}

/** The schedule is not the newest one: what came later it does not know. */
const keptFinding = ({ keptAt }: FoundSchedule, season: string): Receipt['findings'] =>
  keptAt
    ? [
        {
          item: season,
          check: 'kept-schedule',
          message: `The schedule of ${season} is the one stored at ${keptAt.toISOString().slice(0, 19)}Z; no provider gave a newer one.`,
        },
      ]
    : []

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
  { app, sport }: Job,
  season: string,
  { restart }: BackfillOptions,
  { checker }: Schedules,
): Promise<NonNullable<WorkOptions['prepare']>> {
  const { bulkCheck } = sport
  const finals = bulkCheck && !restart ? await listCheckable(app, sport, season) : new Map<string, EventRow>()
  return async unit => {
    const stored = unit.events.flatMap(({ id }) => finals.get(id) ?? [])
    if (!bulkCheck || !checker || stored.length === 0) return unit
    const same = await app.database.run(sql => bulkCheck.check(stored, checker, sql))
    const { true: checked = [], false: events = [] } = Object.groupBy(unit.events, ({ id }) => String(same.has(id)))
    return { ...unit, events, checked }
  }
}

async function listCheckable({ database }: App, sport: Sport, season: string): Promise<Map<string, EventRow>> {
  return await database.run(async sql => {
    const history = await readWatermarkHistory(sql, seasonWatermark(sport.id, season))
    if (history.some(change => change.runId === null)) return new Map()
    const finals = await listFinalRows(sql, sport, season)
    const ids = finals.map(({ providerId }) => providerId)
    const missing = await listMissing(sql, sport, { season })
    const letters = await listOpenDeadLetters(sql, sport.id, ids)
    const incomplete = new Set([...missing.map(({ id }) => id), ...letters.map(({ item }) => item)])
    return new Map(finals.filter(({ providerId }) => !incomplete.has(providerId)).map(row => [row.providerId, row]))
  })
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
      stillOpen: await countOpenDeadLetters(sql, sport.id, ids),
      waitsFor: new Map(entry && run.id !== null ? [[name.key, { id: entry.id, day: entry.day }]] : []),
    }
  })
}
