import { easternAt, minuteMs } from '../eastern.ts'
import type { Club } from './clubs.ts'
import type { Game } from './game.ts'
import type { Season } from './season.ts'
import { type GameState, stateOf } from './state.ts'

export interface ListedGame {
  readonly game: Game
  readonly state: GameState
}

/** The games of a season in the order of the schedule: by announced day, then tip-off, then id. */
export function listGames(season: Season, now: number): ListedGame[] {
  const listed = season.games.map(game => ({ game, state: stateOf(season, game, now) }))
  return listed.sort((a, b) => a.state.slot.tipOffAt - b.state.slot.tipOffAt || (a.game.gameId < b.game.gameId ? -1 : 1))
}

/** When what is known now became known: this minute while a game is live, else the latest change of any game. */
export function writtenAtOf(season: Season, listed: readonly ListedGame[], now: number): number {
  const publishedAt = easternAt(`${season.year}-06-01`, 12 * 60)
  if (listed.some(({ state }) => state.status === 2)) return now - (now % minuteMs)
  return listed.reduce((latest, { state }) => Math.max(latest, state.changedAt), publishedAt)
}

/** Games won and lost so far, per kind of game; a play-off series has its own count. */
export function createRecords(season: Season) {
  const won = new Map<string, { wins: number; losses: number }>()
  const recordOf = (game: Game, club: Club) => {
    const contest = game.type === 'play-offs' ? game.gameId.slice(0, -1) : game.type
    const key = `${contest} ${club.teamId}`
    const record = won.get(key) ?? { wins: 0, losses: 0 }
    won.set(key, record)
    return record
  }
  /** Both records after the game where it is over, else as they are; call in the order of the games. */
  return ({ game, state }: ListedGame) => {
    const home = recordOf(game, game.home)
    const away = recordOf(game, game.away)
    if (state.status === 3) {
      const { home: points, away: otherPoints } = season.resultOf(game)
      const [winner, loser] = points > otherPoints ? [home, away] : [away, home]
      winner.wins++
      loser.losses++
    }
    return { home: { ...home }, away: { ...away } }
  }
}
