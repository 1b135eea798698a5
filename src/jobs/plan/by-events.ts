import type { Day } from '../../core/days.ts'
import { phaseOf } from '../../pipeline/event-table.ts'
import type { EventState } from '../../pipeline/events.ts'
import type { ScheduleEntry, SeasonSchedule } from '../../pipeline/schedule.ts'
import type { Sport } from '../../pipeline/sport.ts'
import { readEntry } from './entries.ts'
import { type Window, windowsOfDays, windowsOfEvents } from './windows.ts'

/** Events of a chunk: half a minute's work at two requests a second, and what is lost when it is. */
const eventsPerChunk = 50

export interface EventsRequest {
  /** Only events from this id on, compared as text. */
  since: string | undefined
  from: Day | undefined
  /** The last day; yesterday where missing. */
  to: Day
  /** Days of a chunk; chunks of even event counts where missing. */
  chunkDays: number | undefined
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
  /** Lazily. */
  chunks(): Generator<EventsChunk>
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
  const isMeant = ({ id, day }: ScheduleEntry) =>
    ((day <= to && (!from || day >= from)) || state.holes.has(id)) &&
    (!since || id >= since) &&
    (!state.only || state.only.some(window => day >= window.from && day <= window.to))
  const meant = [...schedule.entries, ...state.unlisted].filter(isMeant)
  const entries = meant.filter(entry => !isSettled(sport, entry, state)).sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))

  function* chunks(): Generator<EventsChunk> {
    const [first, last] = [entries[0]?.day, entries.at(-1)?.day]
    if (!first || !last) return
    const byDay = Map.groupBy(entries, entry => entry.day)
    const countOn = (day: Day) => byDay.get(day)?.length ?? 0
    const windows = chunkDays
      ? windowsOfDays({ from: from && from < first ? from : first, to: [last, to].sort()[1] as Day }, chunkDays)
      : windowsOfEvents({ from: first, to: last }, countOn, eventsPerChunk)
    let taken = 0
    for (const window of windows) {
      const start = taken
      while (taken < entries.length && (entries[taken]?.day as Day) <= window.to) taken++
      if (taken > start) yield { ...window, entries: entries.slice(start, taken) }
    }
  }

  return { entries, settled: meant.length - entries.length, chunks }
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
