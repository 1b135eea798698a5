import { between, createRandom, type Random } from '../random.ts'
import type { Player } from './players.ts'
import { periodEnd } from './plays.ts'

/** A player on the sheet of one game. */
export interface SquadMember {
  readonly player: Player
  readonly active: boolean
  /** Absent for those who play or simply stay on the bench. */
  readonly reason?: { readonly code: string; readonly description?: string }
}

/** Five of the ten who play (indexes into the squad) on court from one game second to another. */
export interface Stint {
  readonly from: number
  readonly to: number
  readonly five: readonly number[]
}

const playing = 10
const injuries = ['Left Ankle; Sprain', 'Right Knee; Soreness', 'Lower Back; Tightness', 'Right Hamstring; Strain', 'Illness']
// Minutes of a game without overtime; they sum to 240.
const minutesWanted = [34, 33, 32, 31, 29, 22, 19, 16, 13, 11]

/** Who is on the sheet: five starters, five who come in, those left on the bench, and the inactive. */
export function chooseSquad(random: Random, roster: readonly Player[]): SquadMember[] {
  const mostAbsent = roster.length - playing - 1
  let absent = 0
  const members = roster.map((player): SquadMember => {
    const away = player.twoWay ? random() < 0.7 : random() < 0.12
    const injury = injuries[between(random, 0, injuries.length - 1)] as string
    if (!away || absent >= mostAbsent) return { player, active: true }
    absent++
    if (player.twoWay) return { player, active: false, reason: { code: 'INACTIVE_GLEAGUE_TWOWAY' } }
    return { player, active: false, reason: { code: 'INACTIVE_INJURY', description: injury } }
  })
  return [...members.filter(({ active }) => active), ...members.filter(({ active }) => !active)]
}

/** Who is on court when: four stints a quarter and two an overtime, each with five of the first ten of the squad. */
export function planStints(seed: number, gameId: string, teamId: number, periods: number): Stint[] {
  const random = createRandom(seed, 'stints', gameId, teamId)
  const played = minutesWanted.map(() => 0)
  const stints: Stint[] = []
  let from = 0
  for (let period = 1; period <= periods; period++) {
    const pieces = period <= 4 ? 4 : 2
    const length = period <= 4 ? 180 : 150
    for (let piece = 1; piece <= pieces; piece++) {
      const jitter = piece === pieces ? 0 : between(random, -50, 50)
      const to = periodEnd(period) - (pieces - piece) * length + jitter
      // Who is furthest behind the minutes he should have by then comes in; the starters begin.
      const due = minutesWanted.map((wanted, index) => (wanted / 48) * to - (played[index] as number) + 60 * random())
      const order = due.map((_, index) => index).sort((a, b) => (due[b] as number) - (due[a] as number))
      const five = stints.length === 0 ? [0, 1, 2, 3, 4] : order.slice(0, 5).sort((a, b) => a - b)
      for (const index of five) played[index] = (played[index] as number) + to - from
      stints.push({ from, to, five })
      from = to
    }
  }
  return stints
}
