import type { ISql, PendingQuery, Row } from 'postgres'
import type { Day } from '../core/days.ts'
import { notFinal, transientErrors } from '../core/outcome.ts'
import { type EventSpan, type Gap, within } from './coverage.ts'
import { eventsOf, ofSport, rowColumns, statusesOf, tableOf, unfinishedOf } from './event-table.ts'
import type { EventRow } from './rows.ts'
import type { Sport } from './sport.ts'

/** A stored event that may be asked for again. */
export interface EventState extends Gap {
  /** Empty for an item that has a dead letter and no row. */
  status: string
}

/**
 * Events to ask for again up to a day, by status and date and not by id: a postponed or moved event keeps its id and would be passed by.
 * Those not over yet or called off, and those with a dead letter that was tried fewer than `maxAttempts` times or for a transient reason;
 * not the dead letters of a backfill, of which there may be hundreds in a season of long ago, but for events that were not over by their
 * own files.
 */
export async function listEventsToRevisit(
  sql: ISql,
  sport: Sport,
  { upTo, maxAttempts, datasets }: { upTo: Day; maxAttempts: number; datasets: readonly string[] },
): Promise<EventState[]> {
  const events = eventsOf(sql, sport)
  const found = sql`
    select id, day, season, status from ${events} e
    where day <= ${upTo} and status in ${sql([...unfinishedOf(sport), ...statusesOf(sport, 'off')])}
    union
    select d.item, coalesce(e.day, d.day), coalesce(e.season, ''), coalesce(e.status, '') from dead_letters d
    left join ${events} e on e.id = d.item
    left join ingest_runs r on r.id = d.run_id
    where ${isTriedAgain(sql, sport, { maxAttempts, datasets })} and coalesce(e.day, d.day) <= ${upTo}`
  return await sql<EventState[]>`select * from (${found}) found order by day, id collate "C"`
}

/** Days with a dead letter of a dataset that is to be tried again, by the same rule: letters of its units, or of events in them. */
export async function listDaysToRevisit(
  sql: ISql,
  sport: Sport,
  { upTo, maxAttempts, dataset }: { upTo: Day; maxAttempts: number; dataset: string },
): Promise<Day[]> {
  const rows = await sql<{ day: Day }[]>`
    select distinct d.day from dead_letters d left join ingest_runs r on r.id = d.run_id
    where ${isTriedAgain(sql, sport, { maxAttempts, datasets: [dataset] })} and d.day <= ${upTo} order by 1`
  return rows.map(({ day }) => day)
}

/** The condition on a dead letter, called `d`, of a run, called `r`. */
const isTriedAgain = (
  sql: ISql,
  { id }: Sport,
  { maxAttempts, datasets }: { maxAttempts: number; datasets: readonly string[] },
): PendingQuery<Row[]> => sql`
  (r.job is distinct from 'backfill' or d.error_class = ${notFinal}) and d.sport = ${id} and d.dataset in ${sql(['', ...datasets])} and d.status = 'open'
    and (d.attempts < ${maxAttempts} or d.error_class in ${sql([...transientErrors])})`

/** Items with an open dead letter for a transient reason. */
export async function listTransientItems(sql: ISql, sport: string): Promise<string[]> {
  const rows = await sql<{ item: string }[]>`
    select item from dead_letters where sport = ${sport} and status = 'open' and error_class in ${sql([...transientErrors])}`
  return rows.map(({ item }) => item)
}

/** Events of some days that are not over, as they are stored: some may have left the day since. */
export async function listUnfinishedOn(sql: ISql, sport: Sport, days: readonly Day[]): Promise<EventState[]> {
  if (days.length === 0) return []
  return await readStates(sql, sport, sql`status in ${sql(unfinishedOf(sport))} and day in ${sql([...days])}`)
}

/** All events of a season, by id: by its bytes, as a frontier compares positions, whatever the database's collation is. */
export const listSeason = (sql: ISql, sport: Sport, season: string): Promise<EventState[]> =>
  readStates(sql, sport, sql`season = ${season}`)

/** All events of a span, by id. */
export const listSpan = (sql: ISql, sport: Sport, span: EventSpan): Promise<EventState[]> =>
  readStates(sql, sport, within(sql, span))

/** Those of a season that are over. */
export const listFinals = (sql: ISql, sport: Sport, season: string): Promise<EventState[]> =>
  readStates(sql, sport, sql`season = ${season} and status in ${sql(statusesOf(sport, 'over'))}`)

/** The newest season of which an event is over; empty where there is none. */
export async function readNewestSeason(sql: ISql, sport: Sport): Promise<string> {
  const [found] = await sql<{ season: string | null }[]>`
    select max(season collate "C") as season from ${eventsOf(sql, sport)} e where status in ${sql(statusesOf(sport, 'over'))}`
  return found?.season ?? ''
}

/** An event's state, and when it begins. */
interface EventStart extends EventState {
  startsAt: Date | null
}

