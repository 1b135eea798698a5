import type { Config } from '../core/config/config.ts'
import type { ProviderDeclaration } from '../providers/declaration.ts'
import type { ValueCheck } from './coverage.ts'
import type { BulkCheck, Dataset, Derivation } from './dataset.ts'
import type { EventTable } from './event-table.ts'
import type { LiveDays, LiveFeed } from './live-feed.ts'
import type { Performances } from './performances.ts'
import type { QualityRule } from './quality.ts'
import type { ScheduleSource } from './schedule.ts'

/** How a sport's seasons are counted. */
export interface Seasons {
  /** The year the first one began. */
  first: number
  /** Month and day on which one ends and the next begins: `07-01`. */
  turn: string
  /** `2024-25` or `2024`, by the year it began. */
  label(year: number): string
}

/** All that is special to a sport. It has no kind: each of its datasets says how it is read. */
export interface Sport {
  id: string
  /** The IANA zone of its civil days. */
  zone: string
  providers: readonly ProviderDeclaration[]
  seasons: Seasons
  events: EventTable
  /** Where its events are listed beforehand; without it they come out of the datasets. */
  schedule?: ScheduleSource
  datasets: readonly Dataset[]
  derivations: readonly Derivation[]
  /** What `watermark verify --values` compares. */
  values: readonly ValueCheck[]
  /** What `quality` looks for, beside events and rows that are missing. */
  quality: readonly QualityRule[]
  /**
   * How a watermark knows that a position is settled: by what runs have settled (each event, day or unit once), or by what the tables
   * cover (`coverage` of the datasets), where a file that comes later fills in rows of many events.
   */
  settledBy: 'run' | 'coverage'
  /** What the stats functions compute from; a sport without it has no stats. */
  performances?: Performances
  /** Where many stored events can be checked with one request; else each is asked for by itself. */
  bulkCheck?: BulkCheck
  /** Where its events can be followed while they are on. */
  live?: LiveFeed | LiveDays
  /** The sport as the settings want it: what an account may ask for, which regions. */
  withSettings?(config: Config): Sport
  /** Datasets that the settings leave out: why, and what to do about it. */
  withheld?: readonly { name: string; why: string; hint: string }[]
  /** What it cannot be loaded without and the settings do not have, for a message; undefined where there is nothing. */
  lacks?(config: Config): string | undefined
}
