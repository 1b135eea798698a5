import { doublePrecision, integer, jsonb, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import type { FileShape } from '../../../src/pipeline/files/columns.ts'
import { instant, provenance } from '../../../src/store/columns.ts'
import type { CsvRow } from '../../support/csv.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

/** A small table of a player's weeks, with a column of each kind that the pipeline's files have. */
const lines = pgTable(
  'lines',
  {
    ...provenance(),
    season: integer('season').notNull(),
    week: integer('week').notNull(),
    player_id: text('player_id').notNull(),
    team: text('team').notNull(),
    yards: integer('yards'),
    lost: integer('lost'),
    share: doublePrecision('share'),
    note: text('note'),
    changed_at: instant('changed_at'),
    club: text('club'),
    extra: jsonb('extra'),
  },
  t => [primaryKey({ columns: [t.season, t.week, t.player_id] })],
)

const ddl = `create table lines (provider text not null, provider_id text not null, row_hash bytea not null, created_at timestamptz not null,
  updated_at timestamptz not null, season int not null, week int not null, player_id text not null, team text not null, yards int, lost int,
  share double precision, note text, changed_at timestamptz, club text, extra jsonb, primary key (season, week, player_id))`

/** Its files: some have called the team's column and the yards lost otherwise, and the latter with the other sign. */
export const shape: FileShape = {
  table: lines,
  otherNames: { team: ['recent_team'], lost: [{ name: 'sack_yards', negate: true }] },
  required: ['team', 'yards'],
  computed: { club: field => `club of ${field('team') || field('recent_team')}` },
  orElse: { player_id: field => `team:${field('team')}` },
  newestBy: 'changed_at',
}

/** A database with that table and no other. */
export async function openLines(): Promise<TestDatabase> {
  const db = await createTestDatabase({ empty: true })
  await db.sql.unsafe(ddl)
  return db
}

/** A player's first week, as most tests have it. */
export const line = (player: string, more: CsvRow = {}): CsvRow => ({
  season: 2024,
  week: 1,
  player_id: player,
  team: 'KC',
  yards: 10,
  ...more,
})
