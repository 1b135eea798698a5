import { between, createRandom } from '../random.ts'
import { type Ball, otherSide, type Play, periodEnd, type Score, type Side } from './play.ts'

export interface PlaysOptions {
  readonly seed: number
  readonly gameId: string
  /** Yards a play that the home side gains more than the other. */
  readonly edge: number
  readonly playOff: boolean
}

type Details = Partial<Omit<Play, keyof Ball | 'next' | 'kind'>> & { seconds?: number }

/** How a game ended. */
export interface Ending {
  /** Points in each period, four at least. */
  readonly periods: readonly Score[]
  /** Game seconds at the end of the last play. */
  readonly at: number
}

/** All plays of a game. */
export function simulatePlays(options: PlaysOptions): Play[] {
  const plays: Play[] = []
  playGame(options, plays)
  return plays
}

/** How a game ends, without the plays that lead there: the list of all seasons has the scores of 7,500 games. */
export const simulateEnding = (options: PlaysOptions): Ending => playGame(options)

/**
 * Plays a game. Draws one after the other, so what a game was at some moment it stays.
 * @param plays gets all plays, in their order
 */
function playGame({ seed, gameId, edge, playOff }: PlaysOptions, plays?: Play[]): Ending {
  const random = createRandom(seed, 'plays', gameId)
  const periods = Array.from({ length: 4 }, () => ({ home: 0, away: 0 }))
  const score = [0, 0]
  const receivesFirst: Side = random() < 0.5 ? 0 : 1
  let [at, period] = [0, 1]
  let ball: Ball = { side: receivesFirst, down: 1, distance: 10, toGo: 70 }
  let kicker: Side | undefined = otherSide(receivesFirst)
  /** Who has had the ball in an overtime. */
  let hadBall = new Set<Side>()
  /** Of the last play: its points, and whether the other side has the ball now. */
  let [lastPoints, turned] = [0, false]

  const end = () => periodEnd(period, playOff)
  const exponential = (mean: number) => -Math.log(1 - random()) * mean

  // Written out, not spread: a season has 48,000 plays.
  function add(kind: Play['kind'], next: Ball, details: Details): void {
    const { seconds = 0, scorer = ball.side, points = 0 } = details
    const { yards = 0, returned = 0, good = false, fumbled = false, touchdown = false } = details
    const { side, down, distance, toGo } = ball
    at = Math.min(end(), at + seconds)
    if (points > 0) {
      score[scorer] = (score[scorer] as number) + points
      const inPeriod = periods[period - 1]
      if (inPeriod) inPeriod[scorer === 0 ? 'home' : 'away'] += points
    }
    lastPoints = points
    turned = kind !== 'kick-off' && next.side !== side
    plays?.push({ side, down, distance, toGo, kind, period, at, yards, returned, good, fumbled, touchdown, points, scorer, next })
    ball = next
  }

  const firstAndTen = (side: Side, toGo: number): Ball => {
    const spot = Math.max(1, Math.min(99, toGo))
    return { side, down: 1, distance: Math.min(10, spot), toGo: spot }
  }
  /** After a touchdown: the try. In an overtime there is none. */
  const tryFor = (side: Side): Ball => ({ side, down: 0, distance: 0, toGo: 15 })

  function scoreTouchdown(kind: Play['kind'], scorer: Side, details: Details): void {
    add(kind, tryFor(scorer), { ...details, touchdown: true, points: 6, scorer })
    kicker = scorer
    if (period > 4) return
    const two = random() < 0.08
    const good = random() < (two ? 0.48 : 0.945)
    add(two ? 'two-points' : 'extra-point', firstAndTen(otherSide(scorer), 70), { good, points: good ? (two ? 2 : 1) : 0 })
  }

  function kickOff(from: Side): void {
    kicker = undefined
    const receiver = otherSide(from)
    ball = { side: from, down: 0, distance: 0, toGo: 65 }
    if (random() < 0.004) scoreTouchdown('kick-off', receiver, { returned: between(random, 90, 104), seconds: 13 })
    else {
      const returned = random() < 0.4 ? between(random, 16, 38) : 0
      add('kick-off', firstAndTen(receiver, returned ? 102 - returned : 70), { returned, seconds: returned ? 6 : 0 })
    }
  }

  function punt(): void {
    const { side, toGo } = ball
    const defence = otherSide(side)
    const landed = toGo - Math.min(toGo - 8, between(random, 38, 54))
    if (random() < 0.004) scoreTouchdown('punt', defence, { returned: 100 - landed, seconds: 14 })
    else {
      const returned = landed > 12 && random() < 0.45 ? Math.min(60, Math.round(exponential(9))) : 0
      add('punt', firstAndTen(defence, landed <= 8 ? 80 : 100 - landed - returned), { returned, seconds: 9 })
    }
  }

  function kickFieldGoal(): void {
    const { side, toGo } = ball
    const yards = toGo + 17
    const good = random() < (yards < 40 ? 0.96 : yards < 50 ? 0.83 : 0.66)
    add('field-goal', firstAndTen(otherSide(side), good ? 70 : 100 - toGo), { yards, good, points: good ? 3 : 0, seconds: 5 })
    if (good) kicker = side
  }

  /** The other side has the ball where it lies, or carries it home. */
  function lose(kind: Play['kind'], yards: number, returned: number, fumbled = true): void {
    const defence = otherSide(ball.side)
    const spot = Math.min(99, Math.max(1, ball.toGo - yards))
    if (returned >= 100 - spot) scoreTouchdown(kind, defence, { fumbled, yards, returned: 100 - spot, seconds: 11 })
    else add(kind, firstAndTen(defence, 100 - spot - returned), { fumbled, yards, returned, seconds: 8 })
  }

  function gain(kind: 'run' | 'pass' | 'sack', wanted: number, seconds: number): void {
    const { side, down, distance, toGo } = ball
    const yards = Math.max(Math.min(wanted, toGo), toGo - 100)
    const spot = Math.min(99, toGo - yards)
    if (yards === toGo) scoreTouchdown(kind, side, { yards, seconds: 8 })
    else if (toGo - yards >= 100 && kind !== 'pass') {
      add(kind, firstAndTen(otherSide(side), 70), { yards, seconds: 6, points: 2, scorer: otherSide(side) })
      kicker = side
    } else if (yards >= distance) add(kind, firstAndTen(side, spot), { yards, seconds })
    else if (down === 4) add(kind, firstAndTen(otherSide(side), 100 - spot), { yards, seconds })
    else add(kind, { side, down: down + 1, distance: distance - yards, toGo: spot }, { yards, seconds })
  }

  function run(more: number): void {
    const yards = Math.round(exponential(6.2) - 1.7 + more)
    if (random() < 0.007) lose('run', Math.max(0, yards), Math.round(exponential(4)))
    else gain('run', yards, between(random, 28, 42))
  }

  function pass(more: number): void {
    const draw = random()
    if (draw < 0.065) {
      const yards = -between(random, 3, 10)
      if (random() < 0.08) lose('sack', yards, Math.round(exponential(5)))
      else gain('sack', yards, between(random, 26, 40))
    } else if (draw < 0.088) lose('interception', between(random, 2, 24), Math.round(exponential(13)), false)
    else if (draw < 0.385) {
      const { side, toGo, down } = ball
      const next = down === 4 ? firstAndTen(otherSide(side), 100 - toGo) : { ...ball, down: down + 1 }
      add('incomplete', next, { seconds: between(random, 5, 8) })
    } else {
      const yards = Math.round(exponential(9.6) + 1 + more)
      if (random() < 0.006) lose('pass', yards, Math.round(exponential(4)))
      else gain('pass', yards, between(random, 22, 38))
    }
  }

  function scrimmage(): void {
    const { side, down, distance, toGo } = ball
    const hurried = (period === 2 || period >= 4) && end() - at < 30 && toGo < 40
    const goesForIt = down < 4 || (distance <= 2 && toGo < 60 && random() < 0.35)
    const more = side === 0 ? edge : -edge
    if (hurried || (!goesForIt && toGo < 38)) kickFieldGoal()
    else if (!goesForIt) punt()
    else if (random() < (distance > 6 ? 0.66 : 0.5)) pass(more)
    else run(more)
  }

  /** A touchdown or a safety ends an overtime at once, a field goal when the other side has had the ball. */
  function decided(): boolean {
    if (period <= 4 || score[0] === score[1]) return false
    return lastPoints === 6 || lastPoints === 2 || (turned && hadBall.size === 2)
  }

  for (;;) {
    if (at >= end()) {
      const tied = score[0] === score[1]
      if (period >= 4 && (!tied || (period > 4 && !playOff))) return { periods, at }
      period++
      if (period > 4) periods.push({ home: 0, away: 0 })
      if (period === 3) kicker = receivesFirst
      if (period >= 5) {
        kicker = random() < 0.5 ? 0 : 1
        hadBall = new Set()
      }
    }
    if (kicker !== undefined) kickOff(kicker)
    if (kicker === undefined) {
      hadBall.add(ball.side)
      scrimmage()
    }
    if (decided()) return { periods, at }
  }
}
