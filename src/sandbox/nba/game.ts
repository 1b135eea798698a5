import type { Day } from '../../core/days.ts'
import { yearOfDigits } from './calendar.ts'
import type { Club } from './clubs.ts'

export type GameType = 'preseason' | 'regular' | 'all-star' | 'play-offs' | 'play-in' | 'cup-final'

/** When a game is to be played. */
export interface Slot {
  /** Eastern. */
  readonly day: Day
  /** Eastern minutes after midnight. */
  readonly minutes: number
  /** Milliseconds since the epoch, a whole minute. */
  readonly tipOffAt: number
}

/** A game that will not be played when it was to. Instants in ms since the epoch. */
interface Postponement {
  /** From here the schedule says `PPD`, some hours before the tip-off. */
  readonly calledOffAt: number
  /** From here the schedule has the game at its new time, under its old id. */
  readonly announcedAt: number
  readonly to: Slot
}

/** A game of the season's plan, with all that will ever happen to it; what shows of that depends on the instant. */
export interface Game {
  readonly gameId: string
  readonly type: GameType
  readonly home: Club
  readonly away: Club
  /** When it was first to be played. */
  readonly slot: Slot
  readonly postponed?: Postponement
  /** When the sides were decided, in ms since the epoch; before, the schedule has them as `TBD`. */
  readonly decidedAt?: number
  readonly label: string
  readonly subLabel: string
  /** `Game 3` of a series. */
  readonly seriesGame: string
  readonly neutral: boolean
}

/** When it is played in the end. */
export const playedSlot = (game: Game): Slot => game.postponed?.to ?? game.slot

const typeDigits: Record<GameType, number> = {
  preseason: 1,
  regular: 2,
  'all-star': 3,
  'play-offs': 4,
  'play-in': 5,
  'cup-final': 6,
}

/** `0022600061`: the league, the type, the season's first year, a number. */
export const gameIdOf = (type: GameType, year: number, number: number): string =>
  `00${typeDigits[type]}${String(year % 100).padStart(2, '0')}${String(number).padStart(5, '0')}`

/** The first year of the season a game id belongs to, or undefined where it is none. */
export function seasonYearOfGame(gameId: string): number | undefined {
  const found = /^00[1-6](\d{2})\d{5}$/.exec(gameId)
  return found ? yearOfDigits(Number(found[1])) : undefined
}
