import type { IngestError } from '../core/errors.ts'
import type { LoadedFile } from '../store/files.ts'
import type { FileDataset, RequestDataset } from './dataset.ts'
import type { ScheduleEntry } from './schedule.ts'
import type { UnitSpan } from './unit-span.ts'

/** What is asked for in one go and committed in one transaction. */
export type Unit = RequestUnit | FileUnit

export interface RequestUnit extends UnitSpan {
  read: 'requests'
  /** With `events`: those asked per event; else those that have this very span. */
  datasets: readonly RequestDataset[]
  events: readonly ScheduleEntry[]
  /** The dataset that lists them, for the dead letters of entries: `schedule`, `scoreboard`. */
  listedBy: string
  /** Stored events of its days of which only the schedule's entry is loaded: their rows are known to be as the provider has them. */
  checked: readonly ScheduleEntry[]
  /** Some of the sport's datasets were left out on purpose: an event must not look more finished than its rows are. */
  isPartial: boolean
  /** It has all events of its day, so that the day counts as loaded. */
  isWhole: boolean
  /** Why it cannot be asked for at all: the schedule does not cover its day. */
  problem?: IngestError
  /** Its days come again and again within one run: it leaves no row in `ingest_chunks`. */
  isRecurring: boolean
}

export interface FileUnit extends UnitSpan {
  read: 'file'
  dataset: FileDataset
  /** How the file is read now. */
  shape: string
  /** The state that is loaded: the same one is not read again. Undefined where it is read in any case. */
  known: LoadedFile | undefined
  /** Whether any state of it was loaded before. */
  loaded: LoadedFile | undefined
  /** The file itself has an open dead letter: that is closed even where it turns out to be the state that is loaded. */
  hasLetter: boolean
  /** It may have lost most of its rows: a person has everything read again. */
  mayShrink: boolean
}

/** Which of several units about the same days it is, in `ingest_chunks`; empty for events. */
export const partOf = (unit: Unit): string => {
  if (unit.read === 'file') return unit.dataset.name
  return unit.listedBy !== '' ? '' : unit.datasets.map(({ name }) => name).join(' ')
}
