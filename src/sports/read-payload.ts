import type { z } from 'zod'
import { PayloadError } from '../core/errors.ts'
import type { LiveGame } from '../pipeline/live-feed.ts'
import type { Finding } from '../pipeline/rows.ts'
import { isTooDeep, maxLevels } from './nesting.ts'
import { countsInstead } from './repeated.ts'

/**
 * A payload as its schema has it.
 * @param problem what is malformed; the first thing that is wrong with it follows, with its path
 * @throws PayloadError where it is malformed
 */
export function readPayload<T>(schema: z.ZodType<T>, payload: unknown, problem: string): T {
  const { data, error } = schema.safeParse(payload)
  if (error) throw new PayloadError(`${problem}: ${firstProblem(error)}.`)
  return data as T
}

/** A day has 15 games, a week of the NFL 16. Each that is malformed or unknown is a line of the log. */
const maxEntries = 200

/** Real ids have ten characters. */
export const maxIdLength = 40

/**
 * The games of a live feed. One that is malformed, or of which `toGame` says why it is none, is a finding beside the others.
 * @param what how messages call an entry, before its id
 * @param toGame throws a PayloadError for an entry that contradicts itself
 */
export function readLiveGames<T>(
  schema: z.ZodType<T>,
  entries: readonly unknown[],
  { id, what }: { id: string; what: string },
  toGame: (entry: T) => LiveGame,
): { games: LiveGame[]; findings: Finding[] } {
  const games = new Map<string, LiveGame>()
  const findings: Finding[] = []
  if (entries.length > maxEntries) {
    const message = `The scoreboard has ${entries.length} entries; only the first ${maxEntries} are read.`
    findings.push({ item: 'scoreboard', check: 'scoreboard', message })
  }
  for (const entry of entries.slice(0, maxEntries)) {
    const named = (entry as Record<string, unknown> | null | undefined)?.[id]
    const item = typeof named === 'string' || typeof named === 'number' ? String(named).slice(0, maxIdLength) : 'unnamed'
    if (isTooDeep(entry)) {
      findings.push({ item, check: 'scoreboard', message: `${what} ${item} has more than ${maxLevels} levels.` })
      continue
    }
    const { data, error } = schema.safeParse(entry)
    try {
      if (error) throw new PayloadError(`${what} ${item} is malformed: ${firstProblem(error)}.`)
      take(toGame(data as T))
    } catch (problem) {
      if (!(problem instanceof PayloadError)) throw problem
      findings.push({ item, check: 'scoreboard', message: problem.message })
    }
  }
  return { games: [...games.values()], findings }

  function take(game: LiveGame): void {
    const other = games.get(game.id)
    const isTaken = !other || countsInstead(toRepeated(game), toRepeated(other))
    if (isTaken) games.set(game.id, game)
    if (!other) return
    const [kept, left] = isTaken ? [game, other] : [other, game]
    if (wordsOf(kept) === wordsOf(left)) return
    const message = `${what} ${game.id} is there twice: ${wordsOf(kept)}, which counts, and ${wordsOf(left)}.`
    findings.push({ item: game.id, check: 'listed-twice', message })
  }
}

const toRepeated = ({ state, raw }: LiveGame) => ({ status: state.status, text: JSON.stringify(raw) })

const wordsOf = ({ state: { status, statusText, homeScore, awayScore } }: LiveGame): string =>
  `${[status, statusText].filter(text => text).join(', ')}${homeScore === null ? '' : ` with ${homeScore}:${awayScore}`}`

/** `homeTeam.players.3.personId: expected int, received string` */
function firstProblem({ issues: [issue] }: z.ZodError): string {
  return issue ? `${issue.path.join('.') || 'the payload'}: ${issue.message.replace(/^Invalid input: /, '')}` : 'nothing is known'
}
