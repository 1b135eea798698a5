import { addDays, type Day } from '../core/days.ts'
import type { Calendar, CalendarGame, Sport } from '../pipeline/contract.ts'
import { listGamesToRevisit, listUnfinishedOn, readVanishedGame, type StoredGame } from '../pipeline/stored-games.ts'
import type { Database } from '../store/database.ts'
import type { DailyPlan } from './plan-daily.ts'

/** How many runs try a game that was set aside by themselves; after that a person decides. */
const maxAttempts = 3

export interface DayChunk {
  day: Day
  /** All games of the day, so that the day counts as loaded; else only those to look at again. */
  whole: boolean
  games: CalendarGame[]
}

export interface ChunkOptions {
  plan: DailyPlan
  today: Day
  date: Day | undefined
  catchUp: boolean
}

/** The chunks of a daily run, oldest day first: whole days, and single games of earlier days that are to be looked at again. */
export async function planChunks(
  database: Database,
  sport: Sport,
  calendar: Calendar,
  { plan, today, date, catchUp }: ChunkOptions,
): Promise<DayChunk[]> {
  const whole = new Set(plan.days)
  // An explicit date asks for that day: lines of the days before it are not compared again.
  const correctedSince = date ? undefined : addDays(plan.target, -sport.lookbackDays)
  const stored = await database.run(async sql => [
    ...(catchUp ? await listGamesToRevisit(sql, { sport: sport.id, upTo: plan.target, correctedSince, maxAttempts }) : []),
    ...(await listUnfinishedOn(sql, sport.id, plan.days)),
  ])
  const byDay = new Map<Day, Map<string, CalendarGame>>(
    plan.days.map(day => [day, new Map(calendar.gamesOn(day).map(game => [game.id, game]))]),
  )
  for (const game of stored) {
    const entry = calendar.find(game.id) ?? (await vanished(database, sport, calendar, game, today))
    // A game that was moved into a day that is loaded anyway is loaded there.
    if (!entry || (whole.has(entry.day) && entry.day !== game.day)) continue
    const games = byDay.get(game.day) ?? new Map<string, CalendarGame>()
    byDay.set(game.day, games.set(entry.id, entry))
  }
  return [...byDay]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, games]) => ({ day, whole: whole.has(day), games: [...games.values()] }))
}

/** A game of the calendar's own season that it no longer lists will not be played; of another season nothing can be said. */
async function vanished(
  database: Database,
  sport: Sport,
  calendar: Calendar,
  game: StoredGame,
  today: Day,
): Promise<CalendarGame | undefined> {
  if (game.season !== calendar.season || game.day >= today) return undefined
  const row = await database.run(sql => readVanishedGame(sql, sport.id, game.id))
  return { id: game.id, day: game.day, read: () => ({ game: row, teams: [] }), raw: () => Buffer.from('') }
}
