import { gamesOf } from '../../pipeline/games.ts'
import { seasonOf } from './season.ts'

/** The NBA's games, in the table `games`. */
export const nbaEvents = { id: 'nba', events: gamesOf({ form: /^\d{10}$/, words: '10 digits, e.g. 0022400561', seasonOf }) }
