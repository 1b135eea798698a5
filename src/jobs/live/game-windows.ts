import { addDays, type Day, eachDay } from '../../core/days.ts'
import { dayOf, instantOf } from '../../core/zones.ts'
import { phaseOf } from '../../pipeline/event-table.ts'
import type { StoredEvent } from '../../pipeline/events.ts'
import type { UsualHours } from '../../pipeline/live-feed.ts'
import type { LiveSport } from './live-sport.ts'

const minuteMs = 60_000

/** So long before its start a game is looked for: they never begin early, and clubs and lines are out by then. */
const opensMs = 15 * minuteMs
/** So long after the last change of a game that is over: scores are put right in the first minutes. */
const marginMs = 30 * minuteMs
/** A game that still is not over then is stuck somewhere; it holds no window open. The longest so far took five hours. */
const longestMs = 12 * 60 * minuteMs

/** What is known of a sport's games at an instant. */
export interface WindowInput {
  now: Date
  sport: Pick<LiveSport, 'zone' | 'events' | 'live'>
  /** Stored events of the days around now. */
  events: readonly StoredEvent[]
  /** Whether the season's schedule is stored: else the usual hours count, too. */
  seasonStored: boolean
}

/** From when to when something is to be watched. */
export interface Span {
  from: Date
  to: Date
}

export interface GameWindows {
  /** Live work is due now. */
  open: boolean
  /** The games it is open for; none in usual hours. */
  games: StoredEvent[]
  /** Civil days whose games may be on now. */
  days: Day[]
  /** When it is likely to close; undefined where none is open, or it should have closed by now. */
  until: Date | undefined
  /** When the next one opens. */
  opensAt: Date | undefined
  /** Games that began so long ago that they must be over, and of which nobody says so. */
  stuck: StoredEvent[]
}

/** Which games want to be watched now, and when the next ones do. */
export function findWindows(input: WindowInput): GameWindows {
  const { now, sport, events, seasonStored } = input
  const spans = events.flatMap(event => {
    const span = spanOf(event, sport)
    return span ? [{ event, ...span }] : []
  })
  const usual = seasonStored ? [] : usualSpans(now, sport.zone, sport.live.usualHours)
  const isOpen = ({ from, to }: Span) => from <= now && now < to
  const open = spans.filter(isOpen)
  const hours = usual.filter(isOpen)
  const ends = [...open.map(({ event, to }) => likelyEnd(event, to, sport)), ...hours.map(({ to }) => to)]
  const starts = [...spans, ...usual].filter(({ from }) => from > now).map(({ from }) => from)
  const days = [
    ...open.map(({ event }) => event.day),
    ...(hours.length > 0 ? hours.map(({ from }) => dayOf(from, sport.zone)) : []),
  ]
  return {
    open: open.length + hours.length > 0,
    games: open.map(({ event }) => event),
    days: [...new Set(days)].sort(),
    until: latest(ends.filter(end => end > now)),
    opensAt: earliest(starts),
    stuck: events.filter(event => isStuck(event, input)),
  }
}

/** When one game wants to be watched: until it is over, and a little longer. A game that was called off or put off does not. */
function spanOf({ day, startsAt, changedAt, status }: StoredEvent, sport: WindowInput['sport']): Span | undefined {
  const phase = phaseOf(sport.events, status)
  if (phase === 'moved' || phase === 'off') return undefined
  if (startsAt) {
    const end = later(startsAt, longestMs)
    return { from: later(startsAt, -opensMs), to: phase === 'over' ? (earliest([later(changedAt, marginMs), end]) as Date) : end }
  }
  const hours = phase === 'over' ? undefined : hoursOf(day, sport)
  // As long as such a game is on it is watched, also beyond the usual hours.
  return hours && phase === 'on' ? { ...hours, to: latest([hours.to, later(hours.from, longestMs)]) as Date } : hours
}

/** A game without a time may be at any: as long as games usually are on its weekday, or on any. */
function hoursOf(day: Day, { zone, live: { usualHours } }: WindowInput['sport']): Span | undefined {
  const own = spansOn(day, zone, usualHours)
  const spans = own.length > 0 ? own : usualHours.map(hours => toSpan(day, hours, zone))
  const from = earliest(spans.map(span => span.from))
  const to = latest(spans.map(span => span.to))
  return from && to && { from, to }
}

/** The usual hours of the days around an instant, where no game is stored to go by. */
export function usualSpans(now: Date, zone: string, usualHours: readonly UsualHours[]): Span[] {
  const today = dayOf(now, zone)
  return eachDay(addDays(today, -1), addDays(today, 7)).flatMap(day => spansOn(day, zone, usualHours))
}

const spansOn = (day: Day, zone: string, usualHours: readonly UsualHours[]): Span[] => {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return usualHours.filter(({ weekdays }) => weekdays.includes(weekday)).map(hours => toSpan(day, hours, zone))
}

/** By the wall clock, so that an hour that is left out or comes twice does not move it. */
function toSpan(day: Day, { from, to }: UsualHours, zone: string): Span {
  return { from: instantOf(day, from, zone), to: instantOf(to > from ? day : addDays(day, 1), to, zone) }
}

function isStuck({ startsAt, status }: StoredEvent, { now, sport }: WindowInput): boolean {
  const phase = phaseOf(sport.events, status)
  return (phase === 'ahead' || phase === 'on') && startsAt !== null && later(startsAt, longestMs) <= now
}

/** A game that is not over is likely to take as long as others do. */
const likelyEnd = ({ startsAt, status }: StoredEvent, to: Date, { events, live }: WindowInput['sport']): Date =>
  startsAt && phaseOf(events, status) !== 'over' ? later(startsAt, live.typicalMs + marginMs) : to

const later = (at: Date, ms: number): Date => new Date(at.getTime() + ms)
const earliest = (dates: readonly Date[]): Date | undefined => dates.toSorted((a, b) => a.getTime() - b.getTime())[0]
const latest = (dates: readonly Date[]): Date | undefined => dates.toSorted((a, b) => b.getTime() - a.getTime())[0]
