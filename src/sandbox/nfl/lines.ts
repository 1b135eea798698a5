import { createRandom } from '../random.ts'
import { type CountName, type Counts, noCounts, type Tally } from './counts.ts'
import { type Lineup, playerAt } from './lineup.ts'
import type { Play } from './play.ts'
import type { Player } from './players.ts'
import type { Place } from './positions.ts'
import { recordPlay } from './record-play.ts'

/** What one player did in a game; no player for what a club as a whole was penalised for. */
export interface Line extends Tally {
  readonly player: Player | undefined
  readonly counts: Counts
  readonly fieldGoals: { made: number[]; missed: number[] }
}

/** The lines of one side, which grow as plays are recorded. */
export interface Sheet {
  /** Adds to the counts of the n-th player of a place. */
  count(who: Who, changes: Partial<Record<CountName, number>>): void
  line(who: Who): Line
}

/** The n-th player of a place, or the club as a whole. */
export type Who = readonly [place: Place, nth: number] | 'club'

/** Both sides' lines of a whole game: of each player who did something that is counted, in the order in which they first did. */
export function linesOf(
  seed: number,
  gameId: string,
  plays: readonly Play[],
  lineups: readonly [Lineup, Lineup],
): [home: Line[], away: Line[]] {
  const random = createRandom(seed, 'lines', gameId)
  const both = [createSheet(lineups[0]), createSheet(lineups[1])] as const
  for (const play of plays) recordPlay(random, play, [both[0].sheet, both[1].sheet])
  return [[...both[0].lines.values()], [...both[1].lines.values()]]
}

function createSheet(lineup: Lineup) {
  const lines = new Map<Player | undefined, Line>()
  const line = (who: Who): Line => {
    const player = who === 'club' ? undefined : playerAt(lineup, ...who)
    const known = lines.get(player) ?? { player, counts: noCounts(), fieldGoals: { made: [], missed: [] } }
    lines.set(player, known)
    return known
  }
  const sheet: Sheet = {
    line,
    count(who, changes) {
      const { counts } = line(who)
      for (const name in changes) counts[name as CountName] += changes[name as CountName] ?? 0
    },
  }
  return { lines, sheet }
}
