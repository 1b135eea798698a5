import type { ISql } from 'postgres'
import { addDays, type Day } from '../../core/days.ts'
import { phaseOf } from '../../pipeline/event-table.ts'
import { type EventState, listSeason, listTransientItems } from '../../pipeline/events.ts'
import { listMissing, listUnstored } from '../../pipeline/missing.ts'
import type { ScheduleEntry, SeasonSchedule } from '../../pipeline/schedule.ts'
import type { Sport } from '../../pipeline/sport.ts'
import { seasonWatermark } from '../../pipeline/watermark-names.ts'
import { listFailedWindows } from '../../store/runs.ts'
import { readSettled } from '../../store/settled.ts'
import { readWatermark, readWatermarkHistory } from '../../store/watermarks.ts'
import type { BackfillOptions } from '../backfill-options.ts'
import type { ScheduledSport } from '../schedules.ts'
import { checkComplete, entryOf, readEntry, type Unlisted } from './entries.ts'

/** Events of a chunk: half a minute's work at two requests a second, and what is lost when it is. */
const eventsPerChunk = 50

/** Which events of a season are meant: up to a day, which is yesterday where nobody names another. */
export type EventsRequest = Pick<BackfillOptions, 'since' | 'from' | 'chunkDays'> & { to: Day }

/** Civil days, both included. */
export interface Window {
  from: Day
  to: Day
}

/** What is known of a season before a backfill. */
export interface SeasonState {
  watermark: string | undefined
  /** Beyond the watermark. */
  settled: ReadonlySet<string>
  stored: ReadonlyMap<string, EventState>
  /** Settled, and asked for nevertheless: not listed when the watermark passed them, or with a dead letter for a transient reason. */
  again: ReadonlySet<string>
  /** Of the days that were named, wherever they are listed now: rows of theirs are missing. */
  holes: ReadonlySet<string>
  /** Stored events that the schedule no longer lists, and what follows from that. */
  unlisted: readonly ScheduleEntry[]
  /** Only events of these windows; of all where missing. */
  only: readonly Window[] | undefined
}

export interface EventsChunk extends Window {
  entries: ScheduleEntry[]
}

export interface EventsPlan {
  /** Events that are asked for, in the order of their days. */
  entries: ScheduleEntry[]
  /** Events of the same days that are settled. */
  settled: number
  chunks: EventsChunk[]
}

/** What a backfill asks for of a season, and the watermark it goes by. */
export async function planSeason(
  sql: ISql,
  sport: ScheduledSport,
  schedule: SeasonSchedule,
  options: BackfillOptions,
  today: Day,
): Promise<EventsPlan & Pick<SeasonState, 'watermark'> & { unlisted: Unlisted }> {
  const { since, from, chunkDays, retryFailed, restart } = options
  const played = await checkComplete(sql, sport, schedule, restart !== undefined)
  const to = options.to ?? addDays(today, -1)
  const { season } = schedule
  const name = seasonWatermark(sport.id, season)
  const watermark = restart ? undefined : await readWatermark(sql, name)
  const stored = await listSeason(sql, sport, season)
  const unlisted: ScheduleEntry[] = []
  for (const event of stored) {
    const phase = phaseOf(sport.events, event.status)
    if (phase === 'over' || phase === 'off' || schedule.find(event.id)) continue
    const entry = await entryOf(sql, sport, schedule, event, today)
    if (entry) unlisted.push(entry)
  }
  // What the watermark has passed while the schedule did not list it: playoff games of April (`004…`) sort before the Cup's final of
  // December (`006…`). Those up to a value that a person has set are left out.
  const history = await readWatermarkHistory(sql, name)
  const set = history.find(change => change.runId === null)?.value ?? ''
  const passed = schedule.entries.map(({ id }) => id).filter(id => id <= (watermark ?? '') && id > set)
  const newcomers = await listUnstored(sql, sport, passed)
  // Days were named: what is missing there is asked for, whatever the watermark says.
  const isNamed = (from ?? options.to) !== undefined
  const state: SeasonState = {
    watermark,
    settled: restart ? new Set() : await readSettled(sql, name),
    stored: new Map(stored.map(event => [event.id, event])),
    again: new Set([...newcomers, ...(await listTransientItems(sql, sport.id))]),
    holes: isNamed ? await listHoles(sql, sport, schedule, { from, to }) : new Set(),
    unlisted,
    only: retryFailed ? await listFailedWindows(sql, { job: 'backfill', sport: sport.id, season }) : undefined,
  }
  return { watermark, unlisted: played, ...planEvents(sport, schedule, { since, from, to, chunkDays }, state) }
}

