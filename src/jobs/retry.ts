import type { App } from '../app.ts'
import type { Day } from '../core/days.ts'
import { PayloadError, ProviderRefusesError } from '../core/errors.ts'
import { isFile, isPerEvent, type RequestDataset, type Scope } from '../pipeline/dataset.ts'
import { dayOfRow, phaseOf } from '../pipeline/event-table.ts'
import { readEvent } from '../pipeline/events.ts'
import { coveredEvents } from '../pipeline/frontier.ts'
import { type FailedUnit, noItems, type Receipt } from '../pipeline/receipt.ts'
import type { ScheduleEntry, SeasonSchedule } from '../pipeline/schedule.ts'
import { rangeOf, seasonsOf } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import type { RequestUnit, Unit } from '../pipeline/unit.ts'
import { dailyWatermark, filesLease, requestsLease, seasonWatermark } from '../pipeline/watermark-names.ts'
import { type DeadLetter, listOpenDeadLetters } from '../store/dead-letters.ts'
import { eventUnit } from './plan/by-days.ts'
import { unitsBySpan, unitsOfLetters } from './plan/by-span.ts'
import { calledOff } from './plan/entries.ts'
import { planFiles } from './plan/files.ts'
import { type About, type Ending, type Job, type JobSpec, runJob } from './run-job.ts'
import { hasSchedule, openSchedules, type ScheduledSport, type Schedules, scheduledSport } from './schedules.ts'
import { type Progress, workUnits } from './work-units.ts'

