import type { Day } from '../../core/days.ts'
import { isPerEvent, type RequestDataset } from '../../pipeline/dataset.ts'
import { listEventsToRevisit, listUnfinishedOn } from '../../pipeline/events.ts'
import type { ScheduleEntry, SeasonSchedule } from '../../pipeline/schedule.ts'
import type { RequestUnit } from '../../pipeline/unit.ts'
import type { Database } from '../../store/database.ts'
import type { ScheduledSport } from '../schedules.ts'
import type { PlannedDays } from './days.ts'
import { checkComplete, entryOf } from './entries.ts'

/** How many daily runs try an event for its dead letter alone; after that a person decides. A day that is loaded anyway has all its events asked for. */
export const maxAttempts = 3

export interface DayOptions {
  plan: PlannedDays
  today: Day
  datasets: readonly RequestDataset[]
  /** Days whose events are asked for again. */
  lookback: readonly Day[]
  /** Also events of other days that are to be looked at again. */
  revisits: boolean
  /** Some datasets are left out. */
  isPartial: boolean
}

/** The units of a daily run, oldest day first: whole days, and events of earlier days that are to be looked at again. */
export async function unitsByDay(
  database: Database,
  sport: ScheduledSport,
  schedule: SeasonSchedule,
  { plan, today, datasets, lookback, revisits, isPartial }: DayOptions,
): Promise<RequestUnit[]> {
  await checkComplete(database, sport, schedule)
  const byDay = new Map<Day, Map<string, ScheduleEntry>>(plan.days.map(day => [day, byId(schedule.entriesOn(day))]))
  const add = (day: Day, entry: ScheduleEntry) => byDay.set(day, (byDay.get(day) ?? new Map()).set(entry.id, entry))
  // All that is listed now, so that an event that came into such a day is found, too.
  for (const day of lookback.filter(one => !byDay.has(one) && schedule.covers(one)))
    for (const entry of schedule.entriesOn(day)) add(day, entry)

  const names = [sport.schedule.dataset, ...sport.datasets.filter(isPerEvent).map(({ name }) => name)]
  const stored = await database.run(async sql => [
    ...(revisits ? await listEventsToRevisit(sql, sport, { upTo: plan.target, maxAttempts, datasets: names }) : []),
    ...(await listUnfinishedOn(sql, sport, plan.days)),
  ])
  for (const event of stored) {
    const entry = await entryOf(database, sport, schedule, event, today)
    // An event that was moved into a day that is loaded anyway is loaded there.
    if (entry && !(byDay.has(entry.day) && entry.day !== event.day)) add(event.day, entry)
  }
  const whole = new Set(plan.days)
  return [...byDay]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, entries]) => ({
      ...eventUnit(sport, { from: day, to: day }, [...entries.values()], datasets),
      isPartial,
      isWhole: whole.has(day),
    }))
}

const byId = (entries: readonly ScheduleEntry[]) => new Map(entries.map(entry => [entry.id, entry]))

/** A unit of events, in the days from one to another. */
export const eventUnit = (
  sport: ScheduledSport,
  { from, to }: { from: Day; to: Day },
  events: readonly ScheduleEntry[],
  datasets: readonly RequestDataset[],
): RequestUnit => ({
  read: 'requests',
  key: from === to ? from : `${from}..${to}`,
  from,
  to,
  season: undefined,
  datasets,
  events,
  listedBy: sport.schedule.dataset,
  checked: [],
  isPartial: false,
  isWhole: false,
  isRecurring: false,
})
