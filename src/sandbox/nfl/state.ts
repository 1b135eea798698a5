import { type Game, playedSlot, type Slot } from './game.ts'
import { scoreAt } from './play.ts'
import { type Progress, progressAt } from './progress.ts'
import type { Result, Season } from './season.ts'

type LiveScore = Omit<Result, 'elapsed'>

/** What is publicly known of a game at an instant. */
export interface GameState {
  readonly phase: 'scheduled' | 'postponed' | 'live' | 'final'
  /** When it is announced for. */
  readonly slot: Slot
  /** Undefined before the kick-off. */
  readonly progress: Progress | undefined
  /** The score so far; no periods before the kick-off. */
  readonly score: LiveScore
}

const noScore: LiveScore = { home: 0, away: 0, periods: [] }

/** When a game is announced for at an instant (ms since the epoch). */
export const announcedSlot = ({ slot, move }: Game, now: number): Slot => (move && now >= move.announcedAt ? move.to : slot)

/** Whether a game is in the schedule at an instant (ms since the epoch): one of the play-offs once its sides are known. */
export const isListed = ({ decidedAt = Number.NEGATIVE_INFINITY }: Game, now: number): boolean => now >= decidedAt

/** What is known of a game at an instant (ms since the epoch). */
export function stateOf(season: Season, game: Game, now: number): GameState {
  const slot = announcedSlot(game, now)
  const unstarted = { slot, progress: undefined, score: noScore }
  const calledOffAt = game.move?.calledOffAt ?? Number.POSITIVE_INFINITY
  if (now >= calledOffAt && now < (game.move?.announcedAt ?? 0)) return { ...unstarted, phase: 'postponed' }
  if (now < playedSlot(game).kickOffAt) return { ...unstarted, phase: 'scheduled' }
  const progress = progressAt(now - slot.kickOffAt, season.courseOf(game))
  if (now >= season.endOf(game)) return { phase: 'final', slot, progress, score: season.resultOf(game) }
  return { phase: 'live', slot, progress, score: scoreAt(season.playsOf(game), progress.elapsed, progress.period) }
}
