import type { ISql } from 'postgres'
import type { App } from '../app.ts'
import { addDays, type Day } from '../core/days.ts'
import { PayloadError } from '../core/errors.ts'
import { keepHeapSmall } from '../core/heap.ts'
import { dayOf } from '../core/zones.ts'
import { isFile, isPerEvent, type Scope } from '../pipeline/dataset.ts'
import {
  findUnscheduled,
  listDaysToRevisit,
  listEventsToRevisit,
  listUnfinishedOn,
  readFirstUnplayed,
} from '../pipeline/events.ts'
import { coveredDays, coveredEvents, type Frontier, settledByDays } from '../pipeline/frontier.ts'
import { listUnstored } from '../pipeline/missing.ts'
import type { Receipt } from '../pipeline/receipt.ts'
import type { ScheduleEntry, SeasonSchedule } from '../pipeline/schedule.ts'
import { rangeOf, seasonSpan, seasonsOf, yearOfSeason } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import type { RequestUnit, Unit } from '../pipeline/unit.ts'
import { dailyWatermark, requestsLease, seasonWatermark } from '../pipeline/watermark-names.ts'
import { listOpenDeadLetters } from '../store/dead-letters.ts'
import { readFirstDay, readNewestTarget } from '../store/runs.ts'
import { readWatermark, readWatermarkHistory, type WatermarkChange } from '../store/watermarks.ts'
import type { About, Ending, Job, JobSpec } from './job.ts'
import { byReading, type Chosen, chooseDatasets, isWanted, leasesFor, namesOf } from './plan/datasets.ts'
import { type DaysRequest, firstDayCovered, loadedBy, lookbackOf, type PlannedDays, planDays } from './plan/days.ts'
import { checkComplete, closeUnnamed, entryOf, readEntry } from './plan/entries.ts'
import { type Asked, eventUnit, planFiles, unitsBySpan } from './plan/units.ts'
import { discardOutOfReach } from './retry.ts'
import { runJob } from './run-job.ts'
import { hasSchedule, openSchedules, type ScheduledSport } from './schedules.ts'
import { type Progress, workUnits } from './work-units.ts'

/** How many daily runs try an event for its dead letter alone; after that a person decides. A day that is loaded anyway has all its events asked for. */
const maxAttempts = 3

/** Days. A run that catches up on more is a long one. */
const longAbsence = 7

export interface DailyOptions extends Pick<DaysRequest, 'date' | 'daysBack' | 'daysAhead' | 'catchUp'> {
  /** Datasets to load; all where empty. A part of them never moves the watermark. */
  only: readonly string[]
  /** Does all but the commit: no lease, no run, no payload is kept. */
  dryRun: boolean
}

/** What a daily run asks for. */
interface DailyPlan extends About, Chosen {
  options: DailyOptions
  /** The schedule's own entries, with or without the datasets of its events. */
  schedule: boolean
  /** Some of the sport's datasets are left out. */
  isPartial: boolean
  /** Also events and days of other dates that are to be looked at again. */
  revisits: boolean
  days: PlannedDays
  /** The last and the first day that runs have loaded; undefined where none has, or none of them is asked for again. */
  loaded: { last: Day; first: Day; has(day: Day): boolean } | undefined
  /** Seasons that those days touch. */
  seasons: Scope['seasons']
  /** Where the watermark stood that is set back. */
  stood: Day | undefined
}

/**
 * Loads a day of one sport, every day missed since the watermark, and the events that are to be looked at again: units by day of what is
 * read by requests, and the files of every season those days touch. A unit is one transaction, and the watermark moves with it.
 * @throws BusyError where another process does the same, ProviderRefusesError, StoreError, StoppedError
 */
