import type { ISql, TransactionSql } from 'postgres'
import type { Day } from '../core/days.ts'
import type { OptionalProvider } from '../providers/optional-provider.ts'
import type { Database } from '../store/database.ts'
import type { Coverage } from './coverage.ts'
import type { FileShape, ReadField } from './files/columns.ts'
import type { Item } from './item.ts'
import type { RowCounts } from './receipt.ts'
import type { EventRow, Finding, TableRows } from './rows.ts'
import type { UnitSpan } from './unit-span.ts'

/** How often a dataset is asked for: `often` by live work, `daily` by daily runs and backfills, `reference` by `schedule reference`. */
export type Cadence = 'often' | 'daily' | 'reference'

/** The days and seasons that a job is about. */
export interface Scope {
  /** In the sport's zone. */
  today: Day
  days: readonly Day[]
  /** Of a daily run: days of which it wants what is announced. */
  upcoming?: readonly Day[]
  seasons: readonly { label: string; from: Day; to: Day }[]
}

interface DatasetBase {
  /** As `--only`, dead letters and receipts call it. */
  name: string
  cadence: readonly Cadence[]
  /** Rows of events that the tables must have: a season of which this dataset was neither loaded nor given up is not complete. */
  coverage: readonly Coverage[]
}

/** One kind of record that is read by requests for JSON. `requests`, `next` and `transform` are pure. */
export interface RequestDataset extends DatasetBase {
  read: 'requests'
  provider: string
  /** `event`: asked for each event of a schedule, in the units of those events. Else its own units (`byDay`, `bySeason`, `once`). */
  units: 'event' | ((scope: Scope) => Iterable<UnitSpan>)
  /** Days before the target that are asked for again, because the provider corrects its records. */
  lookbackDays: number
  /**
   * `provisional`: never written over an event that is over. Of a live feed, such a dataset has tables of its own until others have the
   * same for good; it is asked for at each poll, after the states of the events are stored, and a failure is a finding and nothing else.
   */
  standing: 'provisional' | 'final'
  /** Of events that are over: those of which the rows of a live dataset are not those of the end. */
  listUnfinished?(sql: ISql, ids: readonly string[]): Promise<string[]>
  /** Events of a season that have rows of a live dataset and no others. */
  listProvisionalOnly?(sql: ISql, season: string): Promise<{ id: string; day: Day }[]>
  /** Tables with rows of one event each, which go where the event turns out not to have begun: what was stored of it while it was on. */
  lines?: readonly Required<Pick<TableRows, 'table' | 'group'>>[]
  /** Whether the provider is known to lack the file for some events of this kind, so that its no says nothing about us. */
  mayBeMissing(event: EventRow | undefined): boolean
  /**
   * The first requests of a unit; for a dataset asked per event, those of that event: none where there is nothing to have now.
   */
  requests(unit: UnitSpan, about: About): Iterable<Ask>
  /** How many answers a first request has as a rule, all its pages, for forecasts; 1 where it does not say. */
  usualPages?: number
  /** The days of which there is anything to have, and why of no others, for messages; of any where it does not say. */
  reach?(today: Day): { from: Day; to: Day; why: string }
  /** What an account must have paid for, for units from a day on: in words, for forecasts. */
  price?(from: Day, today: Day): string
  /** The request that follows an answer, by what its envelope says. */
  next?(ask: Ask, answer: unknown): Ask | undefined
  /**
   * Which events the answers of a unit do not tell of to their end, by what is stored, some perhaps not at all: each is a dead letter
   * (NotFinalError) with these words, and nothing of it is written. Those that are `off` were not held. The letters of all others of the
   * unit's days are closed. What else does not add up is in `findings`.
   */
  listIncomplete?(
    sql: ISql,
    told: Told,
    about: { unit: UnitSpan; today: Day },
  ): Promise<{ incomplete: ReadonlyMap<string, string>; off: readonly string[]; findings: readonly Finding[] }>
  /** @throws PayloadError where the payload does not have the shape it should have */
  transform(answer: unknown, ask: Ask, event?: EventRow): Transformed
}

