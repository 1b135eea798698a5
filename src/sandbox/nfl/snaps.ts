import { createRandom } from '../random.ts'
import { type Club, codeIn } from './clubs.ts'
import { type Column, headerOf, rowOf } from './csv.ts'
import { type Game, pfrGameIdOf } from './game.ts'
import type { Lineup } from './lineup.ts'
import type { Play } from './play.ts'
import { nameOf, type Player } from './players.ts'
import { type Place, positions } from './positions.ts'

/** The part of the snaps that the first, second, ... of a place is on the field for. */
const shares: Readonly<Record<Place, readonly number[]>> = {
  QB: [1],
  RB: [0.6, 0.35, 0.1],
  WR: [0.88, 0.8, 0.6, 0.25, 0.1, 0.03],
  TE: [0.8, 0.35, 0.15],
  T: [1, 1, 0.1],
  G: [1, 1, 0.08],
  C: [1, 0.02],
  K: [],
  P: [],
  LS: [],
  DE: [0.72, 0.65, 0.45, 0.3, 0.1],
  DT: [0.65, 0.6, 0.4, 0.25],
  ILB: [0.98, 0.85, 0.3],
  OLB: [0.85, 0.7, 0.35, 0.15],
  CB: [0.97, 0.95, 0.6, 0.25, 0.08, 0.02],
  FS: [0.98, 0.2],
  SS: [0.96, 0.25],
}

const defending: ReadonlySet<string> = new Set(['DL', 'LB', 'DB'])
const kickTeams: readonly Play['kind'][] = ['kick-off', 'punt', 'field-goal', 'extra-point']

interface Snaps {
  readonly offence: Count
  readonly defence: Count
  readonly special: Count
}

interface Count {
  readonly snaps: number
  readonly share: number
}

/** The snap counts of one side: of all its players who were on the field. */
export function snapRows(seed: number, game: Game, club: Club, lineup: Lineup, plays: readonly Play[]): string[] {
  const side = club === game.home ? 0 : 1
  const downs = plays.filter(({ down, kind }) => down > 0 && !kickTeams.includes(kind))
  const own = downs.filter(play => play.side === side).length
  const totals = {
    offence: own,
    defence: downs.length - own,
    special: plays.filter(({ kind }) => kickTeams.includes(kind)).length,
  }
  const random = createRandom(seed, 'snaps', game.gameId, club.code)
  const count = (of: number, part: number): Count => {
    const snaps = Math.min(of, Math.round(of * part))
    return { snaps, share: of === 0 ? 0 : Math.round((snaps / of) * 100) / 100 }
  }
  const [ofGame, ofClub] = [rowOf(gameColumns, game), rowOf(clubColumns, { game, club })]
  return [...lineup].flatMap(([place, players]) =>
    players.flatMap((player, nth) => {
      const wanted = shares[place][nth] ?? 0
      const part = wanted === 1 ? 1 : wanted * (0.9 + 0.2 * random())
      const defends = defending.has(positions[place].group)
      const special = positions[place].group === 'SPEC' ? 0.4 : wanted > 0.7 ? 0.1 * random() : 0.7 * random()
      const snaps: Snaps = {
        offence: count(totals.offence, defends ? 0 : part),
        defence: count(totals.defence, defends ? part : 0),
        special: count(totals.special, place === 'QB' ? 0 : special),
      }
      return snaps.offence.snaps + snaps.defence.snaps + snaps.special.snaps > 0
        ? [[ofGame, rowOf(playerColumns, player), ofClub, rowOf(countColumns, snaps)].join(',')]
        : []
    }),
  )
}

/** In the order of the real files: those of the game, the player, his club, and what he did. */
const gameColumns: readonly Column<Game>[] = [
  ['game_id', ({ gameId }) => gameId],
  ['pfr_game_id', pfrGameIdOf],
  ['season', ({ season }) => season],
  ['game_type', ({ type }) => type],
  ['week', ({ week }) => week],
]
const playerColumns: readonly Column<Player>[] = [
  ['player', nameOf],
  ['pfr_player_id', ({ pfrId }) => pfrId],
  ['position', ({ spot }) => positions[spot.place].snaps],
]
const clubColumns: readonly Column<{ game: Game; club: Club }>[] = [
  ['team', ({ game, club }) => codeIn(club, game.season)],
  ['opponent', ({ game, club }) => codeIn(club === game.home ? game.away : game.home, game.season)],
]
const countColumns: readonly Column<Snaps>[] = [
  ['offense_snaps', ({ offence }) => offence.snaps],
  ['offense_pct', ({ offence }) => offence.share],
  ['defense_snaps', ({ defence }) => defence.snaps],
  ['defense_pct', ({ defence }) => defence.share],
  ['st_snaps', ({ special }) => special.snaps],
  ['st_pct', ({ special }) => special.share],
]

export const snapHeader = [headerOf(gameColumns), headerOf(playerColumns), headerOf(clubColumns), headerOf(countColumns)].join(
  ',',
)