/** Events of the days asked for, as they are listed or stored, that are neither stored nor in the dead letters, or are over and lack rows. */
async function listHoles(
  sql: ISql,
  sport: ScheduledSport,
  schedule: SeasonSchedule,
  { from = '', to }: { from: Day | undefined; to: Day },
): Promise<Set<string>> {
  const isIn = (day: Day | undefined) => day !== undefined && day >= from && day <= to
  const listed = schedule.entries.filter(({ day }) => isIn(day)).map(({ id }) => id)
  const found = await listUnstored(sql, sport, listed)
  const missing = await listMissing(sql, sport, { season: schedule.season })
  for (const { id, day } of missing) if (isIn(day) || isIn(schedule.find(id)?.day)) found.add(id)
  return found
}

/**
 * Which events of a season are asked for, and in which chunks. All up to a day that are neither at or below the watermark nor settled
 * beyond it; and, wherever they are, those that are stored and not over: they are found by status and date, not by id.
 */
export function planEvents(
  sport: Pick<Sport, 'events'>,
  schedule: SeasonSchedule,
  { since, from, to, chunkDays }: EventsRequest,
  state: SeasonState,
): EventsPlan {
  const isIn = (day: Day) => (window: Window) => day >= window.from && day <= window.to
  const isMeant = ({ id, day }: ScheduleEntry) =>
    ((day <= to && (!from || day >= from)) || state.holes.has(id)) &&
    (!since || id >= since) &&
    (!state.only || state.only.some(isIn(day)))
  const meant = [...schedule.entries, ...state.unlisted].filter(isMeant)
  const entries = meant.filter(entry => !isSettled(sport, entry, state)).sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
  // A window of which all was loaded since counts no more than one that is forgotten.
  const windows = state.only?.filter(window => entries.some(({ day }) => isIn(day)(window)))
  const counted = windows ? meant.filter(({ day }) => windows.some(isIn(day))) : meant
  const chunks = chunkDays ? chunksOfDays(entries, { from, to }, chunkDays) : chunksOfEvents(entries)
  return { entries, settled: counted.length - entries.length, chunks }
}

/** Chunks of `size` days each, counted from the first one; the last is shorter, and those without events are left out. */
function chunksOfDays(
  entries: readonly ScheduleEntry[],
  { from, to }: Pick<EventsRequest, 'from' | 'to'>,
  size: number,
): EventsChunk[] {
  const chunks: EventsChunk[] = []
  let [start = ''] = [from, entries[0]?.day].filter(day => day !== undefined).sort()
  const end = [to, entries.at(-1)?.day ?? to].sort()[1] as Day
  for (const entry of entries) {
    while (addDays(start, size) <= entry.day) start = addDays(start, size)
    const open = chunks.at(-1)
    if (open?.from === start) open.entries.push(entry)
    else chunks.push({ from: start, to: [addDays(start, size - 1), end].sort()[0] as Day, entries: [entry] })
  }
  return chunks
}

/**
 * Chunks of whole days with about fifty events each: one ends with the day on which it has that many. Even chunks take even time and lose
 * evenly when one is lost; a week of preseason and one of January do not.
 */
function chunksOfEvents(entries: readonly ScheduleEntry[]): EventsChunk[] {
  const chunks: EventsChunk[] = []
  for (const [day, some] of Map.groupBy(entries, entry => entry.day)) {
    const open = chunks.at(-1)
    if (open && open.entries.length < eventsPerChunk) {
      open.to = day
      for (const entry of some) open.entries.push(entry)
    } else {
      chunks.push({ from: open ? addDays(open.to, 1) : day, to: day, entries: [...some] })
    }
  }
  return chunks
}

const orderOf = ({ day, id }: ScheduleEntry): string => `${day} ${id}`

function isSettled(
  { events }: Pick<Sport, 'events'>,
  entry: ScheduleEntry,
  { watermark, settled, stored, again, holes }: SeasonState,
): boolean {
  if (again.has(entry.id) || holes.has(entry.id)) return false
  if (!settled.has(entry.id) && entry.id > (watermark ?? '')) return false
  const status = stored.get(entry.id)?.status
  const phase = status === undefined ? undefined : phaseOf(events, status)
  // Called off, and on again.
  if (phase !== 'off') return phase === undefined || phase === 'over'
  const listed = readEntry(entry)?.status
  return listed === undefined || phaseOf(events, listed) === 'off'
}