/** What the answers of a unit tell, all pages together. */
export interface Told {
  /** Events that could be read. */
  items: readonly Item[]
  /** Ids of all that are listed, also of those that could not be read: whatever is wrong with such an event, it is not missing. */
  listed: ReadonlySet<string>
  /** Events as provisional datasets of the same unit have them, listed or not: they are not stored yet. */
  announced: readonly Item[]
}

/** When requests are made, and of which event. */
export interface About {
  /** In the sport's zone. */
  today: Day
  event?: EventRow | undefined
  /** The event's number in the live feed, for a dataset of live work. */
  liveId?: string | undefined
}

export interface Ask {
  path: string
  /** The event's number in the live feed. */
  liveId?: string
}

/** What one answer becomes. */
export interface Transformed {
  /** Of a dataset asked per event: the event, where the answer knows better than the schedule. */
  event?: EventRow
  /** Rows of that event; of other datasets, those that belong to no event. */
  tables?: readonly TableRows[]
  findings?: readonly Finding[]
  /** Of other datasets: the events it tells of. One that two answers of a unit tell of counts once. */
  items?: readonly Item[]
  /** How many events all answers of the unit must have together: with fewer, the unit has failed. */
  expected?: number
  /** Fields nobody knew, as paths (`players.statistics.dunks`): kept in the archive, reported once. */
  unknownFields?: readonly string[]
}

/** Where a file may be had. */
export interface FileSource {
  provider: string
  path: string
  /** It writes `NA` for what is missing. */
  naIsMissing?: boolean
  /** What its text is encoded in where that is not UTF-8, as `TextDecoder` calls it; counts more than what the provider says. */
  encoding?: string
}

/** A file of events: few rows, which go the way of every event. */
export interface EventFile {
  /** A file without one of these columns is another file. */
  required: readonly string[]
  /** All columns that somebody declared. */
  known: readonly string[]
  /** Columns with ids of others. */
  ids?: readonly string[]
  /**
   * @param extra what others there are and hold something, as JSON
   * @throws PayloadError for a record that is no event
   */
  toItem(field: ReadField, extra: string | null): Item
  /** Columns of the event that a live feed writes, too: `status` and others, each null where nothing was played; and of these, the result. */
  state: readonly string[]
  result: readonly string[]
  /** What is wrong where the stored event is over with another result than is listed. */
  contradiction(listed: EventRow, stored: EventRow): string | undefined
  /** Of all events that the file lists no longer, those that it lists under another id now. */
  listReplaced(sql: ISql, unlisted: readonly string[]): Promise<string[]>
}

/** One kind of record that is read from whole files (CSV). */
export interface FileDataset extends DatasetBase {
  read: 'file'
  units(scope: Scope): Iterable<UnitSpan>
  /** Best first; a file that is not at one place may be at the next. */
  sources(unit: UnitSpan): readonly FileSource[]
  content: { rows: FileShape } | { events: EventFile }
  /** A file that is not there is no failure: others tell the same. */
  mayBeMissing?: boolean
}

export type Dataset = RequestDataset | FileDataset

export const isFile = (dataset: Dataset): dataset is FileDataset => dataset.read === 'file'
export const isPerEvent = (dataset: Dataset): dataset is RequestDataset =>
  dataset.read === 'requests' && dataset.units === 'event'

/** What follows from several datasets together: it is written anew when one of their files has changed. */
export interface Derivation {
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
  tables: Record<string, RowCounts>
  findings: Finding[]
}

/** Checks many stored events that are over with one request. */
export interface BulkCheck {
  provider: string
  /** Ids whose rows are as the provider has them now; each other event is to be asked for by itself. Asks nothing where `events` is empty. */
  check(events: readonly EventRow[], provider: OptionalProvider, database: Pick<Database, 'run'>): Promise<Set<string>>
  /** Of one that need not be asked for: as a list has it, but for what its own files have said. */
  keep(listed: EventRow, stored: EventRow): EventRow
}
