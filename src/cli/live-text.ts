import { visible } from '../core/visible.ts'
import { wallClock } from '../core/zones.ts'
import type { CycleNote } from '../jobs/live/follow-sport.ts'
import { cut } from './table.ts'

const width = 80

/** A cycle as people follow it, on one line: `nba live until 22:40: LAL-BOS Q2 4:24, 3 more · next poll 19:35:00 EST`. */
export function cycleLine({ sport, mode, why, until, nextPollAt, incident }: CycleNote): string {
  const next = ` · next poll ${wallClock(nextPollAt, sport.zone, 'HH:mm:ss zzz')}`
  const end = mode === 'live' && until ? ` until ${wallClock(until, sport.zone, 'HH:mm')}` : ''
  const said = incident ? `${sport.id} ${mode}, failing: ${incident.reason}` : `${sport.id} ${mode}${end}: ${why}`
  return `${cut(visible(said), width - next.length)}${next}`
}

export const standbyLine = (sport: string, message: string): string => cut(visible(`${sport} on standby: ${message}`), width)
