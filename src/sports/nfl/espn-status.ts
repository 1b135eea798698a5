import { z } from 'zod'
import type { GameStatus } from '../../pipeline/rows.ts'

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
