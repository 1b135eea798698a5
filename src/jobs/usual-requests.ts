import { addDays, type Day, eachDay } from '../core/days.ts'
import { dayOf } from '../core/zones.ts'
import { isPerEvent, type RequestDataset } from '../pipeline/dataset.ts'
import { longestEventMs } from '../pipeline/event-hours.ts'
import { phaseOf } from '../pipeline/event-table.ts'
import { listEvents, type StoredEvent } from '../pipeline/events.ts'
import { seasonsOf } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import type { Database } from '../store/database.ts'
import type { DailyOptions } from './daily.ts'
import type { LiveSport } from './live/live-sport.ts'
import { byReading, chooseDatasets } from './plan/datasets.ts'
import { planDays } from './plan/days.ts'
import { unitsBySpan } from './plan/units.ts'

/** How many requests a run would usually make at an instant, by provider. */
export type UsualRequests = (now: Date) => Map<string, number>

/** The stored events of a sport by their days. */
export type EventsByDay = ReadonlyMap<Day, readonly StoredEvent[]>

export async function readEventsByDay(
  database: Pick<Database, 'run'>,
  sport: Sport,
  { from, to }: { from: Date; to: Date },
): Promise<EventsByDay> {
  const [first, last] = [addDays(dayOf(from, sport.zone), -31), addDays(dayOf(to, sport.zone), 31)]
  return Map.groupBy(await database.run(sql => listEvents(sql, sport, first, last)), ({ day }) => day)
}

/** Of a daily run that is the next after one that has loaded all up to the day before its target. */
export function usualDaily(sport: Sport, options: DailyOptions, events: EventsByDay): UsualRequests {
  const { requests, files } = byReading(chooseDatasets(sport, 'daily', options.only))
  return now => {
    const today = dayOf(now, sport.zone)
    const { days, target } = planDays({ ...options, today, watermark: addDays(today, -2), since: undefined })
    const counts = new Map<string, number>()
    if (sport.schedule) add(counts, sport.schedule.provider, 1)
    for (const dataset of requests) {
      const lookback = eachDay(addDays(target, -dataset.lookbackDays), addDays(target, -1))
      const all = [...new Set([...days, ...lookback])].sort()
      if (isPerEvent(dataset)) addEvents(counts, sport, dataset, { today, events: all.flatMap(day => events.get(day) ?? []) })
      else addUnits(counts, dataset, { today, days: all, upcoming: [today, addDays(today, 1)], seasons: seasonsOf(sport, all) })
    }
    const scope = { today, days, seasons: seasonsOf(sport, days) }
    for (const dataset of files) for (const unit of dataset.units(scope)) add(counts, dataset.sources(unit)[0]?.provider, 1)
    return counts
  }
}

/** Of a run of reference data. */
export function usualReference(sport: Sport): UsualRequests {
  const { requests, files } = byReading(chooseDatasets(sport, 'reference', []))
  return now => {
    const today = dayOf(now, sport.zone)
    const scope = { today, days: [today], seasons: seasonsOf(sport, [today]) }
    const counts = new Map<string, number>()
    for (const dataset of requests) addUnits(counts, dataset, scope)
    for (const dataset of files) for (const unit of dataset.units(scope)) add(counts, dataset.sources(unit)[0]?.provider, 1)
    return counts
  }
}

/** Of one poll: of the feed, and of each event that is being played. Outside game windows nothing is asked for. */
export function usualLive(sport: LiveSport, events: EventsByDay): UsualRequests {
  const { live } = sport
  return now => {
    const today = dayOf(now, sport.zone)
    const near = [addDays(today, -1), today, addDays(today, 1)].flatMap(day => events.get(day) ?? [])
    const playing = near.filter(({ startsAt, status }) => {
      const phase = phaseOf(sport.events, status)
      const sinceStart = startsAt ? now.getTime() - startsAt.getTime() : Number.NaN
      return phase !== 'off' && phase !== 'moved' && sinceStart >= 0 && sinceStart < Math.min(live.typicalMs, longestEventMs)
    })
    const counts = new Map<string, number>()
    if (playing.length === 0) return counts
    const days = [...new Set(playing.map(({ day }) => day))]
    if (live.by === 'day') {
      for (const dataset of live.datasets) addUnits(counts, dataset, { today, days, seasons: seasonsOf(sport, days) })
      return counts
    }
    add(counts, live.provider.id, new Set(days.map(day => live.path(day))).size)
    for (const { provider } of live.datasets) add(counts, provider, playing.length)
    return counts
  }
}

type Counts = Map<string, number>

function add(counts: Counts, provider: string | undefined, count: number): void {
  if (provider !== undefined && count > 0) counts.set(provider, (counts.get(provider) ?? 0) + count)
}

function addUnits(counts: Counts, dataset: RequestDataset, scope: Parameters<typeof unitsBySpan>[0][number]['scope']): void {
  for (const unit of unitsBySpan([{ dataset, scope }]))
    add(counts, dataset.provider, [...dataset.requests(unit, scope)].length * (dataset.usualPages ?? 1))
}

/** Events of days that are over will be over by then. */
function addEvents(
  counts: Counts,
  sport: Sport,
  dataset: RequestDataset,
  { today, events }: { today: Day; events: readonly StoredEvent[] },
): void {
  const [over] = sport.events.statuses.over
  for (const { day, status, row } of events) {
    const isOff = phaseOf(sport.events, status) === 'off' || phaseOf(sport.events, status) === 'moved'
    if (isOff) continue
    const event = day < today && over ? { ...row, status: over } : row
    const span = { key: day, from: day, to: day, season: undefined }
    add(counts, dataset.provider, [...dataset.requests(span, { today, event })].length)
  }
}
