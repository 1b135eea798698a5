import { createRandom } from '../random.ts'
import { type Game, playedSlot, type Slot } from './game.ts'
import { type Result, resultOf } from './plays.ts'
import { clockText, finalText, type Progress, progressAt } from './progress.ts'
import type { Season } from './season.ts'

/** What is publicly known of a game at an instant. */
export interface GameState {
  /** 1 not started (also when postponed), 2 live, 3 final: the league's own numbers. */
  readonly status: 1 | 2 | 3
  readonly statusText: string
  /** When it is announced for. */
  readonly slot: Slot
  /** Whether its sides are known. */
  readonly decided: boolean
  /** Undefined before the tip-off. */
  readonly progress: Progress | undefined
  /** The score so far, by period; no periods before the tip-off. */
  readonly score: Result
  /** The latest change of status, date or sides, in ms since the epoch; `-Infinity` where there was none. */
  readonly changedAt: number
}

const noScore: Result = { home: 0, away: 0, periods: [] }

/** What is known of a game at an instant (ms since the epoch). */
export function stateOf(season: Season, game: Game, now: number): GameState {
  const { postponed, decidedAt = Number.NEGATIVE_INFINITY } = game
  const slot = postponed && now < postponed.announcedAt ? game.slot : playedSlot(game)
  const unstarted = { status: 1, slot, decided: now >= decidedAt, progress: undefined, score: noScore } as const
  if (postponed && now >= postponed.calledOffAt && now < postponed.announcedAt)
    return { ...unstarted, statusText: 'PPD', changedAt: postponed.calledOffAt }
  if (now < slot.tipOffAt) {
    const changedAt = [decidedAt, postponed?.announcedAt ?? decidedAt].filter(at => at <= now)
    return {
      ...unstarted,
      statusText: now >= decidedAt ? tipOffText(slot.minutes) : 'TBD',
      changedAt: Math.max(Number.NEGATIVE_INFINITY, ...changedAt),
    }
  }
  const result = season.resultOf(game)
  const endAt = season.endOf(game)
  const progress = progressAt(now - slot.tipOffAt, result.periods.length)
  const started = { slot, decided: true, progress }
  if (now < endAt) {
    const score = resultOf(season.playsOf(game), progress.period, progress.elapsed)
    return { ...started, status: 2, statusText: clockText(progress), score, changedAt: slot.tipOffAt }
  }
  return { ...started, status: 3, statusText: publishedFinal(game, result), score: result, changedAt: endAt }
}

/** Some real answers pad `Final` to 20 characters (2026-01-10), so some of these do. */
function publishedFinal({ gameId }: Game, { periods }: Result): string {
  const text = finalText(periods.length)
  return createRandom('padded', gameId)() < 0.02 ? text.padEnd(20) : text
}

/** `7:30 pm ET` */
function tipOffText(minutes: number): string {
  const hour = Math.floor(minutes / 60)
  return `${hour % 12 || 12}:${String(minutes % 60).padStart(2, '0')} ${hour < 12 ? 'am' : 'pm'} ET`
}
