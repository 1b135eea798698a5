import { keepLatest } from '../keep.ts'
import type { Answer } from '../provider.ts'
import type { Club } from './clubs.ts'
import { correct } from './correction.ts'
import type { Game } from './game.ts'
import { linesOf, type SideLines } from './lines.ts'
import { createRosters, type Player } from './players.ts'
import { publishSchedule } from './published-schedule.ts'
import { createSeasons, type Season } from './season.ts'
import type { GameState } from './state.ts'

/** What the files of a league are made of. Providers that share one say the same of every game. */
export interface League {
  readonly seed: number
  readonly season: (year: number) => Season
  readonly roster: (club: Club) => readonly Player[]
  /** The schedule file of a season at an instant (ms since the epoch). */
  readonly schedule: (year: number, now: number) => Answer
}

// A backfill asks for a season's schedule (2.7 MB) once or a few times, and then goes on to the next season.
const keptSchedules = 3

export function createLeague(seed: number): League {
  const season = createSeasons(seed)
  const published = keepLatest(keptSchedules, (year: number) => publishSchedule(() => season(year)))
  return { seed, season, roster: createRosters(seed), schedule: (year, now) => published(year)(now) }
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
