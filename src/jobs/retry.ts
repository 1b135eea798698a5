import type { App } from '../app.ts'
import type { Day } from '../core/days.ts'
import { PayloadError, ProviderRefusesError } from '../core/errors.ts'
import { isFile, isPerEvent } from '../pipeline/dataset.ts'
import { dayOfRow, phaseOf } from '../pipeline/event-table.ts'
import { readEvent } from '../pipeline/events.ts'
import { coveredEvents } from '../pipeline/frontier.ts'
import { noItems, type Receipt } from '../pipeline/receipt.ts'
import { type ScheduleEntry, type SeasonSchedule, unnamedPrefix } from '../pipeline/schedule.ts'
import { rangeOf, seasonSpan, seasonsOf, yearOfSeason } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import type { FileUnit, RequestUnit, Unit } from '../pipeline/unit.ts'
import { dailyWatermark, requestsLease, seasonWatermark } from '../pipeline/watermark-names.ts'
import { type DeadLetter, discardDeadLetters, listOpenDeadLetters } from '../store/dead-letters.ts'
import type { Ending, Job, JobSpec } from './job.ts'
import { byReading, leasesFor, liveNamesOf, namesOf } from './plan/datasets.ts'
import { calledOff, closeUnnamed, hasUnnamed } from './plan/entries.ts'
import { eventUnit, type FilesRequest, planUnits, unitsOfLetters } from './plan/units.ts'
import { runJob } from './run-job.ts'
import { hasSchedule, openSchedules, type ScheduledSport, type Schedules } from './schedules.ts'
import { type Progress, workUnits } from './work-units.ts'

/**
 * Asks again, now, for what is in the open dead letters of a sport: all of them, or those with these ids. What loads is resolved, what does
 * not has one attempt more. Watermarks of requests have passed these items and stay; those that the tables decide may move.
 * @throws BusyError where a daily run of the sport is at work, ProviderRefusesError, StoreError, StoppedError
 */
export async function retryDeadLetters(
  app: App,
  sport: Sport,
  ids: readonly number[] | undefined,
  onProgress: (progress: Progress) => void,
): Promise<Receipt> {
  const chosen = async () => {
    const open = await app.database.run(sql => listOpenDeadLetters(sql, sport.id))
    return ids ? open.filter(({ id }) => ids.includes(id)) : open
  }
  const before = await chosen()
  const isOfFile = ({ dataset }: DeadLetter) => sport.datasets.some(one => isFile(one) && one.name === dataset)
  const hasFiles = before.some(isOfFile)
  const hasRequests = before.some(letter => !isOfFile(letter))
  const daily = dailyWatermark(sport.id)
  const spec: JobSpec = {
    ...{ job: 'dead-letters-retry', sport, dryRun: false },
    ...leasesFor(sport, { hasRequests, hasFiles }, [requestsLease(daily)]),
  }
  const plan = async () => {
    // Read anew under the leases: a run that has just ended may have loaded some. What none of them covers waits.
    const letters = (await chosen()).filter(letter => (isOfFile(letter) ? hasFiles : hasRequests))
    const seasons = seasonsOf(sport, daysOf(letters)).map(({ label }) => label)
    const covered = sport.settledBy === 'coverage' ? seasons : []
    const ofSeasons = covered.map(season => seasonWatermark(sport.id, season))
    return { letters, covered, season: rangeOf(covered), watermarks: [...(hasRequests ? [daily] : []), ...ofSeasons] }
  }
  return await runJob(app, spec, plan, async (job, { letters: all, covered }) => {
    const letters = await discardOutOfReach(job, all)
    const frontierOf = (season: string) => coveredEvents(seasonWatermark(sport.id, season), sport, season)
    await workUnits(job, await planRetry(job, letters), {
      frontiersOf: ({ season = '' }) => (covered.includes(season) ? [frontierOf(season)] : []),
      lastly: covered.map(frontierOf),
      // Where a unit fails as a whole, each of its letters has one attempt more.
      lettersFor: (unit, error) =>
        letters
          .filter(({ item }) => unit.read === 'requests' && unit.events.some(({ id }) => id === item))
          .map(({ dataset, item, day }) => ({ dataset, item, day, stage: 'load', error, payload: undefined })),
      onProgress,
    })
    return await endOf(job, letters)
  })
}

