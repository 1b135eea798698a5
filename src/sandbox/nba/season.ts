import { hourMs } from '../eastern.ts'
import { keepLatest } from '../keep.ts'
import { createRandom } from '../random.ts'
import { seasonDaysOf, seasonLabel } from './calendar.ts'
import { type Club, clubs } from './clubs.ts'
import { planFixtures } from './fixtures.ts'
import { type Game, playedSlot, seasonYearOfGame } from './game.ts'
import { planKnockout } from './knockout.ts'
import { type Play, type Result, resultOf, simulatePlays } from './plays.ts'
import { durationMs } from './progress.ts'

/** One season, complete from the first day: what shows of it depends on the instant one asks about. */
export interface Season {
  readonly label: string
  readonly year: number
  /** All games that are ever in the schedule. */
  readonly games: readonly Game[]
  find(gameId: string): Game | undefined
  resultOf(game: Game): Result
  playsOf(game: Game): Play[]
  /** When the final whistle blows, in ms since the epoch. */
  endOf(game: Game): number
  /** From when on the box score has its correction, in ms since the epoch; undefined for most games. */
  correctedAtOf(game: Game): number | undefined
}

// A backfill walks the box scores of one season; a few kept seasons (1 MB each) serve several at once.
const keptSeasons = 3

const shareCorrected = 0.12
const correctedAfterMs = 30 * hourMs

/** Makes seasons up on demand; the same seed and year give the same season. */
export const createSeasons = (seed: number): ((year: number) => Season) => keepLatest(keptSeasons, year => planSeason(seed, year))

function planSeason(seed: number, year: number): Season {
  const days = seasonDaysOf(year)
  const strengths = new Map(clubs.map(club => [club, createRandom(seed, 'strength', year, club.teamId)() - 0.5]))
  const strengthOf = (club: Club) => strengths.get(club) ?? 0
  const results = new Map<Game, Result>()

  const playsOf = (game: Game) => simulatePlays(seed, game.gameId, 0.008 + 0.06 * (strengthOf(game.home) - strengthOf(game.away)))

  function resultOfGame(game: Game): Result {
    const known = results.get(game)
    if (known) return known
    const plays = playsOf(game)
    const result = resultOf(plays, Math.max(4, plays.at(-1)?.period ?? 4))
    results.set(game, result)
    return result
  }

  const endOf = (game: Game) => playedSlot(game).tipOffAt + durationMs(resultOfGame(game).periods.length)

  function correctedAtOf(game: Game): number | undefined {
    const corrected = createRandom(seed, 'is corrected', game.gameId)() < shareCorrected
    return corrected ? playedSlot(game).tipOffAt + correctedAfterMs : undefined
  }

  const fixtures = planFixtures(seed, year, days)
  const regular = fixtures.filter(({ type }) => type === 'regular')
  const games = [...fixtures, ...planKnockout(seed, year, days, regular, { scoreOf: resultOfGame, endOf })]
  const byId = new Map(games.map(game => [game.gameId, game]))
  return {
    label: seasonLabel(year),
    year,
    games,
    find: gameId => (seasonYearOfGame(gameId) === year ? byId.get(gameId) : undefined),
    resultOf: resultOfGame,
    playsOf,
    endOf,
    correctedAtOf,
  }
}
