import type { TransactionSql } from 'postgres'
import type { Finding } from '../contract.ts'
import type { FetchedGame } from '../fetch-game.ts'
import type { FileShape, ReadField } from './columns.ts'

/** Where a file may be had. */
export interface FileSource {
  provider: string
  path: string
  /** It writes `NA` for what is missing. */
  naIsMissing?: boolean
}

/** A file of games: few rows, which go the way of every game. */
export interface GameFile {
  /** A file without one of these columns is another file. */
  required: readonly string[]
  /** All columns that somebody declared. */
  known: readonly string[]
  /**
   * @param extra what others there are and hold something, as JSON
   * @throws PayloadError for a record that is no game
   */
  toGame(field: ReadField, extra: string | null): FetchedGame
}

/** One kind of file: where it is, and what becomes of its rows. */
export interface FileDataset {
  name: string
  /** The first season it exists of; undefined for one file about all seasons. */
  from: number | undefined
  /** Best first; a file that is not at one place may be at the next. `season` is empty for a file about all seasons. */
  sources(season: string): readonly FileSource[]
  content: { rows: FileShape } | { games: GameFile }
  /**
   * Lines of games that are over: a season of which this file was neither loaded nor set aside is not complete. Others (injuries)
   * may be missing without a hole.
   */
  coversGames: boolean
  /** It is good to have, and no failure where it is not there: others tell the same. */
  mayBeLacking?: boolean
  /** It is written anew all the time; the others a few times a day. */
  changesOften?: boolean
}

/** What follows from several files together: it is written anew when one of them has changed. */
export interface FileDerivation {
  name: string
  /** Another number where it writes something else of the same files. */
  version: number
  /** Datasets it follows from. */
  from: readonly string[]
  /** Writes within the caller's transaction; writes nothing where nothing changed. */
  derive(tx: TransactionSql, options: { at: Date }): Promise<Derived>
}

export interface Derived {
  /** By table. */
  tables: Record<string, { inserted: number; updated: number; deleted: number }>
  findings: Finding[]
}
