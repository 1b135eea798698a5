import { getTableColumns } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { Sql } from 'postgres'
import { silentLog } from '../../src/core/log.ts'
import * as shared from '../../src/pipeline/tables.ts'
import { nbaPlayerGameStats } from '../../src/sports/nba/tables.ts'
import { nflGames, nflPlayerGameStats } from '../../src/sports/nfl/tables.ts'
import { races, runners } from '../../src/sports/racing/tables.ts'
import { runStats, type StatsOptions, type StatsParts } from '../../src/stats/run-stats.ts'
import { type MergeRow, merge } from '../../src/store/merge.ts'
import { createTestDatabase } from './database.ts'
import { createTestClock } from './test-clock.ts'

export type StatsWorld = Awaited<ReturnType<typeof startStatsWorld>>

/** A database with rows as they would be loaded, for the stats functions. */
export async function startStatsWorld() {
  const db = await createTestDatabase()
  const clock = createTestClock('2025-03-01T12:00:00Z')
  const put = (table: PgTable, rows: MergeRow[]) =>
    db.database.transaction(tx =>
      merge(
        tx,
        table,
        rows.map(row => filled(table, row)),
        { at: clock.now() },
      ),
    )
  return {
    ...db,
    clock,
    put,
    /** Games between two clubs: over, unless they say otherwise. */
    putGames: (sport: string, games: MergeRow[]) =>
      put(
        shared.games,
        games.map(game => ({ sport, seasonType: 'regular', status: 'final', ...game })),
      ),
    putNbaLines: (lines: MergeRow[]) =>
      put(
        nbaPlayerGameStats,
        lines.map(line => ({ played: true, minutes: 'PT30M', ...line })),
      ),
    putNflGames: (games: MergeRow[]) => put(nflGames, games),
    /** Of a season, as its file has them. */
    putNflLines: async (lines: MergeRow[]) => {
      for (const [season, some] of Map.groupBy(lines, line => line['season'])) {
        const rows = some.map(line => filled(nflPlayerGameStats, { season_type: 'REG', ...line }))
        await db.database.transaction(async tx => {
          await tx`select set_config('sports_ingest.season', ${String(season)}, true)`
          await merge(tx, nflPlayerGameStats, rows, { at: clock.now() })
        })
      }
    },
    putRaces: (all: MergeRow[]) =>
      put(
        races,
        all.map(race => ({ status: 'final', ...race })),
      ),
    putRunners: (all: MergeRow[]) =>
      put(
        runners,
        all.map(runner => ({ ran: true, finished: true, ...runner })),
      ),
    run: (options: StatsOptions = {}, parts: Partial<StatsParts> = {}) =>
      runStats(
        { database: db.database, clock, log: silentLog, signal: new AbortController().signal, notifies: undefined, ...parts },
        options,
      ),
    rows: (query: string) => db.sql.unsafe<Record<string, unknown>[]>(query),
    [Symbol.asyncDispose]: db[Symbol.asyncDispose],
  }
}

/** A row with something in each column that must have it. */
function filled(table: PgTable, row: MergeRow): MergeRow {
  const all = Object.entries(getTableColumns(table)).filter(
    ([key, column]) => column.notNull && !column.hasDefault && row[key] === undefined && !byMerge.has(key),
  )
  return { ...Object.fromEntries(all.map(([key, column]) => [key, nothing[column.getSQLType()] ?? ''])), ...row }
}

const byMerge = new Set(['rowHash', 'createdAt', 'updatedAt'])
const nothing: Record<string, MergeRow[string]> = {
  integer: 0,
  boolean: false,
  interval: 'PT0M',
  date: '2025-01-01',
  'timestamp with time zone': new Date(0),
}

/** All results, but for when they were written. */
export async function readResults(sql: Sql): Promise<Record<string, unknown[]>> {
  const all: Record<string, unknown[]> = {}
  for (const table of resultTables)
    all[table] = [...(await sql`select to_jsonb(t) - 'updated_at' as row from ${sql(table)} t order by 1`)]
  return all
}

export const resultTables = [
  ...['season_stats', 'half_season_stats', 'all_time_stats', 'hall_of_fame', 'recent_performance', 'honour_roll'],
  ...['match_report', 'personal_bests', 'player_profile_stats', 'season_race_data', 'player_power_rating'],
] as const
