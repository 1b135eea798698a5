import { between, createRandom } from '../random.ts'

/** 0 the home side, 1 the away side. */
export type Side = 0 | 1

export const otherSide = (side: Side): Side => (side === 0 ? 1 : 0)

/** What one side did with the ball: a lost ball, a shot or free throws, and who got the rebound. */
export interface Play {
  /** Game seconds since tip-off. */
  readonly at: number
  readonly period: number
  readonly side: Side
  readonly kind: 'turnover' | 'two' | 'three' | 'free-throws'
  readonly made: boolean
  readonly freeThrows: number
  readonly freeThrowsMade: number
  readonly points: number
  readonly rebound: 'offensive' | 'defensive' | 'none'
  /** How the ball was won: after an own miss, after the other side lost it, or in the ordinary way. */
  readonly after: 'miss' | 'turnover' | 'other'
}

export interface Score {
  readonly home: number
  readonly away: number
}

/** How a game ends: one score per period played, and the sum. */
export interface Result extends Score {
  readonly periods: readonly Score[]
}

/** Game seconds from tip-off to the end of a period: four of 12 minutes, then overtimes of 5. */
export const periodEnd = (period: number): number => (period <= 4 ? period * 720 : 2880 + (period - 4) * 300)

const mostOvertimes = 4

/**
 * All plays of a game in their order, some 115 a side. `edge` is added to the home side's chance of making a shot and
 * taken from the other's; with 0 both score about 113. Never ends in a tie.
 */
export function simulatePlays(seed: number, gameId: string, edge: number): Play[] {
  const random = createRandom(seed, 'plays', gameId)
  const plays: Play[] = []
  const score: [number, number] = [0, 0]
  let side: Side = random() < 0.5 ? 0 : 1

  for (let period = 1; period <= 4 || (score[0] === score[1] && period <= 4 + mostOvertimes); period++) {
    let at = period === 1 ? 0 : periodEnd(period - 1)
    let after: Play['after'] = 'other'
    while (true) {
      at += after === 'miss' ? between(random, 2, 8) : between(random, 6, 22)
      if (at >= periodEnd(period)) break
      const play = attempt(at, period, side, after)
      plays.push(play)
      score[side] += play.points
      const keeps = play.rebound === 'offensive'
      after = keeps ? 'miss' : play.kind === 'turnover' ? 'turnover' : 'other'
      if (!keeps) side = otherSide(side)
    }
  }
  if (score[0] === score[1]) {
    const at = periodEnd(4 + mostOvertimes) - 1
    plays.push({ ...attempt(at, 4 + mostOvertimes, 0, 'other'), ...buzzerBeater })
  }
  return plays

  function attempt(at: number, period: number, side: Side, after: Play['after']): Play {
    const luck = side === 0 ? edge : -edge
    const draw = random()
    const kind = draw < 0.125 ? 'turnover' : draw < 0.215 ? 'free-throws' : draw < 0.515 ? 'three' : 'two'
    const made = kind === 'two' ? random() < 0.545 + luck : kind === 'three' && random() < 0.36 + luck
    const freeThrows = kind === 'free-throws' ? 2 : kind === 'two' && made && random() < 0.06 ? 1 : 0
    let freeThrowsMade = 0
    for (let thrown = 0; thrown < freeThrows; thrown++) if (random() < 0.78) freeThrowsMade++
    const points = freeThrowsMade + (made ? (kind === 'three' ? 3 : 2) : 0)
    const missed = kind === 'turnover' ? false : freeThrows > 0 ? freeThrowsMade < freeThrows : !made
    const rebound = !missed ? 'none' : random() < 0.25 ? 'offensive' : 'defensive'
    return { at, period, side, kind, made, freeThrows, freeThrowsMade, points, rebound, after }
  }
}

const buzzerBeater = { kind: 'two', made: true, freeThrows: 0, freeThrowsMade: 0, points: 2, rebound: 'none' } as const

/** The score per period of the plays up to a game second, for that many periods. */
export function resultOf(plays: readonly Play[], periodCount: number, until = Number.POSITIVE_INFINITY): Result {
  const periods = Array.from({ length: periodCount }, () => ({ home: 0, away: 0 }))
  for (const { at, period, side, points } of plays) {
    const score = periods[period - 1]
    if (score && at <= until) score[side === 0 ? 'home' : 'away'] += points
  }
  const total = (side: 'home' | 'away') => periods.reduce((sum, score) => sum + score[side], 0)
  return { home: total('home'), away: total('away'), periods }
}
