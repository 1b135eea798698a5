import { addDays, type Day } from '../../core/days.ts'
import { hourMs, onOrAfter } from '../eastern.ts'
import { between, createRandom, pick, type Random, shuffle } from '../random.ts'
import { regularWeeksOf, sundayOf } from './calendar.ts'
import type { Club } from './clubs.ts'
import { type Game, gameIdOf, playedSlot, type Slot, slotAt } from './game.ts'
import { type Pair, planMatchups } from './matchups.ts'

const dayMs = 24 * hourMs

/** The games of the schedule, in the order in which they were first to be played. */
export function planFixtures(seed: number, year: number): Game[] {
  const random = createRandom(seed, 'fixtures', year)
  /** The day of each club's last game, as its midnight. */
  const lastDay = new Map<Club, number>()
  const planned = planMatchups(random, regularWeeksOf(year)).flatMap((pairs, index) =>
    planWeek(random, year, index + 1, pairs, lastDay),
  )
  planned.sort((a, b) => a.slot.kickOffAt - b.slot.kickOffAt || (a.gameId < b.gameId ? -1 : 1))
  const games = planned.map((game, index) => ({ ...game, number: index + 1 }))
  return moveSome(random, games)
}

interface Special {
  /** Days after the week's Sunday. */
  readonly offset: number
  readonly minutes: number
  readonly neutral?: true
  readonly western?: true
}

const at = (offset: number, hour: number, minute = 0): Special => ({ offset, minutes: 60 * hour + minute })

/** All kick-offs of a week but those on Sunday at one, in the order in which they choose their games. */
function specialsOf(year: number, week: number): Special[] {
  const sunday = sundayOf(year, week)
  const thanksgiving = addDays(onOrAfter(`${year}-11-01`, 4), 21) === addDays(sunday, -3)
  const christmas = Math.round((Date.parse(`${year}-12-25`) - Date.parse(sunday)) / dayMs)
  const last = week === regularWeeksOf(year)
  return [
    // Every other season opens on a Wednesday.
    ...(week === 1 && year % 2 === 0 ? [at(-4, 20, 20), at(-3, 20, 35)] : []),
    ...(week === 1 && year % 2 === 1 ? [at(-3, 20, 20)] : []),
    ...(week > 1 && !last && !thanksgiving ? [at(-3, 20, 15)] : []),
    ...(thanksgiving ? [at(-3, 12, 30), at(-3, 16, 30), at(-3, 20, 20), at(-2, 15)] : []),
    ...(christmas >= -4 && christmas <= 1 && christmas !== 0 ? [at(christmas, 13), at(christmas, 16, 30)] : []),
    ...(week >= 16 ? [at(-1, 16, 30), at(-1, 20, 15)] : []),
    ...([5, 6, 7, 10].includes(week) ? [{ ...at(0, 9, 30), neutral: true as const }] : []),
    at(0, 20, 20),
    ...(last ? [] : [at(1, 20, 15)]),
    ...[at(0, 16, 5), at(0, 16, 5), at(0, 16, 25), at(0, 16, 25)].map(special => ({ ...special, western: true as const })),
  ]
}

function planWeek(random: Random, year: number, week: number, pairs: readonly Pair[], lastDay: Map<Club, number>): Game[] {
  const sunday = sundayOf(year, week)
  const left = shuffle(random, pairs)
  const games: Game[] = []

  const restOf = ([home, away]: Pair, midnight: number) =>
    (midnight - Math.max(lastDay.get(home) ?? 0, lastDay.get(away) ?? 0)) / dayMs

  function add(pair: Pair, slot: Slot, neutral: boolean): void {
    const [home, away] = pair
    left.splice(left.indexOf(pair), 1)
    games.push({
      gameId: gameIdOf(year, week, away, home),
      season: year,
      type: 'REG',
      week,
      number: 0,
      home,
      away,
      neutral,
      slot,
    })
  }

  for (const { offset, minutes, neutral = false, western } of specialsOf(year, week)) {
    const day = addDays(sunday, offset)
    // Four days of rest, three before the odd Wednesday.
    const midnight = Date.parse(day)
    const rested = left.filter(pair => restOf(pair, midnight) >= (offset === -4 ? 3 : 4))
    const chosen = (western && rested.find(([home]) => home.western)) || rested[0]
    if (chosen) add(chosen, slotAt(day, minutes), neutral)
  }
  for (const pair of [...left]) add(pair, slotAt(sunday, 13 * 60), false)
  for (const { home, away, slot } of games) for (const club of [home, away]) lastDay.set(club, Date.parse(slot.day))
  return games
}

/** Three games move by a day some days before, one is called off on the day itself and played in the middle of the week. */
function moveSome(random: Random, games: readonly Game[]): Game[] {
  const nextOf = ({ home, away, week }: Game) =>
    games.filter(game => game.week > week && [game.home, game.away].some(club => club === home || club === away))
  const free = (game: Game, day: Day) => nextOf(game).every(({ slot }) => Date.parse(slot.day) - Date.parse(day) >= 4 * dayMs)
  const candidates = shuffle(
    random,
    games.filter(({ week, slot, neutral }) => week > 1 && week < 16 && slot.minutes === 13 * 60 && !neutral),
  )
  const moved = new Map<Game, Game>()
  const take = (day: (game: Game) => Day, to: (game: Game, day: Day) => NonNullable<Game['move']>) => {
    const game = candidates.find(candidate => !moved.has(candidate) && free(candidate, day(candidate)))
    if (game) moved.set(game, { ...game, move: to(game, day(game)) })
  }
  const daysOn = (count: number) => (game: Game) => addDays(game.slot.day, count)
  const early = (game: Game, days: number) => game.slot.kickOffAt - days * dayMs + between(random, 0, 6) * hourMs
  take(daysOn(-1), (game, day) => ({ announcedAt: early(game, 6), to: slotAt(day, 16 * 60 + 30) }))
  take(daysOn(1), (game, day) => ({ announcedAt: early(game, 2), to: slotAt(day, 19 * 60) }))
  take(daysOn(1), (game, day) => ({ announcedAt: early(game, 5), to: slotAt(day, 20 * 60 + 15) }))
  const late = pick(random, [2, 3])
  take(daysOn(late), (game, day) => {
    const calledOffAt = game.slot.kickOffAt - between(random, 2, 6) * hourMs
    return { calledOffAt, announcedAt: calledOffAt + between(random, 10, 20) * hourMs, to: slotAt(day, late === 2 ? 1140 : 940) }
  })
  return games.map(game => moved.get(game) ?? game)
}

/** Days that each side of each game has had since its game before; 7 before its first. */
export function restsOf(games: readonly Game[]): Map<Game, { home: number; away: number }> {
  const rests = new Map<Game, { home: number; away: number }>()
  const lastDay = new Map<Club, number>()
  for (const week of Map.groupBy(games, game => game.week).values()) {
    const played = week.map(game => [game, Date.parse(playedSlot(game).day)] as const)
    for (const [game, midnight] of played) {
      const restOf = (club: Club) => Math.round((midnight - (lastDay.get(club) ?? midnight - 7 * dayMs)) / dayMs)
      rests.set(game, { home: restOf(game.home), away: restOf(game.away) })
    }
    for (const [{ home, away }, midnight] of played)
      for (const club of [home, away]) lastDay.set(club, Math.max(midnight, lastDay.get(club) ?? midnight))
  }
  return rests
}
