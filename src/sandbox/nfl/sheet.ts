import type { CountName, Counts, Tally } from './counts.ts'
import type { Player } from './players.ts'
import type { Place } from './positions.ts'

/** What one player did in a game; without a player, the penalties of the club as a whole. */
export interface Line extends Tally {
  readonly player: Player | undefined
  readonly counts: Counts
  readonly fieldGoals: { made: number[]; missed: number[] }
  /** The longest single one of what was gained more than once. */
  readonly longest: Map<CountName, number>
}

/** The lines of one side, which grow as plays are recorded. */
export interface Sheet {
  /** Adds to the counts of the n-th player of a place. */
  count(who: Who, changes: Partial<Record<CountName, number>>): void
  line(who: Who): Line
}

/** The n-th player of a place, or the club as a whole. */
export type Who = readonly [place: Place, nth: number] | 'club'
