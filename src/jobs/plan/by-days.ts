import type { ISql } from 'postgres'
import type { Day } from '../../core/days.ts'
import { isPerEvent, type RequestDataset } from '../../pipeline/dataset.ts'
import { listEventsToRevisit, listUnfinishedOn } from '../../pipeline/events.ts'
import type { ScheduleEntry, SeasonSchedule } from '../../pipeline/schedule.ts'
import type { RequestUnit } from '../../pipeline/unit.ts'
import type { ScheduledSport } from '../schedules.ts'
import type { PlannedDays } from './days.ts'
import { checkComplete, entryOf } from './entries.ts'
import { emptyUnit } from './units.ts'

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
  sql: ISql,
  sport: ScheduledSport,
  schedule: SeasonSchedule,
  { plan, today, datasets, lookback, revisits, isPartial }: DayOptions,
): Promise<RequestUnit[]> {
  await checkComplete(sql, sport, schedule)
  const byDay = new Map(plan.days.map(day => [day, new Map<string, ScheduleEntry>()]))
  const add = (day: Day, entry: ScheduleEntry) => byDay.set(day, (byDay.get(day) ?? new Map()).set(entry.id, entry))
  // All that is listed now, so that an event that came into a day of the lookback is found, too.
  for (const day of [...plan.days, ...lookback.filter(one => !byDay.has(one) && schedule.covers(one))])
    for (const entry of schedule.entriesOn(day)) add(day, entry)

  const names = [sport.schedule.dataset, ...sport.datasets.filter(isPerEvent).map(({ name }) => name)]
  const stored = [
    ...(revisits ? await listEventsToRevisit(sql, sport, { upTo: plan.target, maxAttempts, datasets: names }) : []),
    ...(await listUnfinishedOn(sql, sport, plan.days)),
  ]
  for (const event of stored) {
    const entry = await entryOf(sql, sport, schedule, event, today)
    // An event that was moved into a day that is loaded anyway is loaded there.
    if (entry && !(byDay.has(entry.day) && entry.day !== event.day)) add(event.day, entry)
  }
  return [...byDay]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, entries]) => ({
      ...eventUnit(sport.schedule.dataset, { from: day, to: day }, [...entries.values()], datasets),
      isPartial,
      isWhole: plan.days.includes(day),
    }))
}

/** A unit of events, in the days from one to another. */
export const eventUnit = (
  listedBy: string,
  { from, to }: { from: Day; to: Day },
  events: readonly ScheduleEntry[],
  datasets: readonly RequestDataset[],
): RequestUnit => ({
  ...emptyUnit({ key: from === to ? from : `${from}..${to}`, from, to, season: undefined }),
  ...{ datasets, events, listedBy },
})
