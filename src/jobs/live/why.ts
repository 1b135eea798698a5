import { wallClock } from '../../core/zones.ts'
import { singular } from '../../pipeline/event-table.ts'
import type { LiveState } from '../../pipeline/live-feed.ts'
import type { Sport } from '../../pipeline/sport.ts'
import { gameOf } from './changed.ts'
import type { GameWindows } from './game-windows.ts'
import type { Poll } from './poll.ts'

/** Why it is live work or not, in a few words: `LAL-BOS Q2 4:24, 3 more`, `Ascot 14:35 live`, `next game Tue 19:00`. */
export function whyOf(windows: GameWindows, poll: Poll | undefined, { zone, events, live }: Sport): string {
  const noun = singular[events.noun]
  if (!windows.open) {
    return windows.opensAt
      ? `next ${noun} ${wallClock(windows.opensAt, zone, 'EEE HH:mm')}`
      : `no ${noun} is stored for the coming days`
  }
  if (windows.games.length === 0) return `usual ${noun} hours, no schedule stored`
  const seen = new Map(poll?.pairs.map(({ stored, live }) => [stored.id, live.state]))
  const games = windows.games.map(event => ({
    name: event.name,
    startsAt: event.startsAt,
    state: seen.get(event.id) ?? gameOf(event),
  }))
  const [first, ...others] = games.sort((a, b) => rank[a.state.status] - rank[b.state.status])
  if (!first) return ''
  const more = others.filter(({ state }) => state.status !== 'final').length
  const isTimed = live?.by === 'day'
  return `${first.name} ${textOf(first.state, first.startsAt, zone, isTimed)}${more > 0 ? `, ${more} more` : ''}`
}

const rank = { live: 0, scheduled: 1, final: 2, postponed: 3, cancelled: 3 }

/** How far it is. `isTimed`: events are known by their time, and the provider has no words for how far one is. */
function textOf({ status, statusText }: LiveState, startsAt: Date | null, zone: string, isTimed: boolean): string {
  const time = startsAt ? wallClock(startsAt, zone, 'HH:mm') : undefined
  if (status === 'scheduled' && time) return time
  return isTimed ? [time, status].filter(Boolean).join(' ') : (statusText ?? status)
}
