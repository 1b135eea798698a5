import type { Day } from '../../core/days.ts'
import { type ErrorValue, fromErrorValue, toErrorValue } from '../../core/error-values.ts'
import type { FileResult } from '../../pipeline/files/read-file.ts'
import type { Counts } from '../../pipeline/receipt.ts'
import { partOf, type Unit } from '../../pipeline/unit.ts'
import type { LeaseHolder } from '../../store/leases.ts'
import type { BackfillOptions } from '../backfill-options.ts'
import type { CountedUnit } from '../work-units.ts'

/** What another process is told to load: a unit of a backfill, in the name of its run. JSON. */
export interface UnitOrder {
  run: number
  /** Those of the run, by who holds them. */
  leases: readonly LeaseHolder[]
  sport: string
  seasons: readonly string[]
  options: BackfillOptions
  /** The day on which the run began, in the sport's zone. */
  today: Day
  unit: UnitName
}

/** Which unit it is, of those that a backfill plans. */
export interface UnitName {
  read: Unit['read']
  key: string
  part: string
  from: Day
  to: Day
  /** Ids of the events that are asked for one by one; empty where there are none. */
  events: readonly string[]
}

export const toUnitName = (unit: Unit): UnitName => ({
  ...{ read: unit.read, key: unit.key, part: partOf(unit), from: unit.from, to: unit.to },
  events: unit.read === 'requests' ? unit.events.map(({ id }) => id) : [],
})

/** What has become of a unit. JSON. */
export type UnitResult = (
  | { read: 'file'; became: 'done'; counts: Counts }
  | { read: 'file'; became: 'unchanged' | 'missing' }
  | { read: 'file'; became: 'failed'; error: ErrorValue }
  | { read: 'requests'; counts: Counts; failures: { dataset: string; error: ErrorValue }[] }
  /** Nothing was kept of it. */
  | { read: 'none'; error: ErrorValue }
) & { requests: number }

export const toFileValue = (result: FileResult) =>
  ({
    read: 'file',
    ...(result.became === 'failed' ? { became: result.became, error: toErrorValue(result.error) } : result),
  }) as const

export const fromFileValue = (value: UnitResult & { read: 'file' }): FileResult =>
  value.became === 'failed' ? { became: 'failed', error: fromErrorValue(value.error) } : value

export const toRequestsValue = ({ counts, failures }: CountedUnit) =>
  ({
    read: 'requests',
    counts,
    failures: failures.map(({ dataset, error }) => ({ dataset, error: toErrorValue(error) })),
  }) as const

export const fromRequestsValue = ({ counts, failures }: UnitResult & { read: 'requests' }): CountedUnit => ({
  counts,
  failures: failures.map(({ dataset, error }) => ({ dataset, error: fromErrorValue(error) })),
})
