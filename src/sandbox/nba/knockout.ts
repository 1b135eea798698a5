import { addDays, type Day } from '../../core/days.ts'
import { hourMs } from '../eastern.ts'
import { createRandom, type Random } from '../random.ts'
import type { SeasonDays } from './calendar.ts'
import { type Club, clubs } from './clubs.ts'
import { newGame, slotAt, timeFor } from './fixtures.ts'
import { type Game, playedSlot } from './game.ts'
import type { Score } from './plays.ts'

/** What the knock-out games need to know of the games before them. */
export interface Results {
  scoreOf(game: Game): Score
  /** When a game ends, in ms since the epoch. */
  endOf(game: Game): number
}

/** The sides of a game and when the last of the games that decided them ended. */
interface Decided {
  home: Club
  away: Club
  decidedAt: number
}

const conferences = ['East', 'West'] as const
const roundNames = ['First Round', 'Conf. Semifinals', 'Conf. Finals', 'Finals']
const daysPerRound = 18
const gameOffsets = [0, 2, 5, 7, 10, 12, 15]

/** Makes the games whose sides follow from other games: Cup final, play-in and play-offs. */
export function planKnockout(seed: number, year: number, days: SeasonDays, regular: readonly Game[], results: Results): Game[] {
  const random = createRandom(seed, 'knockout', year)
  const table = standings(regular, results)
  const playIn = planPlayIn(random, year, days, table, results)
  const seeds = conferences.map(conference => [
    ...table.ranked(conference).slice(0, 6),
    ...playIn.qualified[conference === 'East' ? 0 : 1],
  ])
  return [
    planCupFinal(year, days, regular, results),
    ...playIn.games,
    ...planPlayOffs(random, year, days, seeds as [Club[], Club[]], lastEnd(playIn.games, results), results),
  ]
}

const lastEnd = (games: readonly Game[], { endOf }: Results) => Math.max(...games.map(endOf))

const winnerOf = (game: Game, { scoreOf }: Results): Club => (scoreOf(game).home > scoreOf(game).away ? game.home : game.away)

/** The clubs by games won; drawn by the order of their ids where equal. */
function standings(games: readonly Game[], results: Results) {
  const wins = new Map<Club, number>()
  for (const game of games) {
    const winner = winnerOf(game, results)
    wins.set(winner, (wins.get(winner) ?? 0) + 1)
  }
  const ranked = (conference: Club['conference']) =>
    clubs.filter(club => club.conference === conference).sort((a, b) => (wins.get(b) ?? 0) - (wins.get(a) ?? 0))
  return { ranked, decidedAt: lastEnd(games, results) }
}

/** One game between the conferences' leaders of early December. */
function planCupFinal(year: number, { cupFinal }: SeasonDays, regular: readonly Game[], results: Results): Game {
  const before = regular.filter(game => playedSlot(game).day <= addDays(cupFinal, -4))
  const { ranked, decidedAt } = standings(before, results)
  const sides = [ranked('West')[0], ranked('East')[0]] as [Club, Club]
  const game = newGame('cup-final', year, 1, sides, slotAt(cupFinal, 20.5 * 60))
  return { ...game, decidedAt, label: 'Sandbox Cup', subLabel: 'Championship', neutral: true }
}

/** The real play-in: 7 against 8 for seed 7; then the loser against the winner of 9 against 10 for seed 8. */
function planPlayIn(random: Random, year: number, days: SeasonDays, table: ReturnType<typeof standings>, results: Results) {
  const games: Game[] = []
  const play = ({ home, away, decidedAt }: Decided, day: Day, subLabel: string): Game => {
    const game = newGame('play-in', year, 101 + games.length, [home, away], timeFor(random, home, day))
    games.push({ ...game, decidedAt, label: 'Play-In Tournament', subLabel })
    return game
  }
  const qualified = conferences.map((conference, index): [Club, Club] => {
    const [seventh, eighth, ninth, tenth] = table.ranked(conference).slice(6, 10) as [Club, Club, Club, Club]
    const { decidedAt } = table
    const first = play({ home: seventh, away: eighth, decidedAt }, days.playIn[index === 0 ? 0 : 1], conference)
    const second = play({ home: ninth, away: tenth, decidedAt }, days.playIn[index === 0 ? 0 : 1], conference)
    const seed7 = winnerOf(first, results)
    const home = first.home === seed7 ? first.away : first.home
    const last = play(
      { home, away: winnerOf(second, results), decidedAt: lastEnd([first, second], results) },
      days.playIn[2],
      conference,
    )
    return [seed7, winnerOf(last, results)]
  }) as [[Club, Club], [Club, Club]]
  return { games, qualified }
}

/**
 * Four rounds of eight series. Two things differ from the real play-offs, so that there are two games or more on each of
 * their 72 days: losers play on for their place, and all seven games of a series are played.
 */
function planPlayOffs(
  random: Random,
  year: number,
  { playOffs }: SeasonDays,
  seeds: [Club[], Club[]],
  playInEnd: number,
  results: Results,
): Game[] {
  const bracket = [0, 7, 3, 4, 2, 5, 1, 6]
  // Whoever meets sits side by side; winners move to the front half of their group, losers to the back.
  let seats = seeds.flatMap(conference => bracket.map(seed => conference[seed] as Club))
  let decidedAt = playInEnd
  const games: Game[] = []
  for (let round = 0; round < 4; round++) {
    const group = 16 >> round
    const first = addDays(playOffs, round * daysPerRound)
    const series = Array.from({ length: 8 }, (_, index) => {
      const [better, other] = [seats[2 * index], seats[2 * index + 1]] as [Club, Club]
      const played = gameOffsets.map((offset, at): Game => {
        const pair: [Club, Club] = [2, 3, 5].includes(at) ? [other, better] : [better, other]
        const slot = timeFor(random, pair[0], addDays(first, offset + (index % 3)))
        const game = newGame('play-offs', year, (round + 1) * 100 + index * 10 + at + 1, pair, slot)
        const name = `Game ${at + 1}`
        return { ...game, decidedAt, label: labelOf(round, index), subLabel: name, seriesGame: name }
      })
      games.push(...played)
      const won = played.filter(game => winnerOf(game, results) === better).length
      return won > 3 ? [better, other] : [other, better]
    })
    decidedAt = lastEnd(games.slice(-56), results) + hourMs
    seats = Array.from({ length: 16 / group }, (_, at) => series.slice((at * group) / 2, ((at + 1) * group) / 2)).flatMap(
      members => [...members.map(([winner]) => winner as Club), ...members.map(([, loser]) => loser as Club)],
    )
  }
  return games
}

/** The main draw is the front of the seats: eight series, then four, two and the Finals. */
const labelOf = (round: number, series: number): string =>
  series < 8 >> round ? `Sandbox ${roundNames[round]}` : `Sandbox Places, Round ${round + 1}`
