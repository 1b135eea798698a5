interface Position {
  /** As rosters write it. */
  readonly roster: string
  /** As the stats files write it, and the group they put it in. */
  readonly stats: string
  readonly group: string
  /** As snap counts write it. */
  readonly snaps: string
  readonly weight: readonly [least: number, most: number]
}

const of = (roster: string, stats: string, group: string, least: number, most: number, snaps = stats): Position => ({
  roster,
  stats,
  group,
  snaps,
  weight: [least, most],
})

/** By the places of the depth chart. */
export const positions = {
  QB: of('QB', 'QB', 'QB', 205, 245),
  RB: of('RB', 'RB', 'RB', 190, 230),
  WR: of('WR', 'WR', 'WR', 175, 220),
  TE: of('TE', 'TE', 'TE', 235, 265),
  T: of('OL', 'OT', 'OL', 300, 335, 'T'),
  G: of('OL', 'G', 'OL', 300, 335),
  C: of('OL', 'C', 'OL', 295, 320),
  K: of('K', 'K', 'SPEC', 175, 215),
  P: of('P', 'P', 'SPEC', 185, 220),
  LS: of('LS', 'LS', 'SPEC', 225, 250),
  DE: of('DL', 'DE', 'DL', 255, 285),
  DT: of('DL', 'DT', 'DL', 290, 335),
  ILB: of('LB', 'LB', 'LB', 225, 250),
  OLB: of('LB', 'LB', 'LB', 230, 260),
  CB: of('DB', 'CB', 'DB', 175, 205),
  FS: of('DB', 'SAF', 'DB', 190, 215, 'FS'),
  SS: of('DB', 'SAF', 'DB', 195, 220, 'SS'),
} as const satisfies Record<string, Position>

export type Place = keyof typeof positions

/** What a club has a player for: 53 for the games, then five it only trains with, then two it has to do without. */
export interface Spot {
  readonly place: Place
  readonly status: 'ACT' | 'DEV' | 'RES'
}

const active: readonly (readonly [Place, number])[] = [
  ['QB', 2],
  ['RB', 4],
  ['WR', 6],
  ['TE', 3],
  ['T', 4],
  ['G', 3],
  ['C', 2],
  ['K', 1],
  ['P', 1],
  ['LS', 1],
  ['DE', 5],
  ['DT', 4],
  ['ILB', 3],
  ['OLB', 4],
  ['CB', 6],
  ['FS', 2],
  ['SS', 2],
]

export const spots: readonly Spot[] = [
  ...active.flatMap(([place, count]) => Array.from({ length: count }, () => ({ place, status: 'ACT' as const }))),
  ...(['WR', 'RB', 'CB', 'OLB', 'T'] as const).map(place => ({ place, status: 'DEV' as const })),
  ...(['TE', 'DT'] as const).map(place => ({ place, status: 'RES' as const })),
]
