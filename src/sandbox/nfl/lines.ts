import { createRandom } from '../random.ts'
import { type CountName, noCounts } from './counts.ts'
import { type Lineup, playerAt } from './lineup.ts'
import type { Play } from './play.ts'
import type { Player } from './players.ts'
import { recordPlay } from './record-play.ts'
import type { Line, Sheet, Who } from './sheet.ts'

/** Of somebody who has done nothing yet. */
export const emptyLine = (): Omit<Line, 'player'> => ({
  counts: noCounts(),
  fieldGoals: { made: [], missed: [] },
  longest: new Map(),
})

const lengths: ReadonlySet<string> = new Set<CountName>([
  'rushing_yards',
  'receiving_yards',
  'kickoff_return_yards',
  'punt_return_yards',
])

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
    const known = lines.get(player) ?? { player, ...emptyLine() }
    lines.set(player, known)
    return known
  }
  const sheet: Sheet = {
    line,
    count(who, changes) {
      const { counts, longest } = line(who)
      for (const name in changes) {
        const change = changes[name as CountName] ?? 0
        counts[name as CountName] += change
        if (lengths.has(name)) longest.set(name as CountName, Math.max(longest.get(name as CountName) ?? change, change))
      }
    },
  }
  return { lines, sheet }
}
