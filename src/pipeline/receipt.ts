import type { Finding } from './contract.ts'

/** How many games a chunk or a run was asked for, and what became of each: the five others add up to `asked`. */
export interface GameCounts {
  asked: number
  /** New, or moved on: a score, a status, a first box score. */
  loaded: number
  /** Final before, and changed since by the provider. */
  corrected: number
  /** Nothing to write. */
  unchanged: number
  /** Not to be played on the day they were listed for; watched until they are. */
  postponed: number
  /** Could not be loaded; in the dead letters. */
  dead: number
}

export interface RowCounts {
  inserted: number
  updated: number
  deleted: number
}

export interface Counts {
  games: GameCounts
  rows: RowCounts
  /** Written rows by table. */
  tables: Record<string, RowCounts>
  findings: Finding[]
}

export const noCounts = (): Counts => ({
  games: { asked: 0, loaded: 0, corrected: 0, unchanged: 0, postponed: 0, dead: 0 },
  rows: { inserted: 0, updated: 0, deleted: 0 },
  tables: {},
  findings: [],
})

const sum = <T extends { [K in keyof T]: number }>(a: T, b: T): T =>
  Object.fromEntries(Object.entries(a).map(([name, value]) => [name, (value as number) + b[name as keyof T]])) as T

export const addRows = (a: RowCounts, b: RowCounts): RowCounts => sum(a, b)

export function addCounts(a: Counts, b: Counts): Counts {
  const tables = { ...a.tables }
  for (const [table, rows] of Object.entries(b.tables)) tables[table] = sum(tables[table] ?? noCounts().rows, rows)
  return { games: sum(a.games, b.games), rows: sum(a.rows, b.rows), tables, findings: [...a.findings, ...b.findings] }
}

export const rowsWritten = ({ inserted, updated, deleted }: RowCounts): number => inserted + updated + deleted
