import { addDays } from '../../core/days.ts'
import { hourMs } from '../eastern.ts'
import { regularWeeksOf, sundayOf } from './calendar.ts'
import { type Club, clubs } from './clubs.ts'
import { type Game, type GameType, gameIdOf, slotAt } from './game.ts'
import type { Score } from './play.ts'

/** What the play-offs need to know of the games before them. */
export interface Results {
  scoreOf(game: Game): Score
  /** When a game ends, in ms since the epoch. */
  endOf(game: Game): number
}

interface Round {
  readonly type: GameType
  /** Behind the regular weeks, from 1. */
  readonly nth: number
  /** Days after the week's Sunday and Eastern minutes. */
  readonly slots: readonly (readonly [offset: number, minutes: number])[]
}

const wildCard: Round = {
  type: 'WC',
  nth: 1,
  slots: [
    [-1, 990],
    [-1, 1200],
    [0, 780],
    [0, 990],
    [0, 1215],
    [1, 1215],
  ],
}
const divisional: Round = {
  type: 'DIV',
  nth: 2,
  slots: [
    [-1, 990],
    [-1, 1200],
    [0, 900],
    [0, 1110],
  ],
}
const conference: Round = {
  type: 'CON',
  nth: 3,
  slots: [
    [0, 900],
    [0, 1110],
  ],
}
const superBowl: Round = { type: 'SB', nth: 4, slots: [[0, 1110]] }

/** A club and its place in its conference, from 1. */
interface Seed {
  readonly club: Club
  readonly place: number
}

/** Clubs of a conference in the play-offs, and those of them that rest in the first round. */
const placesIn = (year: number) => (year >= 2020 ? { places: 7, resting: 1 } : { places: 6, resting: 2 })

/** The 13 games (before 2020, 11) whose sides follow from other games; the better placed club is at home. */
export function planPlayOffs(year: number, regular: readonly Game[], results: Results): Game[] {
  const games: Game[] = []
  const { places, resting } = placesIn(year)

  function play({ type, nth, slots }: Round, pairs: readonly (readonly [Seed, Seed])[], before: readonly Game[]): Game[] {
    const week = regularWeeksOf(year) + nth
    const decidedAt = Math.max(...before.map(results.endOf)) + hourMs
    const played = pairs.map(([one, other], index): Game => {
      const [home, away] = one.place <= other.place ? [one.club, other.club] : [other.club, one.club]
      const [offset, minutes] = slots[index] as readonly [number, number]
      const slot = slotAt(addDays(sundayOf(year, week), offset), minutes)
      const number = regular.length + games.length + index + 1
      const gameId = gameIdOf(year, week, away, home)
      return { gameId, season: year, type, week, number, home, away, neutral: type === 'SB', slot, decidedAt }
    })
    games.push(...played)
    return played
  }

  const advance = (seeds: readonly Seed[], played: readonly Game[]): Seed[] =>
    seeds.filter(({ club }) => {
      const game = played.find(({ home, away }) => home === club || away === club)
      return !game || winnerOf(game, results) === club
    })

  let seeds = (['AFC', 'NFC'] as const).map(name => seedsOf(name, regular, results, places))
  let before = regular
  for (const round of [wildCard, divisional, conference]) {
    // The best placed rest in the first round; later the best meets the worst that is left.
    const pairs = seeds.flatMap(left => pairUp(round === wildCard ? left.slice(resting) : left))
    const played = play(round, pairs, before)
    seeds = seeds.map(left => advance(left, played))
    before = played
  }
  play(superBowl, [[seeds[0]?.[0] as Seed, seeds[1]?.[0] as Seed]], before)
  return games
}

const pairUp = (seeds: readonly Seed[]) =>
  Array.from({ length: seeds.length / 2 }, (_, index) => [seeds[index] as Seed, seeds.at(-1 - index) as Seed] as const)

const winnerOf = (game: Game, { scoreOf }: Results): Club => {
  const { home, away } = scoreOf(game)
  return home > away ? game.home : game.away
}

/** Four winners of divisions, then the best of the others; drawn by the order of the clubs where equal. */
function seedsOf(name: Club['conference'], games: readonly Game[], { scoreOf }: Results, places: number): Seed[] {
  const points = new Map<Club, number>()
  for (const game of games) {
    const { home, away } = scoreOf(game)
    points.set(game.home, (points.get(game.home) ?? 0) + 1 + Math.sign(home - away))
    points.set(game.away, (points.get(game.away) ?? 0) + 1 + Math.sign(away - home))
  }
  const ranked = clubs
    .filter(club => club.conference === name)
    .sort((a, b) => (points.get(b) ?? 0) - (points.get(a) ?? 0) || a.espnId - b.espnId)
  const first = ranked.filter(club => ranked.find(({ division }) => division === club.division) === club)
  const chosen = [...first, ...ranked.filter(club => !first.includes(club))].slice(0, places)
  return chosen.map((club, index) => ({ club, place: index + 1 }))
}