interface RetryPlan extends About {
  letters: readonly DeadLetter[]
}

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
  const spec: JobSpec = {
    ...{ job: 'dead-letters-retry', sport, dryRun: false },
    leases: [...(hasRequests ? [requestsLease(dailyWatermark(sport.id))] : []), ...(hasFiles ? [filesLease(sport.id)] : [])],
    nouns: hasRequests ? [sport.events.noun] : [],
  }
  const plan = async (): Promise<RetryPlan> => {
    // Read anew under the leases: a run that has just ended may have loaded some. What none of them covers waits.
    const letters = (await chosen()).filter(letter => (isOfFile(letter) ? hasFiles : hasRequests))
    const days = letters.map(({ day }) => day)
    const seasons = sport.settledBy === 'coverage' ? seasonsOf(sport, days) : []
    return {
      letters,
      season: rangeOf(seasons),
      watermarks: [
        ...(hasRequests ? [dailyWatermark(sport.id)] : []),
        ...seasons.map(({ label }) => seasonWatermark(sport.id, label)),
      ],
    }
  }
  return await runJob(app, spec, plan, async (job, { letters }) => {
    const seasons = seasonsOf(
      sport,
      letters.map(({ day }) => day),
    ).map(({ label }) => label)
    const covered = sport.settledBy === 'coverage' ? seasons : []
    await workUnits(job, await planUnits(job, letters), {
      concurrency: { days: 1, others: 2 },
      onOutage: 'dead-letter',
      about: '',
      frontiersOf: ({ season }) =>
        season !== undefined && covered.includes(season) ? [coveredEvents(seasonWatermark(sport.id, season), sport, season)] : [],
      lastly: covered.map(season => coveredEvents(seasonWatermark(sport.id, season), sport, season)),
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

/** What is still open of the items tried: a schedule entry that can be read now may be followed by a box score that cannot. */
async function endOf({ app, sport, receipt }: Job, letters: readonly DeadLetter[]): Promise<Ending> {
  const items = letters.map(({ item }) => item)
  const eventDatasets = eventDatasetsOf(sport)
  const isTried = ({ dataset, item }: DeadLetter) =>
    eventDatasets.has(dataset) || letters.some(letter => letter.dataset === dataset && letter.item === item)
  const open = (await app.database.run(sql => listOpenDeadLetters(sql, sport.id, items))).filter(isTried)
  const stay = letters.filter(({ id }) => open.some(letter => letter.id === id)).length
  receipt.failed = open.map(toFailed)
  receipt.items = [{ ...noItems('letters'), asked: letters.length, loaded: letters.length - stay, dead: stay }, ...receipt.items]
  return { stillOpen: open.length, failures: open.length }
}

/** Datasets whose dead letters are about events, and not about units. */
const eventDatasetsOf = ({ schedule, datasets, live }: Sport): ReadonlySet<string> =>
  new Set([
    ...(schedule ? [schedule.dataset] : []),
    ...datasets.filter(isPerEvent).map(({ name }) => name),
    ...(live ? [live.dataset, ...live.datasets.map(({ name }) => name)] : []),
  ])

const toFailed = ({ id, item, dataset, message }: DeadLetter): FailedUnit => ({
  unit: item,
  dataset,
  isMissing: false,
  message: `Dead letter ${id}: ${message}`,
})

/** The units that letters are about: events by day, and whole units of other datasets. */
async function planUnits(job: Job, letters: readonly DeadLetter[]): Promise<Unit[]> {
  const { app, sport, today } = job
  const perEvent = eventDatasetsOf(sport)
  const ofEvents = letters.filter(({ dataset }) => perEvent.has(dataset))
  const others = letters.filter(({ dataset }) => !perEvent.has(dataset))
  const days = [...new Set(others.map(({ day }) => day))].sort()
  const scope: Scope = { today, days, seasons: seasonsOf(sport, days) }
  const datasets = sport.datasets.filter(({ name }) => others.some(({ dataset }) => dataset === name))
  const requests = datasets.filter((one): one is RequestDataset => !isFile(one))
  const units = unitsBySpan(requests, () => scope)
  const asked = unitsOfLetters(units, others)
  const ids = others.map(({ id }) => id)
  return [
    // Without a schedule there is nothing to ask about an event alone: its letter stays, and is resolved by the next list that has it.
    ...(ofEvents.length > 0 && hasSchedule(sport) ? await planEvents(job, ofEvents) : []),
    ...units.filter(unit => asked.has(unit)),
    ...(await app.database.run(sql => planFiles(sql, sport, { scope, datasets: datasets.filter(isFile), letters: ids }))),
  ]
}

/** The events of the letters, by day; an event with two letters is asked for once. */
async function planEvents(job: Job, letters: readonly DeadLetter[]): Promise<RequestUnit[]> {
  const { app } = job
  const sport = scheduledSport(job.sport)
  const schedules = openSchedules({ ...job, app, sport })
  const current = await schedules.fetchCurrent()
  const former = new Map<string, ReturnType<typeof fetchFormer>>()
  const formerOf = (season: string) => {
    const fetched = former.get(season) ?? fetchFormer(schedules, season)
    former.set(season, fetched)
    return fetched
  }
  const days = new Map<Day, ScheduleEntry[]>()
  for (const letter of new Map(letters.map(one => [one.item, one])).values()) {
    const entry = current.find(letter.item) ?? (await findUnlisted(job, sport, current, formerOf, letter))
    days.set(entry.day, [...(days.get(entry.day) ?? []), entry])
  }
  const datasets = sport.datasets.filter(isPerEvent)
  return [...days]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, entries]) => eventUnit(sport, { from: day, to: day }, entries, datasets))
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
 * An event that the schedule does not list: of the schedule's own season it will not be played, unless it was; of another season it is
 * asked for as it is stored. One that was never stored, because its entry was malformed, is asked for by that season's own schedule.
 */
async function findUnlisted(
  { app }: Job,
  sport: ScheduledSport,
  current: SeasonSchedule,
  formerOf: (season: string) => ReturnType<typeof fetchFormer>,
  { item, day }: DeadLetter,
): Promise<ScheduleEntry> {
  const stored = await app.database.run(sql => readEvent(sql, sport, item))
  const season = sport.events.ids.seasonOf(item)
  const former = stored || season === current.season ? current : await formerOf(season)
  const listed = former instanceof Error ? undefined : former.find(item)
  if (listed) return listed
  return {
    id: item,
    day: stored ? dayOfRow(sport, stored) : day,
    read: () => {
      if (former instanceof Error) throw new PayloadError(former.message, { cause: former })
      if (!stored) throw new PayloadError(`The schedule of ${former.season} does not list ${item}.`)
      const isOff = stored.season === current.season && phaseOf(sport.events, stored.status) !== 'over'
      return { event: isOff ? calledOff(sport, stored) : stored, related: [] }
    },
    raw: () => undefined,
  }
}
