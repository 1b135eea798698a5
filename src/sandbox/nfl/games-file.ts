import { weekdayOf } from '../eastern.ts'
import { keepLatest } from '../keep.ts'
import { personName } from '../person-name.ts'
import { between, createRandom, pick } from '../random.ts'
import { type Club, codeIn } from './clubs.ts'
import { type Column, headerOf, rowOf } from './csv.ts'
import { restsOf } from './fixtures.ts'
import { espnIdOf, type Game, pfrGameIdOf, type Slot } from './game.ts'
import type { League } from './league.ts'
import { nameOf, type Player, uuidOf } from './players.ts'
import { linesAtOf, type Result, type Season } from './season.ts'
import { announcedSlot, isListed } from './state.ts'

/** A game as the list of games has it at an instant. */
interface ListedGame {
  readonly game: Game
  readonly slot: Slot
  /** Undefined until it is over and was entered. */
  readonly result: Result | undefined
  readonly odds: Odds | undefined
  readonly rest: { readonly home: number; readonly away: number }
  readonly seed: number
  readonly quarterback: { readonly home: Player; readonly away: Player }
}

interface Odds {
  readonly spread: number
  readonly total: number
  readonly home: number
  readonly away: number
}

/** All instants at which something of a season's rows changes, ascending (ms since the epoch). */
export const listChangesOf = (season: Season): number[] =>
  season.games
    .flatMap(game => [
      ...(game.decidedAt ? [game.decidedAt] : []),
      ...(game.move ? [game.move.announcedAt] : []),
      linesAtOf(game),
      season.listedAtOf(game),
    ])
    .sort((a, b) => a - b)

export const gamesHeader = (): string => headerOf(columns)

/** The rows of a season at an instant (ms since the epoch), in the order in which the games were first to be played. */
export function gameRows(league: League, season: Season, now: number): string[] {
  const rests = restsOf(season.games)
  return season.games
    .filter(game => isListed(game, now))
    .map(game =>
      rowOf(columns, {
        game,
        slot: announcedSlot(game, now),
        result: now >= season.listedAtOf(game) ? season.resultOf(game) : undefined,
        odds: now >= linesAtOf(game) ? oddsOf(league.seed, game) : undefined,
        rest: rests.get(game) ?? { home: 7, away: 7 },
        seed: league.seed,
        quarterback: { home: league.quarterback(game, game.home), away: league.quarterback(game, game.away) },
      }),
    )
}

function oddsOf(seed: number, { gameId }: Game): Odds {
  const random = createRandom(seed, 'odds', gameId)
  const spread = between(random, -14, 20) / 2
  const favourite = -110 - Math.round(30 * Math.abs(spread))
  const outsider = 100 + Math.round(25 * Math.abs(spread))
  const [home, away] = spread > 0 ? [favourite, outsider] : [outsider, favourite]
  return { spread, total: between(random, 76, 106) / 2, home, away }
}

/** Only outdoors, and only once it was seen. */
const weatherOf = ({ game, result, seed }: ListedGame) => {
  if (!result || game.home.roof !== 'outdoors') return undefined
  const random = createRandom(seed, 'weather', game.gameId)
  return { temp: between(random, 20, 85), wind: between(random, 0, 20) }
}

/** A name that a key stands for. */
const nameBy = keepLatest(500, (key: string): string => {
  const { firstName, familyName } = personName(createRandom(key))
  return `${firstName} ${familyName}`
})

const coachOf = (seed: number, season: number, { code }: Club): string =>
  nameBy(`${seed}/coach/${code}/${Math.floor(season / 4)}`)

const referees = Array.from({ length: 17 }, (_, index) => index)
const refereeOf = ({ seed, game }: ListedGame): string =>
  nameBy(`${seed}/referee/${pick(createRandom(seed, 'referee', game.gameId), referees)}`)

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

const timeOf = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

/** In the order of the real file. */
const columns: readonly Column<ListedGame>[] = [
  ['game_id', ({ game }) => game.gameId],
  ['season', ({ game }) => game.season],
  ['game_type', ({ game }) => game.type],
  ['week', ({ game }) => game.week],
  ['gameday', ({ slot }) => slot.day],
  ['weekday', ({ slot }) => weekdays[weekdayOf(slot.day)]],
  ['gametime', ({ slot }) => timeOf(slot.minutes)],
  ['away_team', ({ game }) => codeIn(game.away, game.season)],
  ['away_score', ({ result }) => result?.away],
  ['home_team', ({ game }) => codeIn(game.home, game.season)],
  ['home_score', ({ result }) => result?.home],
  ['location', ({ game }) => (game.neutral ? 'Neutral' : 'Home')],
  ['result', ({ result }) => result && result.home - result.away],
  ['total', ({ result }) => result && result.home + result.away],
  ['overtime', ({ result }) => result && (result.periods.length > 4 ? 1 : 0)],
  ['old_game_id', ({ game }) => game.slot.day.replaceAll('-', '') + String(game.number % 100).padStart(2, '0')],
  ['gsis', ({ game }) => 80_000 + 300 * (game.season - 2022) + game.number],
  ['nfl_detail_id', ({ game, result }) => result && uuidOf('detail', game.gameId)],
  ['pfr', ({ game }) => pfrGameIdOf(game)],
  ['pff', ({ game }) => 60_000 + 300 * (game.season - 2022) + game.number],
  ['espn', ({ game }) => espnIdOf(game)],
  ['ftn', ({ game }) => 20_000 + 300 * (game.season - 2022) + game.number],
  ['away_rest', ({ rest }) => rest.away],
  ['home_rest', ({ rest }) => rest.home],
  ['away_moneyline', ({ odds }) => odds?.away],
  ['home_moneyline', ({ odds }) => odds?.home],
  ['spread_line', ({ odds }) => odds?.spread],
  ['away_spread_odds', ({ odds }) => odds && -110],
  ['home_spread_odds', ({ odds }) => odds && -110],
  ['total_line', ({ odds }) => odds?.total],
  ['under_odds', ({ odds }) => odds && -108],
  ['over_odds', ({ odds }) => odds && -112],
  ['div_game', ({ game }) => (game.home.division === game.away.division ? 1 : 0)],
  ['roof', ({ game }) => game.home.roof],
  ['surface', ({ game }) => game.home.surface],
  ['temp', listed => weatherOf(listed)?.temp],
  ['wind', listed => weatherOf(listed)?.wind],
  ['away_qb_id', ({ result, quarterback }) => result && quarterback.away.gsisId],
  ['home_qb_id', ({ result, quarterback }) => result && quarterback.home.gsisId],
  ['away_qb_name', ({ result, quarterback }) => result && nameOf(quarterback.away)],
  ['home_qb_name', ({ result, quarterback }) => result && nameOf(quarterback.home)],
  ['away_coach', ({ seed, game }) => coachOf(seed, game.season, game.away)],
  ['home_coach', ({ seed, game }) => coachOf(seed, game.season, game.home)],
  ['referee', listed => listed.result && refereeOf(listed)],
  ['stadium_id', ({ game }) => `${game.home.code}00`],
  ['stadium', ({ game }) => game.home.stadium],
]
