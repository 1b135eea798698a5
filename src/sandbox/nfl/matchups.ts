import { type Random, shuffle } from '../random.ts'
import { type Club, clubs } from './clubs.ts'

export type Pair = readonly [home: Club, away: Club]

interface Round {
  readonly pairs: readonly Pair[]
  /** Rounds within the divisions come twice, with the sides turned: both have this number. Undefined for the others. */
  readonly derby: number | undefined
}

// Weeks 5 to 14, as indexes: in these each club has its free week.
const [firstFree, lastFree] = [4, 13]
const mostFreeGames = 3

/** Rounds within the divisions. */
const derbyRoundCount = 6

/**
 * Who meets whom, week by week: each club plays its three division rivals at home and away and clubs of three other divisions,
 * 17 games in 18 weeks (before 2021, 16 in 17). Built from as many full rounds, of which 16 games are taken out that have each club once.
 */
export function planMatchups(random: Random, count: number): Pair[][] {
  for (;;) {
    const weeks = orderRounds(random, [...derbyRounds(random), ...crossRounds(random).slice(0, count - derbyRoundCount)])
    const free = chooseFreeGames(random, weeks)
    if (free) return weeks.map(({ pairs }) => pairs.filter(pair => !free.has(pair)))
  }
}

const clubOf = (division: number, seat: number): Club => clubs[4 * division + (seat % 4)] as Club

function derbyRounds(random: Random): Round[] {
  const seats = [
    [0, 1, 2, 3],
    [0, 2, 1, 3],
    [0, 3, 1, 2],
  ] as const
  return seats.flatMap(([a, b, c, d], derby) => {
    const pairs = Array.from({ length: 8 }, (_, division): Pair[] => [
      turned([clubOf(division, a), clubOf(division, b)], random() < 0.5),
      turned([clubOf(division, c), clubOf(division, d)], random() < 0.5),
    ]).flat()
    return [
      { pairs, derby },
      { pairs: pairs.map(pair => turned(pair, true)), derby },
    ]
  })
}

const turned = ([home, away]: Pair, turn: boolean): Pair => (turn ? [away, home] : [home, away])

/** Each division meets three others, in four rounds each; a club is at home in two of the four. */
function crossRounds(random: Random): Round[] {
  const [fixed = 0, ...moving] = shuffle(random, [0, 1, 2, 3, 4, 5, 6, 7])
  return [0, 1, 2].flatMap(turn => {
    const seats = [fixed, ...moving.slice(turn), ...moving.slice(0, turn)]
    return [0, 1, 2, 3].map(shift => ({
      derby: undefined,
      pairs: [0, 1, 2, 3].flatMap(at => {
        const [one, other] = [seats[at] as number, seats[7 - at] as number]
        return [0, 1, 2, 3].map(seat => turned([clubOf(one, seat), clubOf(other, seat + shift)], shift % 2 === 1))
      }),
    }))
  })
}

/** Most rounds between divisions where the free weeks are, derbies in the last week, and return games three weeks later or more. */
function orderRounds(random: Random, rounds: readonly Round[]): Round[] {
  for (;;) {
    const derbies = shuffle(
      random,
      rounds.filter(({ derby }) => derby !== undefined),
    )
    const crosses = shuffle(
      random,
      rounds.filter(({ derby }) => derby === undefined),
    )
    const middle = shuffle(random, [...crosses.slice(0, 8), ...derbies.slice(0, 2)])
    const outer = shuffle(random, [...crosses.slice(8), ...derbies.slice(2, 5)])
    const weeks = [...outer.slice(0, firstFree), ...middle, ...outer.slice(firstFree), ...derbies.slice(5)]
    const apart = weeks.every(({ derby }, week) => {
      const again = weeks.findIndex((other, at) => at > week && derby !== undefined && other.derby === derby)
      return again < 0 || again - week >= 3
    })
    if (apart) return weeks
  }
}

/** Sixteen games, one of each club, that make its free week; undefined where these rounds have none. Always the hardest club next. */
function chooseFreeGames(random: Random, weeks: readonly Round[]): Set<Pair> | undefined {
  const chosen = new Set<Pair>()
  const done = new Set<Club>()
  const perWeek = weeks.map(() => 0)
  const options = new Map(
    clubs.map(club => {
      const own = weeks.flatMap(({ pairs, derby }, week) => {
        const pair = pairs.find(([home, away]) => home === club || away === club)
        return pair && derby === undefined && week >= firstFree && week <= lastFree ? [{ pair, week }] : []
      })
      return [club, shuffle(random, own)]
    }),
  )
  const openOf = (club: Club) =>
    (options.get(club) ?? []).filter(
      ({ pair, week }) => (perWeek[week] as number) < mostFreeGames && pair.every(side => !done.has(side)),
    )
  let triesLeft = 5000

  function choose(): boolean {
    const waiting = clubs.filter(club => !done.has(club)).map(club => ({ open: openOf(club) }))
    const [hardest] = waiting.sort((a, b) => a.open.length - b.open.length)
    if (!hardest) return true
    for (const { pair, week } of hardest.open) {
      if (triesLeft-- <= 0) return false
      chosen.add(pair)
      for (const club of pair) done.add(club)
      perWeek[week] = (perWeek[week] as number) + 1
      if (choose()) return true
      chosen.delete(pair)
      for (const club of pair) done.delete(club)
      perWeek[week] = (perWeek[week] as number) - 1
    }
    return false
  }
  return choose() ? chosen : undefined
}
