import { date, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant, provenance } from '../store/columns.ts'

/** Clubs and sides of every sport. */
export const teams = pgTable(
  'teams',
  {
    sport: text('sport').notNull(),
    ...provenance(),
    name: text('name').notNull(),
    city: text('city'),
    abbreviation: text('abbreviation'),
  },
  t => [primaryKey({ columns: [t.sport, t.providerId] })],
)

/** Athletes of every sport. */
export const players = pgTable(
  'players',
  {
    sport: text('sport').notNull(),
    ...provenance(),
    name: text('name').notNull(),
    firstName: text('first_name'),
    familyName: text('family_name'),
  },
  t => [primaryKey({ columns: [t.sport, t.providerId] })],
)

/** Games, matches, fixtures of every sport. A game that is moved keeps its id and changes its `game_date`. */
export const games = pgTable(
  'games',
  {
    sport: text('sport').notNull(),
    ...provenance(),
    season: text('season').notNull(),
    seasonType: text('season_type').notNull(),
    /** The civil day in the sport's zone. */
    gameDate: date('game_date', { mode: 'string' }).notNull(),
    startsAt: instant('starts_at'),
    /** `scheduled`, `live`, `final`, `postponed`, `cancelled`. */
    status: text('status').notNull(),
    /** The provider's own words, trimmed. */
    statusText: text('status_text'),
    period: integer('period'),
    homeTeamId: text('home_team_id'),
    awayTeamId: text('away_team_id'),
    homeScore: integer('home_score'),
    awayScore: integer('away_score'),
    venue: text('venue'),
    /** When a run last asked for a game that was not over yet; final games are left alone. */
    lastCheckedAt: instant('last_checked_at').notNull(),
  },
  t => [
    primaryKey({ columns: [t.sport, t.providerId] }),
    index('games_by_day').on(t.sport, t.gameDate),
    index('games_by_status').on(t.sport, t.status, t.gameDate),
  ],
)
