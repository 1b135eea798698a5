import type { Day } from '../../core/days.ts'
import type { StoredEvent } from '../../pipeline/events.ts'
import type { LiveGame, LiveState } from '../../pipeline/live-feed.ts'
import type { GameRow } from '../../pipeline/rows.ts'
import { storableText } from '../../store/text.ts'

/** A game of a live feed and the stored one it is. */
export interface Pair {
  live: LiveGame
  stored: StoredEvent
  /** The schedule does not have it, and the feed knows enough to store it. */
  unscheduled?: true
}

/** A stored event's row as that of a game. */
export const gameOf = ({ row }: Pick<StoredEvent, 'row'>): GameRow => row as GameRow

/** Finds the stored game of each live one: by its number, by what its number stands for, or by day and sides. */
export function pairUp(
  games: readonly LiveGame[],
  events: readonly StoredEvent[],
  aliases: ReadonlyMap<string, string>,
): { pairs: Pair[]; unknown: LiveGame[] } {
  const byId = new Map(events.map(event => [event.id, event]))
  const bySides = new Map(events.map(event => [sidesOf(event), event]))
  const pairs: Pair[] = []
  const unknown: LiveGame[] = []
  for (const live of games) {
    const { day, homeTeamId, awayTeamId } = live.fixture ?? {}
    const stored = byId.get(aliases.get(live.id) ?? live.id) ?? (day && bySides.get(`${day} ${awayTeamId} ${homeTeamId}`))
    if (stored) pairs.push({ live, stored })
    else unknown.push(live)
  }
  return { pairs, unknown }
}

function sidesOf(event: StoredEvent): string {
  const { awayTeamId, homeTeamId } = gameOf(event)
  return `${event.day} ${awayTeamId} ${homeTeamId}`
}

/**
 * Whether a live feed has news of a stored game; by what is stored, so that a restart or another host asks for nothing twice.
 * A game that has not begun is the schedule's business, and one that is over does not begin again: of two that are over the scores
 * count alone, since the schedule has words of its own for it.
 */
export function hasChanged(stored: LiveState, live: LiveState): boolean {
  if (live.status === 'scheduled') return false
  const scores = stored.homeScore !== live.homeScore || stored.awayScore !== live.awayScore
  if (stored.status === 'final') return live.status === 'final' && scores
  // As it would be stored: else every poll would find it changed.
  const statusText = live.statusText === null ? null : storableText(live.statusText)
  return stored.status !== live.status || stored.statusText !== statusText || stored.period !== live.period || scores
}

/** A feed of long ago is no news. */
const isNear = (day: Day, at: Date): boolean => Math.abs(Date.parse(day) - at.getTime()) < 3 * 86_400_000

/** Games that only the live feed knows, as if a schedule had them, where it says enough of them. */
export function withoutSchedule(unknown: readonly LiveGame[], at: Date): { pairs: Pair[]; unknown: LiveGame[] } {
  const pairs = unknown.flatMap(live => {
    const { unscheduled, name } = live
    if (!unscheduled || !isNear(unscheduled.event.gameDate, at)) return []
    const { event } = unscheduled
    const { providerId: id, gameDate: day, season, status, startsAt } = event
    const stored: StoredEvent = { id, day, season, status, startsAt, name, changedAt: at, row: event }
    return [{ live, stored, unscheduled: true as const }]
  })
  const taken = new Set(pairs.map(({ live }) => live))
  return { pairs, unknown: unknown.filter(live => !taken.has(live)) }
}
