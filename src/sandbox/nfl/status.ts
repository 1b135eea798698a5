import { formatInTimeZone } from 'date-fns-tz'
import { easternZone } from '../eastern.ts'
import { keepLatest } from '../keep.ts'

import type { Progress } from './progress.ts'
import type { GameState } from './state.ts'

type Type = readonly [id: string, name: string, state: 'pre' | 'in' | 'post', completed: boolean, description: string]

const types = {
  scheduled: ['1', 'STATUS_SCHEDULED', 'pre', false, 'Scheduled'],
  live: ['2', 'STATUS_IN_PROGRESS', 'in', false, 'In Progress'],
  final: ['3', 'STATUS_FINAL', 'post', true, 'Final'],
  // Over as to the state, not as to the fact: who goes by `state` alone takes it for played.
  postponed: ['6', 'STATUS_POSTPONED', 'post', false, 'Postponed'],
  endOfPeriod: ['22', 'STATUS_END_PERIOD', 'in', false, 'End of Period'],
  halfTime: ['23', 'STATUS_HALFTIME', 'in', false, 'Halftime'],
} as const satisfies Record<string, Type>

const typeOf = ({ phase, progress }: GameState): Type => {
  if (phase !== 'live' || !progress || progress.left > 0) return types[phase]
  return progress.period === 2 ? types.halfTime : types.endOfPeriod
}

/** The status of a game as the scoreboard words it. */
export function statusOf(state: GameState, lastPeriod: number) {
  const type = typeOf(state)
  const [id, name, step, completed, description] = type
  const { phase, progress } = state
  const left = phase === 'live' ? (progress?.left ?? 0) : 0
  const texts = textsOf(state, type)
  return {
    clock: left,
    displayClock: clockText(left),
    period: phase === 'final' ? lastPeriod : phase === 'live' ? (progress?.period ?? 0) : 0,
    type: { id, name, state: step, completed, description, ...texts },
  }
}

function textsOf({ phase, slot, progress }: GameState, [, name]: Type): { detail: string; shortDetail: string } {
  const same = (text: string) => ({ detail: text, shortDetail: text })
  if (phase === 'postponed') return same('Postponed')
  if (phase === 'scheduled') return kickOffText(slot.kickOffAt)
  const { period, left } = progress as Progress
  if (phase === 'final') return same(period <= 4 ? 'Final' : period === 5 ? 'Final/OT' : `Final/${period - 4}OT`)
  if (name === types.halfTime[1]) return same('Halftime')
  if (name === types.endOfPeriod[1])
    return { detail: `End of ${periodName(period)}`, shortDetail: `End of ${periodName(period, true)}` }
  return {
    detail: `${clockText(left)} - ${periodName(period)}`,
    shortDetail: `${clockText(left)} - ${periodName(period, true)}`,
  }
}

// Asked for by every look at the week, and slow: a season's worth is kept.
const kickOffText = keepLatest(300, (kickOffAt: number) => ({
  detail: formatInTimeZone(kickOffAt, easternZone, "EEE, MMMM do 'at' h:mm a zzz"),
  shortDetail: formatInTimeZone(kickOffAt, easternZone, "M/d '-' h:mm a zzz"),
}))

const ordinals = ['1st', '2nd', '3rd', '4th']

const periodName = (period: number, short = false): string =>
  period > 4 ? (short ? 'OT' : 'Overtime') : `${ordinals[period - 1]}${short ? '' : ' Quarter'}`

const clockText = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
