import { date, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { Sql } from 'postgres'
import { instant, provenance } from '../../../src/store/columns.ts'

/** The events: not in `games`, and without a column `sport`, because no other sport shares the table. */
export const races = pgTable(
  'regatta_races',
  {
    ...provenance(),
    season: text('season').notNull(),
    raceDay: date('race_day', { mode: 'string' }).notNull(),
    startsAt: instant('starts_at'),
    /** `listed`, `racing`, `rowed`, `abandoned`, `postponed`. */
    status: text('status').notNull(),
    title: text('title').notNull(),
    lastCheckedAt: instant('last_checked_at').notNull(),
  },
  t => [primaryKey({ columns: [t.providerId] })],
)

/** The lines of a race: one for each boat. */
export const boats = pgTable(
  'regatta_boats',
  {
    raceId: text('race_id').notNull(),
    lane: integer('lane').notNull(),
    ...provenance(),
    club: text('club').notNull(),
    seconds: integer('seconds'),
  },
  t => [primaryKey({ columns: [t.raceId, t.lane] })],
)

/** The rowers of a season, from a file. */
export const rowers = pgTable(
  'regatta_rowers',
  {
    season: text('season').notNull(),
    rowerId: text('rower_id').notNull(),
    ...provenance(),
    name: text('name').notNull(),
    weight: integer('weight'),
    extra: jsonb('extra'),
  },
  t => [primaryKey({ columns: [t.season, t.rowerId] })],
)

const provenanceColumns = `
  provider text not null, provider_id text not null, row_hash bytea not null, created_at timestamptz not null, updated_at timestamptz not null`

/** Creates the sport's own tables beside those of the migrations. */
export async function createRegattaTables(sql: Sql): Promise<void> {
  await sql.unsafe(`
    create table regatta_races (${provenanceColumns}, season text not null, race_day date not null, starts_at timestamptz,
      status text not null, title text not null, last_checked_at timestamptz not null, primary key (provider_id));
    create table regatta_boats (race_id text not null, lane integer not null, ${provenanceColumns}, club text not null,
      seconds integer, primary key (race_id, lane));
    create table regatta_rowers (season text not null, rower_id text not null, ${provenanceColumns}, name text not null,
      weight integer, extra jsonb, primary key (season, rower_id))`)
}
