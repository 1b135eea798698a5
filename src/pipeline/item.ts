import type { Day } from '../core/days.ts'
import type { IngestError } from '../core/errors.ts'
import type { EventRow, Finding, TableRows } from './rows.ts'

/** One event as far as it could be loaded: its row, where that was readable, and what its datasets gave. */
export interface Item {
  id: string
  day: Day
  event: EventRow | undefined
  /** Rows that the event refers to (its clubs), written before it. */
  related: readonly TableRows[]
  tables: readonly TableRows[]
  findings: readonly Finding[]
  /** Datasets, asked for by day, season or once, that list it, whether or not it could be loaded. */
  toldBy: readonly string[]
  /** Datasets of which all there is was loaded. */
  done: readonly string[]
  /** Why it is not complete. */
  failures: readonly Failure[]
  /** Its datasets are all provisional: it never writes over an event that is over. */
  isProvisional?: boolean
  /** Of a final dataset: what provisional ones of the same unit say of the event, which counts where this one does not tell of it to its end. */
  announced?: Item
}

/** Why a dataset of an item, or of a whole unit, could not be loaded. */
export interface Failure {
  dataset: string
  stage: 'fetch' | 'transform' | 'load'
  error: IngestError
  payload: Uint8Array | undefined
  /** The provider said no (403), and it is not known to lack such files. */
  isRefused: boolean
}

/** A failure of a dataset, and of the rest what others say, which may be nothing. */
export const withFailure = (item: Item, dataset: string, failures: readonly Failure[]): Item => ({
  ...(item.announced ?? { ...item, event: undefined, related: [], tables: [] }),
  ...{ findings: item.findings, toldBy: item.toldBy },
  done: item.done.filter(name => name !== dataset),
  failures: [...item.failures, ...failures],
})

export const emptyItem = (id: string, day: Day): Item => ({
  id,
  day,
  event: undefined,
  related: [],
  tables: [],
  findings: [],
  toldBy: [],
  done: [],
  failures: [],
})
