import type { Day } from '../../core/days.ts'
import { easternAt } from '../eastern.ts'
import { type Club, codeIn } from './clubs.ts'

export type GameType = 'REG' | 'WC' | 'DIV' | 'CON' | 'SB'

/** When a game is to be played. */
export interface Slot {
  /** Eastern. */
  readonly day: Day
  /** Eastern minutes after midnight. */
  readonly minutes: number
  /** Milliseconds since the epoch. */
  readonly kickOffAt: number
}

export const slotAt = (day: Day, minutes: number): Slot => ({ day, minutes, kickOffAt: easternAt(day, minutes) })

/** Another time for a game, in ms since the epoch. */
interface Move {
  /** From here it is called off, until its new time is announced; undefined where it was simply moved. */
  readonly calledOffAt?: number
  readonly announcedAt: number
  readonly to: Slot
}

/** A game of the season's plan, with all that will ever happen to it; what shows of that depends on the instant. */
export interface Game {
  /** `2026_01_DAL_PHI`: it stays so, whatever happens to the date. */
  readonly gameId: string
  readonly season: number
  readonly type: GameType
  readonly week: number
  /** Its place in the season, from 1: other ids are made of it. */
  readonly number: number
  readonly home: Club
  readonly away: Club
  readonly neutral: boolean
  /** When it was first to be played. */
  readonly slot: Slot
  readonly move?: Move
  /** When its sides were decided, in ms since the epoch: it is not listed before. Undefined for those of the schedule. */
  readonly decidedAt?: number
}

/** When it is played in the end. */
export const playedSlot = (game: Game): Slot => game.move?.to ?? game.slot

/** Above the ids in use at ESPN, nine digits like them. */
export const espnIdOf = ({ season, number }: Game): number => firstEspnId + (season % 100) * 1000 + number

const firstEspnId = 401_900_000

/** The season and the place in it that such an id means. */
export function parseEspnId(id: number): { season: number; number: number } | undefined {
  const rest = id - firstEspnId
  return Number.isInteger(rest) && rest > 0 && rest < 100_000
    ? { season: (rest < 99_000 ? 2000 : 1900) + Math.floor(rest / 1000), number: rest % 1000 }
    : undefined
}

export const gameIdOf = (season: number, week: number, away: Club, home: Club): string =>
  `${season}_${String(week).padStart(2, '0')}_${codeIn(away, season)}_${codeIn(home, season)}`

/** `202609100phi`: the day it was first to be played on, and the home club. */
export const pfrGameIdOf = ({ slot, home }: Game): string => `${slot.day.replaceAll('-', '')}0${home.siteCode}`
