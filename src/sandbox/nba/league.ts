import type { Club } from './clubs.ts'
import { correct } from './correction.ts'
import type { Game } from './game.ts'
import { linesOf, type SideLines } from './lines.ts'
import type { Player } from './players.ts'
import type { Season } from './season.ts'
import type { GameState } from './state.ts'

/** What the files of a league are made of. */
export interface League {
  readonly seed: number
  readonly season: (year: number) => Season
  readonly roster: (club: Club) => readonly Player[]
}

/** Both sides' lines of a started game at an instant (ms since the epoch), with the correction once it is out. */
export function linesAt(
  { seed, roster }: League,
  season: Season,
  game: Game,
  state: GameState,
  now: number,
): [SideLines, SideLines] {
  const both = linesOf({
    seed,
    gameId: game.gameId,
    sides: [game.home, game.away].map(club => ({ teamId: club.teamId, roster: roster(club) })),
    plays: season.playsOf(game),
    periods: season.resultOf(game).periods.length,
    elapsed: state.progress?.elapsed ?? 0,
  })
  if (now >= (season.correctedAtOf(game) ?? Number.POSITIVE_INFINITY)) correct(seed, game.gameId, both)
  return both
}
