import { wallClock } from '../../core/zones.ts'
import type { LiveState } from '../../pipeline/contract.ts'
import type { GameWindows } from './game-windows.ts'
import type { Look } from './look.ts'

/** Why it is live work or not, in a few words: `LAL-BOS Q2 4:24, 3 more`, `next game Tue 19:00`. */
export function whyOf(windows: GameWindows, look: Look | undefined, zone: string): string {
  if (!windows.open) {
    return windows.opensAt
      ? `next game ${wallClock(windows.opensAt, zone, 'EEE HH:mm')}`
      : 'no game is stored for the coming days'
  }
  if (windows.games.length === 0) return 'the usual hours, for want of a schedule'
  const seen = new Map(look?.pairs.map(({ fixture, live }) => [fixture.game.providerId, live.state]))
  const games = windows.games.map(({ game, name }) => ({
    name,
    startsAt: game.startsAt,
    state: seen.get(game.providerId) ?? game,
  }))
  const [first, ...others] = games.sort((a, b) => rank[a.state.status] - rank[b.state.status])
  if (!first) return ''
  const more = others.filter(({ state }) => state.status !== 'final').length
  return `${first.name} ${textOf(first.state, first.startsAt, zone)}${more > 0 ? `, ${more} more` : ''}`
}

const rank = { live: 0, scheduled: 1, final: 2, postponed: 3, cancelled: 3 }

function textOf({ status, statusText }: LiveState, startsAt: Date | null, zone: string): string {
  if (status === 'scheduled' && startsAt) return wallClock(startsAt, zone, 'HH:mm')
  return statusText ?? status
}
