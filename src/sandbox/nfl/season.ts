import { hourMs, minuteMs } from '../eastern.ts'
import { keepLatest } from '../keep.ts'
import { createRandom } from '../random.ts'
import { type Club, clubs } from './clubs.ts'
import { planFixtures } from './fixtures.ts'
import { type Game, playedSlot } from './game.ts'
import { type Play, periodEnd, type Score } from './play.ts'
import { planPlayOffs } from './play-offs.ts'
import { simulateEnding, simulatePlays } from './plays.ts'
import { type Course, durationMs } from './progress.ts'

/** How a game ended. */
export interface Result extends Score {
  readonly periods: readonly Score[]
  /** Game seconds when it was over. */
  readonly elapsed: number
}

/** One season, complete from the first day: what shows of it depends on the instant one asks about. */
export interface Season {
  readonly year: number
  readonly games: readonly Game[]
  resultOf(game: Game): Result
  playsOf(game: Game): Play[]
  courseOf(game: Game): Course
  /** When the game is over, in ms since the epoch. */
  endOf(game: Game): number
  /** When its result is in the list of games, in ms since the epoch. */
  listedAtOf(game: Game): number
}

const keptSeasons = 8
const listedEveryMs = 5 * minuteMs

/** Makes seasons up on demand; the same seed and year give the same season. */
export const createSeasons = (seed: number): ((year: number) => Season) => keepLatest(keptSeasons, year => planSeason(seed, year))

function planSeason(seed: number, year: number): Season {
  const strengths = new Map(clubs.map(club => [club, createRandom(seed, 'strength', year, club.code)() - 0.5]))
  const strengthOf = (club: Club) => strengths.get(club) ?? 0
  const results = new Map<string, Result>()
  const isPlayOff = ({ type }: Game) => type !== 'REG'

  const optionsOf = (game: Game) => {
    const edge = 0.15 + 1.2 * (strengthOf(game.home) - strengthOf(game.away))
    return { seed, gameId: game.gameId, edge, playOff: isPlayOff(game) }
  }
  const playsOf = (game: Game) => simulatePlays(optionsOf(game))

  function resultOf(game: Game): Result {
    const known = results.get(game.gameId)
    if (known) return known
    const { periods, at } = simulateEnding(optionsOf(game))
    // A tie has played its overtime to the end.
    const elapsed = periods.length > 4 ? at : periodEnd(4, isPlayOff(game))
    const pointsOf = (side: 'home' | 'away') => periods.reduce((sum, points) => sum + points[side], 0)
    const result = { home: pointsOf('home'), away: pointsOf('away'), periods, elapsed }
    results.set(game.gameId, result)
    return result
  }

  function courseOf(game: Game): Course {
    const { periods, elapsed } = resultOf(game)
    return { gameId: game.gameId, periods: periods.length, playOff: isPlayOff(game), elapsed }
  }

  const ends = new Map<string, number>()
  function endOf(game: Game): number {
    const end = ends.get(game.gameId) ?? playedSlot(game).kickOffAt + durationMs(courseOf(game))
    ends.set(game.gameId, end)
    return end
  }
  const listedAtOf = (game: Game) => Math.ceil((endOf(game) + 4 * minuteMs) / listedEveryMs) * listedEveryMs

  const fixtures = planFixtures(seed, year)
  const games = [...fixtures, ...planPlayOffs(year, fixtures, { scoreOf: resultOf, endOf })]
  return { year, games, resultOf, playsOf, courseOf, endOf, listedAtOf }
}

/** From when on the betting lines of a game are in the list, in ms since the epoch. */
export const linesAtOf = ({ slot, decidedAt = 0 }: Game): number => Math.max(decidedAt, slot.kickOffAt - 6 * 24 * hourMs)
