import type { Day } from '../../core/days.ts'
import type { LiveGame, LiveState } from '../../pipeline/contract.ts'
import type { Fixture } from '../../pipeline/fixtures.ts'

/** A game of a live file and the stored one it is. */
export interface Pair {
  live: LiveGame
  fixture: Fixture
  /** The schedule does not have it, and the list knows enough to store it. */
  unscheduled?: true
}

/** Finds the stored game of each live one: by its number, by what its number stands for, or by day and sides. */
export function pairUp(
  games: readonly LiveGame[],
  fixtures: readonly Fixture[],
  aliases: ReadonlyMap<string, string>,
): { pairs: Pair[]; unknown: LiveGame[] } {
  const byId = new Map(fixtures.map(fixture => [fixture.game.providerId, fixture]))
  const bySides = new Map(fixtures.map(fixture => [sidesOf(fixture), fixture]))
  const pairs: Pair[] = []
  const unknown: LiveGame[] = []
  for (const live of games) {
    const { day, homeTeamId, awayTeamId } = live.fixture ?? {}
    const fixture = byId.get(aliases.get(live.id) ?? live.id) ?? (day && bySides.get(`${day} ${awayTeamId} ${homeTeamId}`))
    if (fixture) pairs.push({ live, fixture })
    else unknown.push(live)
  }
  return { pairs, unknown }
}

const sidesOf = ({ game }: Fixture): string => `${game.gameDate} ${game.awayTeamId} ${game.homeTeamId}`

/**
 * Whether a live file has news of a stored game; by what is stored, so that a restart or another host asks for nothing twice.
 * A game that has not begun is the schedule's business, and one that is over does not begin again: of two that are over the scores
 * count alone, since the schedule has words of its own for it.
 */
export function hasMoved(stored: LiveState, live: LiveState): boolean {
  if (live.status === 'scheduled') return false
  const scores = stored.homeScore !== live.homeScore || stored.awayScore !== live.awayScore
  if (stored.status === 'final') return live.status === 'final' && scores
  return stored.status !== live.status || stored.statusText !== live.statusText || stored.period !== live.period || scores
}

/** A list of long ago is no news. */
const isNear = (day: Day, at: Date): boolean => Math.abs(Date.parse(day) - at.getTime()) < 3 * 86_400_000

/** Games that only the live file knows, as if a schedule had them, where it says enough of them. */
export function withoutSchedule(unknown: readonly LiveGame[], at: Date): { pairs: Pair[]; unknown: LiveGame[] } {
  const pairs = unknown.flatMap(live => {
    const { unscheduled, name } = live
    return unscheduled && isNear(unscheduled.game.gameDate, at)
      ? [{ live, fixture: { game: unscheduled.game, name, changedAt: at }, unscheduled: true as const }]
      : []
  })
  const taken = new Set(pairs.map(({ live }) => live))
  return { pairs, unknown: unknown.filter(live => !taken.has(live)) }
}
