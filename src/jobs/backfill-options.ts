import type { Day } from '../core/days.ts'

export interface BackfillOptions {
  /** Only events from this id on, compared as text. */
  since: string | undefined
  from: Day | undefined
  /** Yesterday where missing. */
  to: Day | undefined
  /** Days of a chunk; chunks of even event counts where missing. */
  chunkDays: number | undefined
  /** Datasets to load; all where empty. */
  only: readonly string[]
  /** Chunks or files that are loaded at a time; by default two chunks, or three files. */
  concurrency: number | undefined
  /** Only what failed before is left to do: chunks that failed, files and days with open dead letters or never loaded. */
  retryFailed: boolean
  /** Forgets what is settled, in the name of this person, and loads the seasons again. */
  restart: { user: string } | undefined
  /** Does all but the commits: no lease, no run, no payload is kept. */
  dryRun: boolean
}
