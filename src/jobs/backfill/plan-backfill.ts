import type { Day } from '../../core/days.ts'
import type { Calendar, CalendarGame, GameStatus } from '../../pipeline/contract.ts'
import { type Window, windowsOfDays, windowsOfGames } from './chunk-windows.ts'

/** Games of a chunk where their days decide: half a minute's work at two requests a second, and what is lost when it is. */
const gamesPerChunk = 50

export interface BackfillRequest {
  /** Only games from this id on, compared as text. */
  since: string | undefined
  from: Day | undefined
  /** The last day; yesterday where missing. */
  to: Day
  /** Days of a chunk; chunks of even game counts where missing. */
  chunkDays: number | undefined
}

/** What is known of a season before a backfill. */
export interface SeasonState {
  watermark: string | undefined
  /** Beyond the watermark. */
  settled: ReadonlySet<string>
  stored: ReadonlyMap<string, { day: Day; status: GameStatus; seasonType: string }>
  /** Settled, and asked for nevertheless: not listed when the watermark passed them, or set aside for a reason that passes. */
  again: ReadonlySet<string>
  /** Of the days that were named, wherever they are listed now: rows of theirs are missing. */
  holes: ReadonlySet<string>
  /** Stored games that the calendar no longer lists, and what follows from that. */
  unlisted: readonly CalendarGame[]
  /** Only games of these windows; of all where missing. */
  only: readonly Window[] | undefined
}

export interface BackfillChunk extends Window {
  games: CalendarGame[]
}

export interface BackfillPlan {
  /** Games that are asked for, in the order of their days. */
  games: CalendarGame[]
  /** Games of the same days that are settled. */
  settled: number
  /** Lazily. */
  chunks(): Generator<BackfillChunk>
}

/**
 * Which games of a season are asked for, and in which chunks. All up to a day that are neither at or below the watermark nor settled
 * beyond it; and, wherever they are, those that are stored and not over: they are found by status and date, not by id.
 */
export function planBackfill(calendar: Calendar, request: BackfillRequest, state: SeasonState): BackfillPlan {
  const { since, from, to, chunkDays } = request
  const isMeant = ({ id, day }: CalendarGame) =>
    ((day <= to && (!from || day >= from)) || state.holes.has(id)) &&
    (!since || id >= since) &&
    (!state.only || state.only.some(window => day >= window.from && day <= window.to))
  const meant = [...calendar.games, ...state.unlisted].filter(isMeant)
  const games = meant.filter(game => !isSettled(game, state)).sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))

  function* chunks(): Generator<BackfillChunk> {
    const [first, last] = [games[0]?.day, games.at(-1)?.day]
    if (!first || !last) return
    const byDay = Map.groupBy(games, game => game.day)
    const gamesOn = (day: Day) => byDay.get(day)?.length ?? 0
    const windows = chunkDays
      ? windowsOfDays({ from: from && from < first ? from : first, to: [last, to].sort()[1] as Day }, chunkDays)
      : windowsOfGames({ from: first, to: last }, gamesOn, gamesPerChunk)
    let taken = 0
    for (const window of windows) {
      const start = taken
      while (taken < games.length && (games[taken]?.day as Day) <= window.to) taken++
      if (taken > start) yield { ...window, games: games.slice(start, taken) }
    }
  }

  return { games, settled: meant.length - games.length, chunks }
}

const orderOf = ({ day, id }: CalendarGame): string => `${day} ${id}`

function isSettled(game: CalendarGame, { watermark, settled, stored, again, holes }: SeasonState): boolean {
  if (again.has(game.id) || holes.has(game.id)) return false
  if (!settled.has(game.id) && game.id > (watermark ?? '')) return false
  const status = stored.get(game.id)?.status
  // Called off, and on again.
  if (status === 'cancelled') return !isOn(game)
  return status === undefined || status === 'final'
}

function isOn(game: CalendarGame): boolean {
  try {
    return game.read().game.status !== 'cancelled'
  } catch {
    return false
  }
}
