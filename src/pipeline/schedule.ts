import type { Day } from '../core/days.ts'
import type { EventRow, Finding, TableRows } from './rows.ts'

/** How our names of entries begin whose ids cannot be read. */
export const unnamedPrefix = 'entry '

/** What a schedule says of one event. */
export interface ScheduleEntry {
  id: string
  /** Its id cannot be read: the one above is a name of ours for its dead letter, no position of a watermark, and it may be any event. */
  isUnnamed?: boolean
  day: Day
  /**
   * The event, and the rows it refers to (its clubs), which are written before it.
   * @throws PayloadError where the entry does not have the shape it should have
   */
  read(): { event: EventRow; related: readonly TableRows[] }
  /** The entry as the provider sent it, for the dead letter; undefined where it sent none. */
  raw(): Uint8Array | undefined
}

/** A season's events, from one answer of the provider. */
export interface SeasonSchedule {
  season: string
  /** Whether it can tell which events a day has: a provider that serves one season cannot tell of an earlier one. */
  covers(day: Day): boolean
  /** In words, for the message where it does not. */
  reach: string
  entries: readonly ScheduleEntry[]
  entriesOn(day: Day): ScheduleEntry[]
  find(id: string): ScheduleEntry | undefined
  /** Events that it lists twice, with different words. */
  findings: readonly Finding[]
}

/** Where a sport's schedule is published. */
export interface ScheduleSource {
  /** As `--only` and the dead letters call it: `schedule`. */
  dataset: string
  provider: string
  path: string
  /** @throws PayloadError where it is no schedule at all */
  parse(payload: unknown): SeasonSchedule
  /** Where the schedules of former seasons are published, if the provider above serves only the current season's. */
  former?: {
    provider: string
    path(season: string): string
    /** @throws PayloadError where it is no schedule, or that of another season */
    parse(payload: unknown, season: string): SeasonSchedule
  }
}
