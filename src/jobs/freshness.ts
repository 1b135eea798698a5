import type { ISql } from 'postgres'
import type { App } from '../app.ts'
import { latestBelieved } from '../core/clock.ts'
import { addDays, type Day } from '../core/days.ts'
import { dayOf } from '../core/zones.ts'
import { isPerEvent } from '../pipeline/dataset.ts'
import { afterStart, longestEventMs } from '../pipeline/event-hours.ts'
import { dayOfRow, eventsOf, type Phase, phaseOf, singular, statusesOf } from '../pipeline/event-table.ts'
import { findStates, listEvents } from '../pipeline/events.ts'
import { listIncomplete } from '../pipeline/missing.ts'
import type { EventRow } from '../pipeline/rows.ts'
import type { Sport } from '../pipeline/sport.ts'
import { dailyWatermark, liveLease } from '../pipeline/watermark-names.ts'
import { listDiscarded } from '../store/dead-letters.ts'
import { readRefreshedAt } from '../store/heartbeats.ts'
import { readFirstDay, readNewestLoad } from '../store/runs.ts'
import { readWatermarkHistory } from '../store/watermarks.ts'
import { readSchedules } from './kept-schedules.ts'
import { firstDayCovered } from './plan/days.ts'
import { readEntry } from './plan/entries.ts'
import { hasSchedule, type ScheduledSport } from './schedules.ts'

/** An event, as far as people are told of it. */
export interface EventPoint {
  id: string
  day: Day
  /** When it began; of an event without a time, the end of its day. */
  startsAt: Date
}

/** How fresh the rows of a sport are, by its schedule as it was last received. */
export interface Freshness {
  sport: string
  /**
   * `fresh`: an event of late is complete. `quiet`: none has been due since the newest complete one. `stale`: events that should be
   * complete are not, or nobody asks for the schedule any more. `empty`: no daily run has loaded anything of it so far.
   */
  state: 'fresh' | 'quiet' | 'stale' | 'empty'
  /** The newest event that is over and has its rows; null where none is. */
  newestComplete: EventPoint | null
  /** Events after that one that should be complete by now: how many, the first and the last. Null where there are none. */
  overdue: { count: number; first: EventPoint; last: EventPoint } | null
  /** When a run last asked for what there is of late; null where none has. */
  askedAt: Date | null
  /** In a sentence; of one that is stale without the newest complete event. */
  why: string
}

export interface FreshnessOptions {
  now: Date
  /** So long after its usual end an event must be complete. */
  staleMs: number
  /** So long it is in order that no run asks; `staleMs` where it is missing. For jobs that run less than once a day. */
  unaskedMs?: number
}

/**
 * How fresh a sport is: by the newest complete event against those that the schedule lists after it. So there is nothing to complain of
 * where no event was due, and whatever a backfill loads of former days does not count. Events count from the first day on that a daily run
 * wanted to load. Reads only; no provider is asked.
 */