const daysOf = (letters: readonly Again[]): Day[] => [...new Set(letters.map(({ day }) => day))].sort()

/** What is still open of the items tried: a schedule entry that can be read now may be followed by a box score that cannot. */
async function endOf({ app, sport, receipt }: Job, letters: readonly DeadLetter[]): Promise<Ending> {
  const items = letters.map(({ item }) => item)
  const eventDatasets = eventDatasetsOf(sport)
  const isTried = ({ dataset, item }: DeadLetter) =>
    eventDatasets.has(dataset) || letters.some(letter => letter.dataset === dataset && letter.item === item)
  const open = (await app.database.run(sql => listOpenDeadLetters(sql, sport.id, items))).filter(isTried)
  const stay = letters.filter(({ id }) => open.some(letter => letter.id === id)).length
  receipt.failed = open.map(({ id, item, dataset, message }) => {
    return { unit: item, dataset, isMissing: false, message: `Dead letter ${id}: ${message}` }
  })
  receipt.items = [{ ...noItems('letters'), asked: letters.length, loaded: letters.length - stay, dead: stay }, ...receipt.items]
  return { stillOpen: open.length, failures: open.length }
}

/** Datasets whose dead letters are about events, and not about units. */
const eventDatasetsOf = (sport: Sport): ReadonlySet<string> =>
  new Set([...namesOf(sport, sport.datasets.filter(isPerEvent)), ...(sport.live?.by === 'day' ? [] : liveNamesOf(sport))])

/** What is asked for again: an event, or a unit of a dataset; or whatever is of that day. */
export type Again = Pick<DeadLetter, 'dataset' | 'item' | 'day'>

const planRetry = (job: Job, letters: readonly DeadLetter[]): Promise<Unit[]> =>
  planAgain(job, letters, { letters: letters.map(({ id }) => id) })

/** Units of what is asked for again: events by day, and whole units of other datasets. */
export async function planAgain(
  job: Job,
  letters: readonly Again[],
  files: Pick<FilesRequest, 'letters' | 'again'>,
): Promise<Unit[]> {
  const { app, sport, today } = job
  const perEvent = eventDatasetsOf(sport)
  const ofEvents = letters.filter(({ dataset }) => perEvent.has(dataset))
  const others = letters.filter(({ dataset }) => !perEvent.has(dataset))
  const days = daysOf(others)
  const datasets = byReading(sport.datasets.filter(({ name }) => others.some(({ dataset }) => dataset === name)))
  const scope = { today, days, seasons: seasonsOf(sport, days) }
  const request = { scope, now: app.clock.now(), ...files }
  const units = await app.database.run(sql => planUnits(sql, sport, datasets, request))
  const requests = units.filter(unit => unit.read === 'requests')
  const asked: ReadonlySet<Unit> = unitsOfLetters(requests, others)
  const isMeant = ({ dataset: { name }, season, from, to }: FileUnit) =>
    others.some(({ dataset, day }) => dataset === name && (season === undefined || (from <= day && day <= to)))
  return [
    // Without a schedule there is nothing to ask about an event alone: its letter stays, and is resolved by the next list that has it.
    ...(ofEvents.length > 0 && hasSchedule(sport) ? await planEvents(job, sport, ofEvents) : []),
    ...units.filter(unit => (unit.read === 'file' ? isMeant(unit) : asked.has(unit))),
  ]
}

