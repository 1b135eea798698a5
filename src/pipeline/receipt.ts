import type { Day } from '../core/days.ts'
import { type IngestError, StoppedError } from '../core/errors.ts'
import type { Log, LogFields } from '../core/log.ts'
import type { Finding } from './rows.ts'

/** What became of the items of one kind that a unit or a run asked for: `asked` is the sum of the five counts after it. */
export interface ItemCounts {
  /** `games`, `races`; `rows` of files. */
  noun: string
  asked: number
  /** New, or moved on: a score, a status, a first box score. */
  loaded: number
  /** Complete before, and changed since by the provider. */
  corrected: number
  /** Nothing to write. */
  unchanged: number
  /** Not to be played on the day they were listed for; looked at again until they are. */
  postponed: number
  /** Could not be loaded; in the dead letters. */
  dead: number
  /** Settled by earlier runs, and so not asked for. */
  settled: number
}

/** What became of a run's units: `planned` is the sum of the others. */
export interface UnitCounts {
  planned: number
  /** Read and committed, whether or not a row had changed. */
  done: number
  /** Files that are the same as when they were read last. */
  unchanged: number
  /** Files that are not published: the season has not begun, another dataset has the same, or a person has discarded the letter. */
  missing: number
  /** Could not be loaded. */
  failed: number
  /** Not asked for: the provider would not go on, or the run was stopped. */
  pending: number
}

export interface RowCounts {
  inserted: number
  updated: number
  deleted: number
}

/** What a unit has written. */
export interface Counts {
  items: ItemCounts[]
  rows: RowCounts
  /** Written rows by table. */
  tables: Record<string, RowCounts>
  findings: Finding[]
}

/** A unit that could not be loaded, why, and what can be done about it. */
export interface FailedUnit {
  unit: string
  /** Null where it is about events of several datasets. */
  dataset: string | null
  /** The provider has no such file. */
  isMissing: boolean
  message: string
  hint?: string
}

export interface WatermarkState {
  stage: string
  key: string
  before: string | null
  after: string | null
  /** The first event that is not settled, which it waits for; null where there is none, or it is not known. */
  waitsFor: { id: string; day: Day } | null
}

/** What a job did: the same shape for every job and sport, in `ingest_runs.counts`, with `--json` and on the terminal. */
export interface Receipt extends Counts {
  job: string
  /** Null of a job of the user's own. */
  sport: string | null
  /** Its id in `ingest_runs`; null for a dry run, which leaves no trace. */
  run: number | null
  status: 'done' | 'failed'
  dryRun: boolean
  /** A label, or a range of them (`2010..2025`), where the job is about seasons. */
  season: string | null
  /** Where it is about a day. */
  targetDate: Day | null
  /** The days of its units, where these are of days or events; those loaded as a whole, where any is. */
  from: Day | null
  to: Day | null
  units: UnitCounts
  /** Dead items, failed and pending units. */
  failures: number
  failed: FailedUnit[]
  requests: number
  watermarks: WatermarkState[]
  /** Open dead letters that stay: of the seasons it was about, of the letters it retried, or of the sport. */
  stillOpen: number
  startedAt: Date
  durationMs: number
  /** Live work only: what it has followed. */
  live?: LiveCounts
  /** How the program of a job of the user's own has ended. */
  program?: { exitCode: number | null; signal: string | null }
}

/** What following games has come to. */
export interface LiveCounts {
  mode: 'live' | 'update'
  why: string
  nextPollAt: Date
  polls: number
  updates: number
  /** Games that had changed when they were polled, and those of them that were over. */
  changed: number
  finals: number
  incidents: number
}

export const noRows = (): RowCounts => ({ inserted: 0, updated: 0, deleted: 0 })

export const noItems = (noun: string): ItemCounts => ({
  noun,
  asked: 0,
  loaded: 0,
  corrected: 0,
  unchanged: 0,
  postponed: 0,
  dead: 0,
  settled: 0,
})

export const noUnits = (): UnitCounts => ({ planned: 0, done: 0, unchanged: 0, missing: 0, failed: 0, pending: 0 })

export const noCounts = (): Counts => ({ items: [], rows: noRows(), tables: {}, findings: [] })

export const addRows = (a: RowCounts, b: RowCounts): RowCounts => ({
  inserted: a.inserted + b.inserted,
  updated: a.updated + b.updated,
  deleted: a.deleted + b.deleted,
})

export function addItems(a: readonly ItemCounts[], b: readonly ItemCounts[]): ItemCounts[] {
  const found = new Map(a.map(counts => [counts.noun, { ...counts }]))
  for (const { noun, ...more } of b) {
    const counts = found.get(noun) ?? noItems(noun)
    for (const [name, count] of Object.entries(more)) counts[name as keyof typeof more] += count
    found.set(noun, counts)
  }
  // Files are loaded in any order; what is counted in rows comes last.
  return [...found.values()].sort((x, y) => Number(x.noun === 'rows') - Number(y.noun === 'rows'))
}

export function addTables(a: Record<string, RowCounts>, b: Record<string, RowCounts>): Record<string, RowCounts> {
  const tables = { ...a }
  for (const [table, rows] of Object.entries(b)) tables[table] = addRows(tables[table] ?? noRows(), rows)
  return Object.fromEntries(Object.entries(tables).filter(([, rows]) => rowsWritten(rows) > 0))
}

export const addCounts = (a: Counts, b: Counts): Counts => ({
  items: addItems(a.items, b.items),
  rows: addRows(a.rows, b.rows),
  tables: addTables(a.tables, b.tables),
  findings: [...a.findings, ...b.findings],
})

export const rowsWritten = ({ inserted, updated, deleted }: RowCounts): number => inserted + updated + deleted

/** Of all nouns together. */
export const sumOf = (items: readonly ItemCounts[], name: Exclude<keyof ItemCounts, 'noun'>): number =>
  items.reduce((sum, counts) => sum + counts[name], 0)

export const toFailedUnit = (unit: string, dataset: string | null, error: IngestError, isMissing = false): FailedUnit => ({
  unit,
  dataset,
  isMissing,
  message: error.message,
  ...(error.hint ? { hint: error.hint } : {}),
})

/** What items can have become, in the order of their counts. */
const became = ['loaded', 'corrected', 'unchanged', 'postponed', 'dead', 'settled'] as const

/** `job.end job=daily … failures=0 games=12 loaded=12 …`: an error where the run did not come to its end. */
export function logEnd(log: Log, receipt: Receipt, error?: Error): void {
  const { job, sport, season, targetDate, units, items, rows, requests, failures, watermarks, durationMs } = receipt
  const [only, ...others] = watermarks
  const fields: LogFields = {
    job,
    ...(sport ? { sport } : {}),
    ...(season ? { season } : {}),
    ...(targetDate ? { target_date: targetDate } : {}),
    status: error ? 'stopped' : receipt.status,
    failures,
    // `rows` are those written.
    ...Object.fromEntries(items.map(({ noun, asked }) => [noun === 'rows' ? 'read' : noun, asked])),
    ...Object.fromEntries(became.map(name => [name, sumOf(items, name)])),
    units: units.planned,
    units_done: units.done + units.unchanged + units.missing,
    rows: rowsWritten(rows),
    requests,
    ...(only?.after && others.length === 0 ? { watermark: only.after } : {}),
    duration_ms: durationMs,
    ...(error ? { reason: error.message } : {}),
  }
  if (error && !(error instanceof StoppedError)) log.error('job.end', fields)
  else log.info('job.end', fields)
}