export async function readFreshness(
  { database, archive }: Pick<App, 'database' | 'archive'>,
  sport: Sport,
  { now, staleMs, unaskedMs = staleMs }: FreshnessOptions,
): Promise<Freshness> {
  const { first, newestComplete, askedAt } = await database.run(async sql => ({
    first: await readFirstFollowed(sql, sport),
    newestComplete: (await findNewestComplete(sql, sport, now)) ?? null,
    askedAt: (await readAskedAt(sql, sport, now)) ?? null,
  }))
  const about = { sport: sport.id, newestComplete, askedAt }
  const noun = singular[sport.events.noun]
  if (first === undefined || (!newestComplete && hasCoverage(sport)))
    return { ...about, state: 'empty', overdue: null, why: `No ${noun} of ${sport.id} has been loaded by a daily run so far.` }
  const isDue = (event: EventPoint) => event.startsAt.getTime() + usualMs(sport) + staleMs <= now.getTime()
  const newestWords = newestComplete ? `The newest complete ${noun} is ${wordsOf(newestComplete)}.` : ''
  // Whatever comes after it is not due yet either.
  const isOfLate = newestComplete !== null && !isDue(newestComplete)
  const overdue = isOfLate ? [] : await listOverdue({ database, archive }, sport, { after: newestComplete, first, now, isDue })
  const [one, last] = [overdue[0], overdue.at(-1)]
  if (one && last) {
    const [many, hours] = [overdue.length, hoursText(staleMs)]
    const which = many === 1 ? `The ${noun} ${wordsOf(one)}` : `${many} ${sport.events.noun}, the last of them ${wordsOf(last)},`
    const why = `${which} should have been complete ${hours} after the usual end, and ${many === 1 ? 'is' : 'are'} not.`
    return { ...about, state: 'stale', overdue: { count: many, first: one, last }, why }
  }
  if (!askedAt || now.getTime() - askedAt.getTime() > unaskedMs) {
    const since = askedAt ? `since ${instantText(askedAt)}` : 'so far'
    const why = `No run has asked for the ${sport.events.noun} of ${sport.id} ${since}, so nothing is known of newer ones.`
    return { ...about, state: 'stale', overdue: null, why }
  }
  if (isOfLate || !newestComplete)
    return { ...about, state: 'fresh', overdue: null, why: newestWords || 'Its schedule is up to date.' }
  return { ...about, state: 'quiet', overdue: null, why: `${newestWords} None that should be complete by now is missing.` }
}

/** From the start to the end of an event. */
const usualMs = ({ live }: Sport): number => live?.typicalMs ?? longestEventMs

/** Where no rows of events are declared (cards without results), an event is never complete, and only the schedule can be old. */
const hasCoverage = ({ datasets }: Sport): boolean => datasets.some(({ coverage }) => coverage.length > 0)

const wordsOf = ({ id, day }: EventPoint): string => `${id} of ${day}`
const hoursText = (ms: number): string => `${Number((ms / 3_600_000).toFixed(1))} hours`
const instantText = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')}Z`

/** The first day that a daily run has loaded, or wanted to; undefined where there was no such run. */
async function readFirstFollowed(sql: ISql, sport: Sport): Promise<Day | undefined> {
  const history = await readWatermarkHistory(sql, dailyWatermark(sport.id))
  return firstDayCovered(history.toReversed()) ?? (await readFirstDay(sql, 'daily', sport.id, '0001-01-01'))
}

/** When a run last had the schedule: a daily one, or `live` at its last update. One of a rehearsal in the future says nothing. */
async function readAskedAt(sql: ISql, sport: Sport, now: Date): Promise<Date | undefined> {
  const upTo = latestBelieved(now)
  const found = [await readNewestLoad(sql, 'daily', sport.id, upTo), await readRefreshedAt(sql, liveLease(sport.id))]
  return found
    .flatMap(at => (at && at <= upTo ? [at] : []))
    .sort((a, b) => b.getTime() - a.getTime())
    .at(0)
}

/** The newest event that has begun, is over and has its rows. */
async function findNewestComplete(sql: ISql, sport: Sport, now: Date): Promise<EventPoint | undefined> {
  if (!hasCoverage(sport)) return undefined
  const today = dayOf(now, sport.zone)
  const over = statusesOf(sport, 'over')
  const [{ first } = { first: null }] = await sql<{ first: Day | null }[]>`
    select min(day) as first from ${eventsOf(sql, sport)} e where status in ${sql(over)}`
  if (first === null) return undefined
  let to = today
  for (let days = 14; to >= first; days *= 4) {
    const span = { from: addDays(to, 1 - days), to }
    const incomplete = new Set((await listIncomplete(sql, sport, span)).map(({ id }) => id))
    const events = (await listEvents(sql, sport, span.from, span.to))
      .filter(({ id, status }) => over.includes(status) && !incomplete.has(id))
      .map(({ row }) => pointOf(sport, row))
      .filter(({ startsAt }) => startsAt <= now)
    const newest = events.sort(byStart).at(-1)
    if (newest) return newest
    to = addDays(span.from, -1)
  }
  return undefined
}

