import { date, index, integer, jsonb, numeric, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant } from '../store/columns.ts'

/** Results of the stats functions (docs/stats.md). Only `src/stats` writes them. */

const number = (name: string) => numeric(name, { precision: 16, scale: 2, mode: 'number' })
const day = (name: string) => date(name, { mode: 'string' })
const sport = () => text('sport').notNull()
const season = () => text('season').notNull()
const player = () => text('player_id').notNull()
/** When one of its values changed. */
const changed = () => ({ updatedAt: instant('updated_at').notNull() })

/** What a player has done in several events. */
const sums = () => ({
  /** Null of a player of several. */
  teamId: text('team_id'),
  events: integer('events').notNull(),
  wins: integer('wins').notNull(),
  points: number('points').notNull(),
  pointsPerEvent: number('points_per_event').notNull(),
  bestPoints: number('best_points').notNull(),
  rating: number('rating').notNull(),
  /** Sums of the sport's measures, by their names. */
  totals: jsonb('totals').$type<Record<string, number>>().notNull(),
  firstDate: day('first_date').notNull(),
  lastDate: day('last_date').notNull(),
  ...changed(),
})

export const seasonStats = pgTable(
  'season_stats',
  { sport: sport(), season: season(), stage: text('stage').notNull(), playerId: player(), ...sums() },
  t => [primaryKey({ columns: [t.sport, t.playerId, t.season, t.stage] })],
)

export const halfSeasonStats = pgTable(
  'half_season_stats',
  { sport: sport(), season: season(), half: integer('half').notNull(), playerId: player(), ...sums() },
  t => [primaryKey({ columns: [t.sport, t.playerId, t.season, t.half] })],
)

export const allTimeStats = pgTable(
  'all_time_stats',
  { sport: sport(), stage: text('stage').notNull(), playerId: player(), seasons: integer('seasons').notNull(), ...sums() },
  t => [primaryKey({ columns: [t.sport, t.playerId, t.stage] })],
)

/** The ten best of each category, and who is level with the tenth. */
export const hallOfFame = pgTable(
  'hall_of_fame',
  {
    sport: sport(),
    category: text('category').notNull(),
    playerId: player(),
    rank: integer('rank').notNull(),
    value: number('value').notNull(),
    events: integer('events').notNull(),
    /** Of a season's category, the first in which it was so. */
    season: text('season'),
    ...changed(),
  },
  t => [primaryKey({ columns: [t.sport, t.category, t.playerId] })],
)

/** A player's last five events, beside the five before. */
export const recentPerformance = pgTable(
  'recent_performance',
  {
    sport: sport(),
    playerId: player(),
    events: integer('events').notNull(),
    pointsPerEvent: number('points_per_event').notNull(),
    rating: number('rating').notNull(),
    /** Points an event, less those of the five events before; null without any. */
    trend: number('trend'),
    /** The newest first. */
    form: jsonb('form').$type<{ event: string; date: string; points: number; rating: number }[]>().notNull(),
    lastDate: day('last_date').notNull(),
    ...changed(),
  },
  t => [primaryKey({ columns: [t.sport, t.playerId] })],
)

/** Who was first in a season in what, and its best events. */
export const honourRoll = pgTable(
  'honour_roll',
  {
    sport: sport(),
    season: season(),
    /** `most_points`, `points_per_event`, `record_points`, … */
    honour: text('honour').notNull(),
    playerId: player(),
    /** Of a record; empty where it is about the season. */
    eventId: text('event_id').notNull(),
    value: number('value').notNull(),
    events: integer('events').notNull(),
    ...changed(),
  },
  t => [primaryKey({ columns: [t.sport, t.season, t.honour, t.playerId, t.eventId] })],
)

export const matchReport = pgTable(
  'match_report',
  {
    sport: sport(),
    eventId: text('event_id').notNull(),
    season: season(),
    stage: text('stage').notNull(),
    eventDate: day('event_date').notNull(),
    performers: integer('performers').notNull(),
    points: number('points').notNull(),
    /** Clubs and scores, or course and race. */
    facts: jsonb('facts').$type<Record<string, unknown>>().notNull(),
    /** The three best by their rating, and who is level with the third. */
    best: jsonb('best')
      .$type<{ rank: number; player: string; team: string | null; points: number; rating: number }[]>()
      .notNull(),
    ...changed(),
  },
  t => [primaryKey({ columns: [t.sport, t.eventId] }), index('match_report_season').on(t.sport, t.season)],
)

export const personalBests = pgTable(
  'personal_bests',
  {
    sport: sport(),
    playerId: player(),
    measure: text('measure').notNull(),
    value: number('value').notNull(),
    /** The first event in which it was reached. */
    eventId: text('event_id').notNull(),
    eventDate: day('event_date').notNull(),
    times: integer('times').notNull(),
    ...changed(),
  },
  t => [primaryKey({ columns: [t.sport, t.playerId, t.measure] })],
)

export const playerProfileStats = pgTable(
  'player_profile_stats',
  {
    sport: sport(),
    playerId: player(),
    seasons: integer('seasons').notNull(),
    events: integer('events').notNull(),
    wins: integer('wins').notNull(),
    points: number('points').notNull(),
    pointsPerEvent: number('points_per_event').notNull(),
    rating: number('rating').notNull(),
    firstDate: day('first_date').notNull(),
    lastDate: day('last_date').notNull(),
    /** The one with the most points; of several the first. */
    bestSeason: text('best_season').notNull(),
    bestSeasonPoints: number('best_season_points').notNull(),
    /** That of the last event. */
    teamId: text('team_id'),
    /** In the order in which the player came to them. */
    teams: jsonb('teams').$type<{ team: string | null; events: number; first: string; last: string }[]>().notNull(),
    ...changed(),
  },
  t => [primaryKey({ columns: [t.sport, t.playerId] })],
)

/** The race for the most points of a season, week by week, of those who are ahead now. */
export const seasonRaceData = pgTable(
  'season_race_data',
  {
    sport: sport(),
    season: season(),
    playerId: player(),
    week: integer('week').notNull(),
    /** A Monday. */
    weekEnds: day('week_ends').notNull(),
    points: number('points').notNull(),
    rank: integer('rank').notNull(),
    ...changed(),
  },
  t => [primaryKey({ columns: [t.sport, t.season, t.playerId, t.week] })],
)

export const playerPowerRating = pgTable(
  'player_power_rating',
  {
    sport: sport(),
    playerId: player(),
    rating: number('rating').notNull(),
    events: integer('events').notNull(),
    /** How many events it counts as, the older ones for less. */
    weight: number('weight').notNull(),
    lastDate: day('last_date').notNull(),
    ...changed(),
  },
  t => [primaryKey({ columns: [t.sport, t.playerId] })],
)
