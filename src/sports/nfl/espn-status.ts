import * as z from 'zod'
import type { GameStatus } from '../../pipeline/rows.ts'

/** One side of an event, in scoreboards and summaries alike. */
export const competitor = z.looseObject({
  homeAway: z.enum(['home', 'away']),
  // A number as text; absent or empty before the start.
  score: z.string().regex(/^\d*$/).nullish(),
  team: z.looseObject({ abbreviation: z.string() }),
})

export type Side = z.infer<typeof competitor> | undefined

/** By its place, not by its position in the list. */
export const sideOf = (sides: readonly z.infer<typeof competitor>[] | undefined, place: 'home' | 'away'): Side =>
  sides?.find(({ homeAway }) => homeAway === place)

export const scoreOf = (side: Side): number | null => (side?.score ? Number(side.score) : null)

/** What ESPN says of the state of an event, in scoreboards and summaries alike. */
export const eventStatusType = z.looseObject({
  name: z.string(),
  state: z.enum(['pre', 'in', 'post']),
  completed: z.boolean(),
})

/** `post` alone does not mean over: a postponed or abandoned game is `post` as well, but not `completed`. */
export function statusOf({ name, state, completed }: z.infer<typeof eventStatusType>): GameStatus {
  if (/POSTPONED/.test(name)) return 'postponed'
  if (/CANCEL/.test(name)) return 'cancelled'
  if (state === 'pre') return 'scheduled'
  return state === 'post' && completed ? 'final' : 'live'
}