/** All events of a sport. */
export const listStates = (sql: ISql, sport: Sport): Promise<EventState[]> => readStates(sql, sport, sql`true`)

/** Stored events by their ids. */
export const findStates = (sql: ISql, sport: Sport, ids: readonly string[]): Promise<EventState[]> =>
  readStates(sql, sport, sql`id in ${sql(['', ...ids])}`)

async function readStates(sql: ISql, sport: Sport, which: PendingQuery<Row[]>): Promise<EventStart[]> {
  return await sql<EventStart[]>`
    select id, day, season, status, starts_at as "startsAt" from ${eventsOf(sql, sport)} e where ${which} order by id collate "C"`
}

/** The first of some days that has events ahead, and from which on none is on or over; undefined where there is none. */
export async function readFirstUnplayed(sql: ISql, sport: Sport, from: Day, to: Day): Promise<Day | undefined> {
  const [found] = await sql<{ day: Day | null }[]>`
    with passed as (select day, status from ${eventsOf(sql, sport)} e where day between ${from} and ${to})
    select min(day) as day from passed where status in ${sql(statusesOf(sport, 'ahead'))}
      and day > coalesce((select max(day) from passed where status in ${sql(statusesOf(sport, 'over', 'on'))}), '-infinity')`
  return found?.day ?? undefined
}

/** Whether any event of that day or later is stored. */
export async function hasEventsSince(sql: ISql, sport: Sport, day: Day): Promise<boolean> {
  const [found] = await sql`select 1 from ${eventsOf(sql, sport)} e where day >= ${day} limit 1`
  return found !== undefined
}

async function readRows(sql: ISql, sport: Sport, which: PendingQuery<Row[]>): Promise<EventRow[]> {
  return await sql<EventRow[]>`
    select ${rowColumns(sql, sport)} from ${sql(tableOf(sport))} e where ${ofSport(sql, sport)} and ${which}`
}

/** An event's row as it is stored, or undefined where it is not. */
export async function readEvent(sql: ISql, sport: Sport, id: string): Promise<EventRow | undefined> {
  return (await findRows(sql, sport, [id]))[0]
}

/** Stored rows by their ids. */
export const findRows = (sql: ISql, sport: Sport, ids: readonly string[]): Promise<EventRow[]> =>
  readRows(sql, sport, sql`e.provider_id in ${sql(['', ...ids])}`)

/** Of these events, rows of those that a live feed alone has told of so far: it names no venue, and may have the clubs the other way round. */
export async function findUnscheduled(sql: ISql, sport: Sport, ids: readonly string[]): Promise<EventRow[]> {
  if (!sport.live) return []
  const isMeant = sql`e.provider_id in (select jsonb_array_elements_text(${sql.json([...ids])}))`
  return await readRows(sql, sport, sql`e.venue is null and ${isMeant}`)
}

/** The newest events that are over, but for some. */
export async function listNewestFinals(sql: ISql, sport: Sport, except: readonly string[]): Promise<EventRow[]> {
  const newest = sql`
    e.provider_id in (select id from ${eventsOf(sql, sport)} f where status in ${sql(statusesOf(sport, 'over'))}
      and id not in ${sql(['', ...except])} order by day desc limit 20)`
  return await readRows(sql, sport, newest)
}

/** Rows of the events of a season that are over. */
export const listFinalRows = (sql: ISql, sport: Sport, season: string): Promise<EventRow[]> =>
  readRows(sql, sport, sql`e.season = ${season} and e.status in ${sql(statusesOf(sport, 'over'))}`)

/** A stored event, as far as live work must know it. */
export interface StoredEvent extends EventStart {
  /** What people call it: `LAL-BOS`, the visitors first. */
  name: string
  /** When a value of its row last changed. */
  changedAt: Date
  row: EventRow
}

/** The stored events of some days, both included, by their start. */
export const listEvents = (sql: ISql, sport: Sport, from: Day, to: Day): Promise<StoredEvent[]> =>
  readStored(sql, sport, sql`e.day between ${from} and ${to}`)

/** Stored events by their ids, whatever their day. */
export const findEvents = (sql: ISql, sport: Sport, ids: readonly string[]): Promise<StoredEvent[]> =>
  readStored(sql, sport, sql`e.id in ${sql(['', ...ids])}`)

async function readStored(sql: ISql, sport: Sport, which: PendingQuery<Row[]>): Promise<StoredEvent[]> {
  const found = await sql<Omit<StoredEvent, 'row'>[]>`
    select id, day, season, status, starts_at as "startsAt", changed_at as "changedAt", label as name
    from ${eventsOf(sql, sport, { withLabel: true })} e where ${which} order by starts_at, id collate "C"`
  const ids = found.map(({ id }) => id)
  const rows = await findRows(sql, sport, ids)
  const byId = new Map(rows.map(row => [row.providerId, row]))
  return found.flatMap(one => {
    const row = byId.get(one.id)
    return row ? [{ ...one, row }] : []
  })
}
