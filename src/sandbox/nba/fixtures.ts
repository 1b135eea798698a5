import { addDays, type Day } from '../../core/days.ts'
import { easternAt, hourMs, weekdayOf } from '../eastern.ts'
import { between, createRandom, pick, type Random, shuffle } from '../random.ts'
import type { SeasonDays } from './calendar.ts'
import { allStarSides, type Club, clubs, guest } from './clubs.ts'
import { type Game, type GameType, gameIdOf, type Slot } from './game.ts'

const latest = 22 * 60 + 30
const weekendTimes = [15 * 60, 15.5 * 60, 18 * 60, 19 * 60, 19.5 * 60, 20 * 60]
const weekdayTimes = [19 * 60, 19 * 60, 19 * 60, 19.5 * 60, 19.5 * 60, 20 * 60, 20 * 60]

type Pair = readonly [home: Club, away: Club]

/** Makes the games whose sides are known before the season: in the order of their tip-off, which is that of their ids. */
export function planFixtures(seed: number, year: number, days: SeasonDays): Game[] {
  const random = createRandom(seed, 'fixtures', year)
  return [...planPreseason(random, year, days), ...planRegular(random, year, days), ...planAllStar(year, days)]
}

export function slotAt(day: Day, minutes: number): Slot {
  return { day, minutes, tipOffAt: easternAt(day, minutes) }
}

/** A time people go out at the home club's, as Eastern time. */
export function timeFor(random: Random, home: Club, day: Day): Slot {
  const times = weekdayOf(day) % 6 === 0 ? weekendTimes : weekdayTimes
  return slotAt(day, Math.min(latest, pick(random, times) + home.hoursBehindEastern * 60))
}

export function newGame(type: GameType, year: number, number: number, [home, away]: Pair, slot: Slot): Game {
  return { gameId: gameIdOf(type, year, number), type, home, away, slot, label: '', subLabel: '', seriesGame: '', neutral: false }
}

/** Gives the games of some days their times and then their ids, in the order in which they are played. */
function inOrder(random: Random, type: GameType, year: number, dated: { day: Day; pair: Pair }[]): Game[] {
  const timed = dated.map(({ day, pair }) => ({ pair, slot: timeFor(random, pair[0], day) }))
  timed.sort((a, b) => a.slot.tipOffAt - b.slot.tipOffAt)
  return timed.map(({ pair, slot }, index) => newGame(type, year, index + 1, pair, slot))
}

function planPreseason(random: Random, year: number, { summer, preseason }: SeasonDays): Game[] {
  const visit = preseason[4] as Day
  const dated = [...summer, ...preseason].flatMap(day => {
    const mixed = shuffle(random, clubs)
    const count = day < (preseason[0] as Day) ? between(random, 2, 3) : between(random, 3, 5)
    const pairs = Array.from({ length: count }, (_, index) => [mixed[2 * index], mixed[2 * index + 1]] as unknown as Pair)
    if (day === visit) pairs.push([mixed[2 * count] as Club, guest])
    return pairs.map(pair => ({ day, pair }))
  })
  const firstOfAutumn = preseason[0] as Day
  return inOrder(random, 'preseason', year, dated).map(game => ({
    ...game,
    label: 'Preseason',
    subLabel: game.slot.day < firstOfAutumn ? 'Summer Series' : '',
  }))
}

/**
 * Every club meets every other at home and away (58 rounds), and 12 clubs more both ways (24 rounds): 82 games, 41 at
 * home. A round is spread over two days, so no club plays twice on one.
 */
function planRegular(random: Random, year: number, { regular }: SeasonDays): Game[] {
  const rounds = roundRobin(shuffle(random, clubs))
  const again = shuffle(random, rounds).slice(0, 12)
  const turned = (round: Pair[]) => round.map(([home, away]): Pair => [away, home])
  const all = shuffle(random, [...rounds, ...rounds.map(turned), ...again, ...again.map(turned)])
  const dated = all.flatMap((round, index) => {
    const early = between(random, 5, 10)
    return shuffle(random, round).map((pair, at) => ({ day: regular[2 * index + (at < early ? 0 : 1)] as Day, pair }))
  })
  return postponeSome(random, inOrder(random, 'regular', year, dated), regular)
}

/** The circle method: one stays, the others move on by one seat a round. */
function roundRobin(order: Club[]): Pair[][] {
  const [fixed, ...moving] = order
  return moving.map((_, round) => {
    const seats = [fixed, ...moving.slice(round), ...moving.slice(0, round)] as Club[]
    return Array.from({ length: seats.length / 2 }, (_, seat): Pair => {
      const pair: Pair = [seats[seat] as Club, seats[seats.length - 1 - seat] as Club]
      return (round + seat) % 2 === 0 ? pair : [pair[1], pair[0]]
    })
  })
}

/** Calls off about one game in a hundred; it is played on the first later day on which both clubs are free. */
function postponeSome(random: Random, games: Game[], regular: Day[]): Game[] {
  const busy = new Set(games.flatMap(({ home, away, slot }) => [home, away].map(club => `${club.teamId} ${slot.day}`)))
  return games.map(game => {
    if (random() >= 0.012) return game
    const { home, away, slot } = game
    const sides = [home, away]
    const from = addDays(slot.day, 4)
    const free = regular.find(day => day >= from && sides.every(club => !busy.has(`${club.teamId} ${day}`)))
    if (!free) return game
    for (const club of sides) busy.add(`${club.teamId} ${free}`)
    const calledOffAt = slot.tipOffAt - between(random, 3, 8) * hourMs
    const announcedAt = slot.tipOffAt + between(random, 36, 60) * hourMs
    return { ...game, postponed: { calledOffAt, announcedAt, to: timeFor(random, home, free) } }
  })
}

function planAllStar(year: number, { allStar }: SeasonDays): Game[] {
  return allStar.map((day, index) => {
    const pair: Pair = [allStarSides[index] as Club, allStarSides[(index + 1) % 3] as Club]
    const game = newGame('all-star', year, index + 1, pair, slotAt(day, 20 * 60))
    return { ...game, label: 'All-Star Weekend', subLabel: `Game ${index + 1}`, neutral: true }
  })
}
