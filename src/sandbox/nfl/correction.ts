import { addDays } from '../../core/days.ts'
import { between, createRandom, pick, type Random } from '../random.ts'
import { utcAt } from './calendar.ts'
import { type Game, playedSlot } from './game.ts'
import type { Line } from './sheet.ts'

/** The hour, in UTC, at which a night's work is out. */
const nightlyHour = 9

/** Shares of the games that are looked at again, and how many days later. */
const secondLooks = [
  { share: 0.4, days: 3 },
  { share: 0.12, days: 8 },
]

/** When the lines of a game are out, and when they are out again with a correction, in ms since the epoch. */
export function statesOf(seed: number, game: Game): number[] {
  const { day } = playedSlot(game)
  const random = createRandom(seed, 'is corrected', game.gameId)
  const looks = secondLooks.filter(({ share }) => random() < share)
  return [1, ...looks.map(({ days }) => days)].map(days => utcAt(addDays(day, days), nightlyHour))
}

/**
 * What a second look changes: a tackle goes to another defender, and a catch is said to have been thrown further and carried
 * less far. No sum of a club changes but these yards. Changes the lines it is given.
 */
export function correct(seed: number, { gameId }: Game, look: number, both: readonly (readonly Line[])[]): void {
  const random = createRandom(seed, 'correction', gameId, look)
  const lines = pick(random, both)
  moveTackle(random, lines)
  moveYards(random, lines)
}

function moveTackle(random: Random, lines: readonly Line[]): void {
  const having = lines.filter(({ counts }) => counts.def_tackles_solo > 1)
  if (having.length < 2) return
  const from = pick(random, having)
  const to = pick(
    random,
    having.filter(line => line !== from),
  )
  from.counts.def_tackles_solo--
  to.counts.def_tackles_solo++
}

function moveYards(random: Random, lines: readonly Line[]): void {
  const receivers = lines.filter(({ counts }) => counts.receptions > 0)
  const passer = lines.find(({ counts }) => counts.completions > 0)
  if (receivers.length === 0 || !passer) return
  const { counts } = pick(random, receivers)
  const yards = between(random, 1, 4)
  counts.receiving_air_yards += yards
  counts.receiving_yards_after_catch -= yards
  passer.counts.passing_air_yards += yards
  passer.counts.passing_yards_after_catch -= yards
}
