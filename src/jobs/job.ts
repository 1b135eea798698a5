import type { App } from '../app.ts'
import type { Day } from '../core/days.ts'
import type { ProviderHealth } from '../pipeline/provider-health.ts'
import type { Receipt, WatermarkState } from '../pipeline/receipt.ts'
import type { Run } from '../pipeline/run.ts'
import type { Sport } from '../pipeline/sport.ts'
import type { WatermarkName } from '../store/watermarks.ts'
import type { Providers } from './providers.ts'

/** What a job of one sport is, before anything is known of it. */
export interface JobSpec {
  /** As `ingest_runs` calls it: `daily`, `backfill`, `reference`, `dead-letters-retry`, `live`. */
  job: string
  sport: Sport
  /** Taken in this order. */
  leases: readonly string[]
  dryRun: boolean
  /** What its receipt counts in any case, also where there was none: `games`, `rows`. */
  nouns: readonly string[]
  /** Nobody else is at work on the sport while it holds its leases, whatever the job: all of its runs said to be running have died. */
  isAlone?: boolean
}

/** What a job is about. */
export interface About {
  /** A label, or a range of them (`2010..2025`). */
  season?: string | undefined
  targetDate?: Day | undefined
  /** The first day it wants to load, where it goes by the calendar: after a failed first run a later one catches up from there. */
  since?: Day | undefined
  /** Watermarks that it may move. */
  watermarks: readonly WatermarkName[]
  /** One of them that a run with a wrong clock has moved, and where it begins instead; undefined for nowhere. */
  setBack?: (WatermarkName & { value: string | undefined }) | undefined
}

/** A job that has begun. */
export interface Job {
  app: App
  sport: Sport
  run: Run
  /** In the sport's zone. */
  today: Day
  providers: Providers
  health: ProviderHealth
  /** Filled in as it goes on. */
  receipt: Receipt
  /** Made by other processes that load units of it. */
  requestsElsewhere: number
}

/** What a job still knows when its work is done, for its receipt. */
export interface Ending extends Partial<Pick<Receipt, 'stillOpen' | 'failures'>> {
  /** What its only watermark waits for. */
  waitsFor?: WatermarkState['waitsFor']
}
