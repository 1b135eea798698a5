import type { Source, StatsSport } from './lines.ts'

/**
 * What a changed line changes: the rows of its player in its season (`player-season`), all rows of its season, or of its player; `ranking`:
 * of the sport, where few of all players matter.
 */
export type Reach = 'player-season' | 'season' | 'player' | 'ranking'

/** A table that a function computes. */
export interface Result {
  table: string
  /** Under which caches know what follows from it. */
  tag: string
  /** Its columns behind `sport` which name a row, and those which tell something of it. */
  key: readonly string[]
  values: readonly string[]
}

export interface StatsFunction {
  name: string
  reach: Reach
  results: readonly Result[]
  /** Whether it also tells what is known of events beside their lines. */
  readsEvents?: true
  /** Common table expressions before the results, and a `select` for each result. */
  statement(source: Source, sport: StatsSport): { prelude: readonly string[]; rows: readonly string[] }
}
