import { addDays, type Day, eachDay } from '../../core/days.ts'
import type { Calendar, CalendarGame, GameSport } from '../../pipeline/contract.ts'
import { listGamesToRevisit, listUnfinishedOn } from '../../pipeline/stored-games.ts'
import type { Database } from '../../store/database.ts'
import { checkWhole, entryOf } from '../calendar-entries.ts'
import type { DailyPlan } from './plan-daily.ts'

/** How many runs try a game that was set aside for that alone; after that a person decides. A day that is loaded anyway has all its games asked for. */
export const maxAttempts = 3

export interface DayChunk {
  day: Day
  /** All games of the day, so that the day counts as loaded; else only those to look at again. */
  whole: boolean
  games: CalendarGame[]
}

export interface ChunkOptions {
  plan: DailyPlan
  today: Day
  /** The day that was asked for, where one was. */
  date: Day | undefined
  catchUp: boolean
  /** Some datasets are left out: games of other days are not looked at. */
  partial: boolean
  /** Where the watermark stood before, and the first day that runs have loaded; undefined where none has. */
  watermark: { before: Day; first: Day } | undefined
}

/** The chunks of a daily run, oldest day first: whole days, and games of earlier days that are to be looked at again. */
export async function planChunks(
  database: Database,
  sport: GameSport,
  calendar: Calendar,
  options: ChunkOptions,
): Promise<DayChunk[]> {
  const { plan } = options
  await checkWhole(database, sport, calendar)
  const byDay = new Map<Day, Map<string, CalendarGame>>(plan.days.map(day => [day, byId(calendar.gamesOn(day))]))
  const add = (day: Day, game: CalendarGame) => byDay.set(day, (byDay.get(day) ?? new Map()).set(game.id, game))
  const lookback = lookbackDays(sport, options).filter(day => !byDay.has(day) && calendar.covers(day))
  // All that is listed now, so that a game that came into such a day is found, too.
  for (const day of lookback) for (const game of calendar.gamesOn(day)) add(day, game)

  const revisit = { sport: sport.id, upTo: plan.target, maxAttempts }
  const stored = await database.run(async sql => [
    ...(options.catchUp && !options.partial ? await listGamesToRevisit(sql, revisit) : []),
    ...(await listUnfinishedOn(sql, sport.id, plan.days)),
  ])
  const whole = new Set(plan.days)
  for (const game of stored) {
    const entry = await entryOf(database, sport, calendar, game, options.today)
    // A game that was moved into a day that is loaded anyway is loaded there.
    if (entry && !(byDay.has(entry.day) && entry.day !== game.day)) add(game.day, entry)
  }
  return [...byDay]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, games]) => ({ day, whole: whole.has(day), games: [...games.values()] }))
}

const byId = (games: readonly CalendarGame[]) => new Map(games.map(game => [game.id, game]))

/**
 * Days loaded before whose lines may have been corrected since: counted back from the day up to which they were looked at, so that
 * an outage loses no correction. An explicit date asks for that day alone.
 */
function lookbackDays(sport: GameSport, { plan, date, catchUp, partial, watermark }: ChunkOptions): Day[] {
  if (date || !catchUp || partial || !watermark) return []
  // The first day that has not been loaded: at most the target, which is loaded in any case.
  const next = [addDays(watermark.before, 1), plan.target].sort()[0] as Day
  const [from, upTo] = [addDays(next, -sport.lookbackDays), addDays(next, -1)]
  const loadedFrom = [from, watermark.first].sort()[1] as Day
  return eachDay(loadedFrom, upTo)
}