const byStart = (a: EventPoint, b: EventPoint): number =>
  a.startsAt.getTime() - b.startsAt.getTime() || Number(a.id > b.id) - Number(a.id < b.id)

const pointOf = (sport: Sport, row: EventRow): EventPoint => ({
  id: row.providerId,
  day: dayOfRow(sport, row),
  startsAt: afterStart(sport, row, 0),
})

interface OverdueQuestion {
  after: EventPoint | null
  first: Day
  now: Date
  isDue(event: EventPoint): boolean
}

/**
 * Events after the newest complete one that should be complete, in the order of their starts: as the schedule lists them where it was
 * kept, else as they are stored. Not those that were called or put off, nor those whose files the provider may not have at all, nor those
 * that a person has discarded.
 */
async function listOverdue(
  { database, archive }: Pick<App, 'database' | 'archive'>,
  sport: Sport,
  { after, first, now, isDue }: OverdueQuestion,
): Promise<EventPoint[]> {
  if (!hasCoverage(sport)) return []
  const [from, to] = [after && after.day > first ? after.day : first, dayOf(now, sport.zone)]
  const kept = hasSchedule(sport) ? await readKept(archive, sport) : undefined
  const listed = kept?.filter(({ day }) => day >= from && day <= to)
  return await database.run(async sql => {
    const events = listed ?? (await listEvents(sql, sport, from, to)).map(({ row }) => toListed(sport, row))
    const due = events.filter(event => isDue(event) && (!after || byStart(event, after) > 0))
    const ids = due.map(({ id }) => id)
    const stored = new Map((await findStates(sql, sport, ids)).map(({ id, status }) => [id, phaseOf(sport.events, status)]))
    const discarded = new Set((await listDiscarded(sql, sport.id, ids)).map(({ item }) => item))
    const isCalledOff = (phase: Phase | undefined) => phase === 'off' || phase === 'moved'
    return due
      .filter(({ id, phase }) => !isCalledOff(phase) && !isCalledOff(stored.get(id)) && !discarded.has(id))
      .filter(({ isExpected }) => isExpected)
      .map(({ id, day, startsAt }) => ({ id, day, startsAt }))
      .sort(byStart)
  })
}

/** An event as a schedule lists it. */
interface Listed extends EventPoint {
  phase: Phase | undefined
  /** Its provider has the files of events of this kind. */
  isExpected: boolean
}

function toListed(sport: Sport, row: EventRow): Listed {
  const isExpected = !sport.datasets.some(
    dataset => isPerEvent(dataset) && dataset.coverage.length > 0 && dataset.mayBeMissing(row),
  )
  return { ...pointOf(sport, row), phase: phaseOf(sport.events, row.status), isExpected }
}

/** A season's schedule has 9 MB and is read once a process as long as it is the newest. */
const newestKept = new Map<string, { hash: string; events: readonly Listed[] }>()

/** The events of the newest schedule that was kept; undefined where there is none. */
async function readKept(archive: App['archive'], sport: ScheduledSport): Promise<readonly Listed[] | undefined> {
  const { provider, path, parse } = sport.schedule
  const payloads = await archive.list(provider, path)
  const known = newestKept.get(sport.id)
  if (known && known.hash === payloads[0]?.hash) return known.events
  for await (const { schedule, payload } of readSchedules(payloads, parse)) {
    const events = schedule.entries.flatMap(entry => {
      const row = entry.isUnnamed ? undefined : readEntry(entry)
      return row ? [toListed(sport, row)] : []
    })
    newestKept.set(sport.id, { hash: payload.hash, events })
    return events
  }
  return undefined
}
