import type { Day } from '../../core/days.ts'
import type { StoredEvent } from '../../pipeline/events.ts'
import type { LiveGame, LiveState } from '../../pipeline/live-feed.ts'
import type { Finding, GameRow } from '../../pipeline/rows.ts'
import { storableText } from '../../store/text.ts'

/** A game of a live feed and the stored one it is. */
export interface Pair {
  live: LiveGame
  stored: StoredEvent
  /** The schedule does not have it, and the feed knows enough to store it. */
  unscheduled?: true
}

/** A stored event's row as that of a game. */
export const gameOf = ({ row }: Pick<StoredEvent, 'row'>): GameRow => row as GameRow

/** What of a feed is which stored game. */
export interface Paired {
  pairs: Pair[]
  /** No stored game is meant by them. */
  unknown: LiveGame[]
  /** Games that are said to be stored ones, and that other clubs play, or that are there twice: nothing of them is taken. */
  findings: Finding[]
}

/**
 * Finds the stored game of each live one: by its number, by what its number stands for, or by day and clubs. Each score is that of the
 * club which the feed names, on whatever side the stored game has it.
 */
export function pairUp(games: readonly LiveGame[], events: readonly StoredEvent[], aliases: ReadonlyMap<string, string>): Paired {
  const byId = new Map(events.map(event => [event.id, event]))
  const byClubs = Map.groupBy(events, event => clubsOn(event.day, gameOf(event)))
  const found: Paired = { pairs: [], unknown: [], findings: [] }
  for (const live of games) {
    const { day, sides } = live
    const [alike, ...others] = (day && sides && byClubs.get(clubsOn(day, sides))) || []
    const stored = byId.get(aliases.get(live.id) ?? live.id) ?? (others.length === 0 ? alike : undefined)
    if (!stored) {
      found.unknown.push(live)
      continue
    }
    const turned = withSidesOf(gameOf(stored), live)
    if (turned) found.pairs.push({ live: turned, stored })
    else found.findings.push(otherClubs(stored, live))
  }
  return withoutRivals(found, ({ live, stored }) => (aliases.get(live.id) ?? live.id) === stored.id)
}

/** Of two live games that mean one stored game the one with its number counts, else the one with the lesser number: never their order. */
function withoutRivals({ pairs, unknown, findings }: Paired, isNumbered: (pair: Pair) => boolean): Paired {
  const order = (pair: Pair) => `${isNumbered(pair) ? 0 : 1} ${pair.live.id}`
  const first = new Map<string, Pair>()
  for (const pair of pairs) {
    const other = first.get(pair.stored.id)
    if (!other || order(pair) < order(other)) first.set(pair.stored.id, pair)
  }
  const kept = new Set(first.values())
  const rivals = pairs.filter(pair => !kept.has(pair)).map(({ live, stored }) => listedTwice(stored, live))
  return { pairs: [...kept], unknown, findings: [...findings, ...rivals] }
}

const listedTwice = (stored: StoredEvent, { id, name }: LiveGame): Finding => {
  const message = `The scoreboard's ${name} (${id}) is game ${stored.id}, which another entry is, too: it is skipped.`
  return { item: stored.id, check: 'listed-twice', message }
}

/** Whichever is at home. */
const clubsOn = (day: Day, { homeTeamId, awayTeamId }: Pick<GameRow, 'homeTeamId' | 'awayTeamId'>): string =>
  [day, ...[awayTeamId, homeTeamId].sort()].join(' ')

/** A live game with its clubs on the sides on which the stored game has them; undefined where other clubs play. */
function withSidesOf({ homeTeamId, awayTeamId }: GameRow, live: LiveGame): LiveGame | undefined {
  const { sides, state } = live
  // Play-offs are listed before it is known who plays.
  const isSame = (ours: string | null, theirs: string) => ours === null || ours === theirs
  if (!sides || (isSame(homeTeamId, sides.homeTeamId) && isSame(awayTeamId, sides.awayTeamId))) return live
  if (!isSame(homeTeamId, sides.awayTeamId) || !isSame(awayTeamId, sides.homeTeamId)) return undefined
  const turned = { homeTeamId: sides.awayTeamId, awayTeamId: sides.homeTeamId }
  return { ...live, sides: turned, state: { ...state, homeScore: state.awayScore, awayScore: state.homeScore } }
}

const otherClubs = (stored: StoredEvent, { id, name, sides }: LiveGame): Finding => {
  const { awayTeamId, homeTeamId } = gameOf(stored)
  const theirs = `${sides?.awayTeamId} and ${sides?.homeTeamId}`
  const message = `The scoreboard's ${name} (${id}) is of the clubs ${theirs}, and game ${stored.id} of ${awayTeamId} and ${homeTeamId}: it is skipped.`
  return { item: stored.id, check: 'other-clubs', message }
}

/**
 * Whether a live feed has news of a stored game; by what is stored, so that a restart or another host asks for nothing twice.
 * A game that has not begun is the schedule's business, and one that is over does not begin again: of two that are over the scores
 * count alone, since the schedule has words of its own for it.
 */
export function hasChanged(stored: LiveState, live: LiveState): boolean {
  if (live.status === 'scheduled') return false
  const scores = stored.homeScore !== live.homeScore || stored.awayScore !== live.awayScore
  if (stored.status === 'final') return live.status === 'final' && scores
  // As it would be stored: else every poll would find it changed.
  const statusText = live.statusText === null ? null : storableText(live.statusText)
  return stored.status !== live.status || stored.statusText !== statusText || stored.period !== live.period || scores
}

/** A feed of long ago is no news. */
const isNear = (day: Day, at: Date): boolean => Math.abs(Date.parse(day) - at.getTime()) < 3 * 86_400_000

/** Games that only the live feed knows, as if a schedule had them, where it says enough of them. */
export function withoutSchedule(unknown: readonly LiveGame[], at: Date): { pairs: Pair[]; unknown: LiveGame[] } {
  const pairs = unknown.flatMap(live => {
    const { unscheduled, name } = live
    if (!unscheduled || !isNear(unscheduled.event.gameDate, at)) return []
    const { event } = unscheduled
    const { providerId: id, gameDate: day, season, status, startsAt } = event
    const stored: StoredEvent = { id, day, season, status, startsAt, name, changedAt: at, row: event }
    return [{ live, stored, unscheduled: true as const }]
  })
  const taken = new Set(pairs.map(({ live }) => live))
  return { pairs, unknown: unknown.filter(live => !taken.has(live)) }
}