export async function runDaily(
  app: App,
  sport: Sport,
  options: DailyOptions,
  onProgress: (progress: Progress) => void,
): Promise<Receipt> {
  const wanted = chooseDatasets(sport, 'daily', options.only)
  const { requests, files } = byReading(wanted)
  const ofSchedule = sport.schedule?.dataset
  const schedule = ofSchedule !== undefined && (isWanted(options.only, ofSchedule) || wanted.some(isPerEvent))
  const isPartial = wanted.length < chooseDatasets(sport, 'daily', []).length
  const revisits = options.catchUp && !isPartial
  const hasRequests = requests.length > 0 || schedule
  const name = dailyWatermark(sport.id)
  const spec: JobSpec = {
    ...{ job: 'daily', sport, dryRun: options.dryRun },
    ...leasesFor(sport, { hasRequests, hasFiles: files.length > 0 }, [requestsLease(name)]),
    isAlone: sport.datasets.every(isFile),
  }
  const plan = async (): Promise<DailyPlan> => {
    const byCalendar = options.date === undefined
    const today = dayOf(app.clock.now(), sport.zone)
    const { from: seasonStart } = seasonSpan(sport, yearOfSeason(sport, addDays(today, -1)))
    const { watermark, since, history, stood } = await app.database.run(async sql => {
      const value = await readWatermark(sql, name)
      const changes = value ? await readWatermarkHistory(sql, name) : []
      const believed = value && byCalendar ? await readBelieved(sql, sport, today, value, changes[0]) : undefined
      const { day, isWrong } = believed ?? { day: value, isWrong: false }
      // Of an earlier season it was a wrong clock that wanted it.
      const wanted = byCalendar && !day ? await readFirstDay(sql, 'daily', sport.id, seasonStart) : undefined
      return { watermark: day, since: wanted, history: changes, stood: isWrong ? value : undefined }
    })
    const days = planDays({ ...options, today, watermark, since })
    const first = firstDayCovered(history.toReversed())
    const hasPassed = loadedBy(history)
    const seasons = seasonsOf(sport, days.days)
    const labels = seasons.map(({ label }) => label)
    const ofSeasons = sport.settledBy === 'coverage' ? labels.map(label => seasonWatermark(sport.id, label)) : []
    return {
      ...{ requests, files, options, schedule, isPartial, revisits, days, seasons },
      ...{ targetDate: days.target, since: byCalendar ? days.days[0] : undefined, watermarks: [name, ...ofSeasons] },
      // Whole files are of seasons; days have their own units.
      season: hasRequests ? undefined : rangeOf(labels),
      // An explicit date asks for that day alone.
      loaded:
        revisits && byCalendar && watermark && first
          ? { last: watermark, first, has: day => day <= watermark && hasPassed(day) }
          : undefined,
      stood,
      setBack: stood ? { ...name, value: watermark } : undefined,
    }
  }
  return await runJob(app, spec, plan, async (job, planned) => await loadDays(job, planned, onProgress))
}

/** A clock that was further behind has left nothing that is believed. */
const believedDays = 30

/**
 * How far days have been loaded when they were over; `isWrong` where that differs from the watermark because of a wrong clock. A run whose
 * clock was ahead moves the watermark over days to come; runs after it have an earlier target, and what is behind that of the newest one is
 * loaded again. Where none has run after it, the days that it has passed are those at the end on which nothing has begun; a provider that
 * lags leaves such days, too. What a person has set counts as it is.
 */
async function readBelieved(
  sql: ISql,
  sport: Sport,
  today: Day,
  watermark: Day,
  last: WatermarkChange | undefined,
): Promise<{ day: Day | undefined; isWrong: boolean }> {
  const itself = { day: watermark, isWrong: false }
  if (last?.runId === null) return itself
  const from = addDays(watermark < today ? watermark : today, -believedDays)
  const newest = await readNewestTarget(sql, { job: 'daily', sport: sport.id, from, before: today })
  if (newest && (newest.isEarlier || watermark >= today))
    return newest.day < watermark ? { day: newest.day, isWrong: true } : itself
  if (watermark >= today) return { day: undefined, isWrong: true }
  const unplayed = await readFirstUnplayed(sql, sport, from, watermark)
  return unplayed ? { day: addDays(unplayed, -1), isWrong: false } : itself
}

async function loadDays(job: Job, daily: DailyPlan, onProgress: (progress: Progress) => void): Promise<Ending> {
  const { app, sport, today } = job
  const { days, seasons, files, options, isPartial, stood, setBack } = daily
  if (setBack && job.run.id !== null) {
    const became = setBack.value ? `set back from ${stood} to ${setBack.value}` : `deleted: it stood on ${stood}`
    const message = `A run had a wrong clock. The watermark ${setBack.stage} ${setBack.key} was ${became}. The days after that count as not loaded.`
    job.receipt.findings.push({ item: setBack.key, check: 'wrong-clock', message })
  }
  await discardOutOfReach(job, await app.database.run(sql => listOpenDeadLetters(sql, sport.id)))
  if (days.days.length > longAbsence) keepHeapSmall()
  const scope = { today, days: days.days, seasons }
  const units: Unit[] = [
    ...(await planRequests(job, daily)),
    ...(await app.database.run(sql => planFiles(sql, sport, { scope, now: app.clock.now(), datasets: files }))),
  ]
  const name = dailyWatermark(sport.id)
  const isCovered = sport.settledBy === 'coverage'
  const { label } = seasonSpan(sport, yearOfSeason(sport, days.target))
  // A part of the datasets leaves the watermark alone; where the tables decide, so does a day that somebody named.
  const byDays = isCovered || isPartial ? [] : [settledByDays(name, days.next, today)]
  const byTables = !isCovered || isPartial || options.date ? [] : [coveredDays(name, sport, label, days.target)]
  const ofSeason = (season: string): Frontier[] =>
    isCovered ? [coveredEvents(seasonWatermark(sport.id, season), sport, season)] : []
  await workUnits(job, units, {
    about: units.some(({ read }) => read === 'requests') ? '' : label,
    frontiersOf: unit => (unit.read === 'requests' ? byDays : unit.season ? ofSeason(unit.season) : []),
    lastly: [...seasons.flatMap(season => ofSeason(season.label)), ...byTables],
    onProgress,
  })
  return {}
}