/** The events of the letters, by day; an event with two letters is asked for once. */
async function planEvents(job: Job, sport: ScheduledSport, letters: readonly Again[]): Promise<RequestUnit[]> {
  const schedules = openSchedules({ ...job, sport })
  const current = await schedules.fetchCurrent()
  await closeUnnamed(job, sport, current)
  const former = new Map<string, SeasonSchedule | Error>()
  const entries: ScheduleEntry[] = []
  for (const { item, day } of new Map(letters.map(one => [one.item, one])).values()) {
    // Closed above.
    if (item.startsWith(unnamedPrefix) && current.covers(day) && !current.find(item)) continue
    const stored = await job.app.database.run(sql => readEvent(sql, sport, item))
    const ofDay = () => seasonSpan(sport, yearOfSeason(sport, day)).label
    const season = item.startsWith(unnamedPrefix) ? ofDay() : (sport.events.ids?.seasonOf(item) ?? '')
    // One that was never stored, because its entry was malformed, is asked for by that season's own schedule.
    const isCurrent = current.find(item) !== undefined || stored !== undefined || season === current.season
    const schedule = isCurrent ? current : (former.get(season) ?? (await fetchFormer(schedules, season)))
    if (!isCurrent) former.set(season, schedule)
    const listed = schedule instanceof Error ? undefined : schedule.find(item)
    const read = (): ReturnType<ScheduleEntry['read']> => {
      if (schedule instanceof Error) throw new PayloadError(schedule.message, { cause: schedule })
      if (!stored) throw new PayloadError(`The schedule of ${schedule.season} does not list ${item}.`)
      // One of the current season will not be played, unless it was; one of another is asked for as it is stored.
      const isOff = stored.season === current.season && !hasUnnamed(current) && phaseOf(sport.events, stored.status) !== 'over'
      return { event: isOff ? calledOff(sport, stored) : stored, related: [] }
    }
    entries.push(listed ?? { id: item, day: stored ? dayOfRow(sport, stored) : day, read, raw: () => undefined })
  }
  const datasets = sport.datasets.filter(isPerEvent)
  return [...Map.groupBy(entries, ({ day }) => day)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, some]) => eventUnit(sport.schedule.dataset, { from: day, to: day }, some, datasets))
}

/** The schedule of a season that is over, or why it cannot be had: then its letters have one attempt more, and the others go on. */
async function fetchFormer(schedules: Schedules, season: string): Promise<SeasonSchedule | Error> {
  try {
    return (await schedules.fetch(season)).schedule
  } catch (error) {
    if (error instanceof ProviderRefusesError || error instanceof PayloadError) return error
    throw error
  }
}

/**
 * Discards those of some open dead letters whose days nobody has any more (`reach` of their dataset): no run would ever ask for them again.
 * Each is a finding of the run.
 * @returns the others
 */
export async function discardOutOfReach(
  { app, run, sport, today, receipt }: Job,
  letters: readonly DeadLetter[],
): Promise<DeadLetter[]> {
  const why = ({ dataset, day }: DeadLetter): string | undefined => {
    const found = sport.datasets.find(({ name }) => name === dataset)
    const reach = found?.read === 'requests' ? found.reach?.(today) : undefined
    return reach && day < reach.from ? `${dataset} of ${day} can no longer be had: ${reach.why}.` : undefined
  }
  const gone = letters.filter(letter => why(letter) !== undefined)
  if (gone.length === 0 || run.id === null) return [...letters]
  const at = app.clock.now()
  await run.commit(async tx => {
    for (const [reason, some] of Map.groupBy(gone, letter => why(letter) ?? ''))
      await discardDeadLetters(tx, { ids: some.map(({ id }) => id), by: 'sports-ingest', reason, at })
  })
  for (const letter of gone) {
    const message = `Dead letter ${letter.id} is discarded: ${why(letter)}`
    receipt.findings.push({ item: letter.item, check: 'out-of-reach', message })
  }
  return letters.filter(letter => !gone.includes(letter))
}
