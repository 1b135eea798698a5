import type { Injury } from './injuries.ts'
import type { Player } from './players.ts'
import type { Place } from './positions.ts'
import type { Roster } from './rosters.ts'

/** Those of a club who can play a game, by their places; the first plays most. */
export type Lineup = ReadonlyMap<Place, readonly Player[]>

export function lineupOf(roster: Roster, report: readonly Injury[]): Lineup {
  const out = new Set(report.filter(({ status }) => status === 'Out').map(({ player }) => player))
  return Map.groupBy(
    roster.filter(player => player.spot.status === 'ACT' && !out.has(player)),
    ({ spot }) => spot.place,
  )
}

/** The n-th of a place (from 0), or the last where there are fewer. */
export function playerAt(lineup: Lineup, place: Place, nth = 0): Player {
  const players = lineup.get(place) ?? []
  return (players[nth] ?? players.at(-1)) as Player
}
