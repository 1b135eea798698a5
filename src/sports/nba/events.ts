import { gamesOf } from '../../pipeline/games.ts'

export const firstYear = 1946

/** `2024-25`, by the year it began. */
export const seasonLabel = (year: number): string => `${year}-${String((year + 1) % 100).padStart(2, '0')}`

/** The label of the season a game is of. `0022400561`: two digits of the year behind the league and the season type. */
export function seasonOf(gameId: string): string {
  const digits = Number(gameId.slice(3, 5))
  return seasonLabel(digits < firstYear % 100 ? 2000 + digits : 1900 + digits)
}

/** The NBA's games, in the table `games`. */
export const nbaEvents = { id: 'nba', events: gamesOf({ form: /^\d{10}$/, words: '10 digits, e.g. 0022400561', seasonOf }) }
