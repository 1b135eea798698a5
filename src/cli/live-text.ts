import type { Clock } from '../core/clock.ts'
import { visible } from '../core/visible.ts'
import { wallClock } from '../core/zones.ts'
import type { CycleNote } from '../jobs/live/follow-sport.ts'
import { cut } from './table.ts'

const width = 80

/** A cycle as people follow it, on one line: `nba live until 22:40: LAL-BOS Q2 4:24, 3 more · next poll 19:35:00 EST`. */
export function cycleLine({ sport, mode, why, until, nextPollAt, incident }: CycleNote): string {
  const next = ` · next poll ${wallClock(nextPollAt, sport.zone, 'HH:mm:ss zzz')}`
  return `${cut(stateOf({ sport, mode, why, until, incident }), width - next.length)}${next}`
}

type State = Pick<CycleNote, 'sport' | 'mode' | 'why' | 'until' | 'incident'>

function stateOf({ sport, mode, why, until, incident }: State): string {
  const end = mode === 'live' && until ? ` until ${wallClock(until, sport.zone, 'HH:mm')}` : ''
  return visible(incident ? `${sport.id} ${mode}, failing: ${incident.reason}` : `${sport.id} ${mode}${end}: ${why}`)
}

const stateEveryMs = 3_600_000

/** Which cycles are a line, for who reads a file of them: those that say something else than the one before, and one an hour. */
export function createNewsFilter({ now }: Pick<Clock, 'now'>): (note: CycleNote) => boolean {
  const said = new Map<string, { text: string; at: number }>()
  return note => {
    const [text, at, last] = [stateOf(note), now().getTime(), said.get(note.sport.id)]
    if (last && last.text === text && at - last.at < stateEveryMs) return false
    said.set(note.sport.id, { text, at })
    return true
  }
}

export const standbyLine = (sport: string, message: string): string => cut(visible(`${sport} on standby: ${message}`), width)
