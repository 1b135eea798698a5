import { addCounts, type Counts, noCounts, rowsWritten } from '../../pipeline/receipt.ts'
import type { Look } from './look.ts'
import type { Refreshed } from './refresh.ts'

export type Mode = 'live' | 'update'

/** What following one sport has done, from taking the lease to letting it go. */
export interface LiveReceipt extends Counts, Omit<LiveTally, 'counts'> {
  job: 'live'
  sport: string
  run: number
  status: 'done' | 'failed'
  mode: Mode
  why: string
  nextLookAt: Date
  startedAt: Date
  durationMs: number
}

/** What has been done so far. */
export interface LiveTally {
  counts: Counts
  looks: number
  updates: number
  /** Games that had moved when they were looked at, and those of them that were over. */
  moved: number
  finals: number
  incidents: number
  /** Games set aside and what an update could not load. */
  failures: number
  /** Of updates; those of looks are counted where they are made. */
  requests: number
}

export const noTally = (): LiveTally => ({
  counts: noCounts(),
  looks: 0,
  updates: 0,
  moved: 0,
  finals: 0,
  incidents: 0,
  failures: 0,
  requests: 0,
})

/** A worker that runs for months keeps the first of them. */
export const keptFindings = 100

export function addLook(tally: LiveTally, { moved, finals, counts }: Look): void {
  tally.looks++
  tally.moved += moved.length
  tally.finals += finals.length
  tally.failures += counts.games.dead
  tally.counts = addCounts(tally.counts, counts)
  tally.counts.findings = tally.counts.findings.slice(0, keptFindings)
}

export function addUpdate(tally: LiveTally, { failures, requests }: Refreshed): void {
  tally.updates++
  tally.failures += failures
  tally.requests += requests
}

/** What `ingest_runs.counts` keeps. */
export function keptCounts({ counts, failures: _, requests, ...numbers }: LiveTally, ofLooks: number): object {
  return { ...counts, ...numbers, requests: requests + ofLooks }
}

export const rowsOf = (look: Look | undefined): number => (look ? rowsWritten(look.counts.rows) : 0)