/** Units by day of the events a schedule lists, and units of datasets that are asked for by day, by season or once. */
async function planRequests(job: Job, plan: DailyPlan): Promise<RequestUnit[]> {
  const { app, sport, today } = job
  const { days, loaded, requests, schedule, revisits } = plan
  const units = schedule && hasSchedule(sport) ? await planEvents(job, sport, plan) : []
  const asked: Asked[] = []
  for (const dataset of requests.filter(({ units: own }) => own !== 'event')) {
    const wanted = { upTo: days.target, maxAttempts, dataset: dataset.name }
    const letters = revisits ? await app.database.run(sql => listDaysToRevisit(sql, sport, wanted)) : []
    const lookback = lookbackOf(days.target, dataset.lookbackDays, loaded)
    const all = [...new Set([...days.days, ...lookback, ...letters])].sort()
    // A day that somebody named is wanted alone.
    const upcoming = plan.options.date ? [] : [today, addDays(today, 1)]
    asked.push({ dataset, scope: { today, days: all, upcoming, seasons: seasonsOf(sport, all) } })
  }
  const isWhole = ({ from, to }: RequestUnit) => from === to && days.days.includes(from)
  return [...units, ...unitsBySpan(asked).map(unit => ({ ...unit, isWhole: isWhole(unit) }))]
}

/** Units of events, oldest day first: whole days, and events of earlier days that are to be looked at again. */
async function planEvents(job: Job, sport: ScheduledSport, plan: DailyPlan): Promise<RequestUnit[]> {
  const { app, today, receipt } = job
  const { days, loaded, requests, revisits, isPartial } = plan
  const schedule = await openSchedules({ ...job, sport }).fetchCurrent()
  await closeUnnamed(job, sport, schedule)
  const datasets = requests.filter(isPerEvent)
  const lookback = lookbackOf(days.target, Math.max(0, ...datasets.map(({ lookbackDays }) => lookbackDays)), loaded)
  const byDay = new Map(days.days.map(day => [day, new Map<string, ScheduleEntry>()]))
  const add = (day: Day, entry: ScheduleEntry) => byDay.set(day, (byDay.get(day) ?? new Map()).set(entry.id, entry))
  // All that is listed now, so that an event that came into a day of the lookback is found, too.
  for (const day of [...days.days, ...lookback.filter(one => !byDay.has(one) && schedule.covers(one))])
    for (const entry of schedule.entriesOn(day)) add(day, entry)

  const names = namesOf(sport, sport.datasets.filter(isPerEvent))
  const { findings } = await app.database.run(async sql => {
    const unlisted = await checkComplete(sql, sport, schedule)
    // Listed when their days had been loaded.
    const passed = loaded ? schedule.entries.filter(({ day }) => loaded.has(day) && !byDay.has(day)) : []
    const ids = passed.map(({ id }) => id)
    const late = await listUnstored(sql, sport, ids)
    for (const event of await findUnscheduled(sql, sport, ids)) {
      const entry = schedule.find(event.providerId)
      if (entry && readEntry(entry)?.['venue']) late.add(entry.id)
    }
    for (const entry of passed) if (late.has(entry.id)) add(entry.day, entry)
    const stored = [
      ...(revisits ? await listEventsToRevisit(sql, sport, { upTo: days.target, maxAttempts, datasets: names }) : []),
      ...(await listUnfinishedOn(sql, sport, days.days)),
    ]
    for (const event of stored) {
      const entry = await entryOf(sql, sport, schedule, event, today)
      // An event that was moved into a day that is loaded anyway is loaded there.
      if (entry && !(byDay.has(entry.day) && entry.day !== event.day)) add(event.day, entry)
    }
    return unlisted
  })
  receipt.findings.push(...findings)
  return [...byDay]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, events]) => ({
      ...eventUnit(sport.schedule.dataset, { from: day, to: day }, [...events.values()], datasets),
      isPartial,
      isWhole: days.days.includes(day),
    }))
    .map(unit => withProblem(unit, sport, schedule, days.next))
}

/** A provider that serves the current season's schedule says nothing about a day of another: it has failed, and is not without events. */
function withProblem(unit: RequestUnit, sport: ScheduledSport, schedule: SeasonSchedule, next: Day): RequestUnit {
  const { from: day, isWhole } = unit
  if (!isWhole || schedule.covers(day)) return unit
  const { label } = seasonSpan(sport, yearOfSeason(sport, day))
  const load = `sports-ingest schedule backfill --sport ${sport.id} --season ${label} --from ${day} --to ${day}`
  const skip = day >= next ? ` To skip this day: sports-ingest watermark set schedule daily:${sport.id} ${day}` : ''
  const message = `${sport.schedule.provider} serves ${schedule.reach}, and ${day} is not in it.`
  return { ...unit, problem: new PayloadError(message, { hint: `To load it: ${load}.${skip}` }) }
}
