import type { PgTable } from 'drizzle-orm/pg-core'
import type { TransactionSql } from 'postgres'
import type { Day } from '../core/days.ts'
import type { MergeRow } from '../store/merge.ts'
import type { games, players, teams } from './tables.ts'

export type GameStatus = 'scheduled' | 'live' | 'final' | 'postponed' | 'cancelled'

/** A row of a sport's event table (games, races, matches), without what is filled in on the way to the table. */
export interface EventRow extends MergeRow {
  provider: string
  providerId: string
  season: string
  /** One of the words of its `EventTable`. */
  status: string
}

/** A row of a table, without what is filled in on the way to it. */
type RowOf<T extends PgTable> = MergeRow &
  Omit<T['$inferSelect'], 'rowHash' | 'createdAt' | 'updatedAt' | 'lastCheckedAt' | 'status'>

export type GameRow = EventRow & RowOf<typeof games> & { status: GameStatus }
export type TeamRow = RowOf<typeof teams>
export type PlayerRow = RowOf<typeof players>

/** Something in the data that does not add up. The rows are loaded as they are; a person should look. */
export interface Finding {
  item: string
  check: string
  message: string
}

/**
 * The place (see `placeOf`) of the newest stored event that each of some clubs or people took part in, by their ids: where it is on one of
 * these days or after them.
 */
export type NewestEvents = (
  tx: TransactionSql,
  ids: readonly string[],
  days: { from: Day; to: Day },
) => Promise<ReadonlyMap<string, string>>

/** Rows of one table. With `group`, they are all there are for each value of that column. */
export interface TableRows {
  table: PgTable
  rows: readonly MergeRow[]
  group?: string
  /** The rows are about clubs or people, not about this event: of several events the newest knows best. */
  newestOf?: NewestEvents
  /** Values of `group` that the rows are complete for, where there may be no row at all: what is stored of it is deleted then. */
  groups?: readonly string[]
  /**
   * Adds what only the database knows, within the transaction that writes the rows; rows it does not return are not written.
   * For live datasets only.
   */
  resolve?(tx: TransactionSql, rows: readonly MergeRow[]): Promise<{ rows: MergeRow[]; findings: Finding[] }>
}
