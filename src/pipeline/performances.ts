/** A number of a performance beside its points and its rating. */
export interface Measure {
  name: string
  /** Of a line; null counts as 0. */
  sql: string
  /** Whether several of them make a sum; a rating by others does not. Default true. */
  isSum?: boolean
}

/**
 * What the players of a sport did in its events, as SQL over its own tables: the lines are called `s`, the events `g`. All stats are
 * computed from these. Points and ratings are whole hundredths, so that a sum does not depend on the order of its parts.
 */
export interface Performances {
  /** What follows `from`. */
  from: string
  /** Which lines are performances at all. */
  where: string
  season: string
  /** `regular` and `playoffs` count; others (exhibitions) do not. */
  stage: string
  /** 1 or 2; null outside of the regular season. */
  half: string
  eventId: string
  date: string
  playerId: string
  teamId: string
  isComplete: string
  /** Null where nobody, or nobody knows who, has won. */
  won: string
  /** What players are compared by: points, fantasy points, prize money. */
  points: string
  /** How good it was, whatever the points say. */
  rating: string
  measures: readonly Measure[]
  /** What people call them, for the heads of tables. */
  words: { points: string; rating: string }
  /** Conditions that pick lines by lists, given as SQL arrays of texts. */
  ofSeasons(list: string): string
  ofEvents(list: string): string
  /** Ids and names of players, as `id` and `name`. */
  names: string
  /** The same of what is in `teamId`; short. */
  teamNames: string
  /** Facts of an event for its report, as one JSON value, and where it comes from. */
  report: { from: string; id: string; facts: string }
  /** Who is compared by an average: so many events, and that share of the most that anybody has. In a career so many. */
  minimum: { events: number; share: number; career: number }
  power: {
    /** After so many days a performance counts half. */
    halfLifeDays: number
    /** The rating of an average player, in hundredths. */
    average: number
  }
}
