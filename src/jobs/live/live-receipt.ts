import type { App } from '../../app.ts'
import { addCounts, type Counts, type LiveCounts, noCounts, type Receipt, rowsWritten, sumOf } from '../../pipeline/receipt.ts'
import { newReceipt } from '../run-job.ts'
import type { OpenLive } from './live-sport.ts'
import type { Poll } from './poll.ts'
import type { Updated } from './update.ts'

export type Mode = LiveCounts['mode']

/** What has been done so far. */
export interface LiveTally extends Pick<LiveCounts, 'polls' | 'updates' | 'changed' | 'finals' | 'incidents'> {
  counts: Counts
  /** Games in the dead letters and what an update could not load. */
  failures: number
  /** Of updates; those of polls are counted where they are made. */
  requests: number
}

export const noTally = (): LiveTally => ({
  counts: noCounts(),
  polls: 0,
  updates: 0,
  changed: 0,
  finals: 0,
  incidents: 0,
  failures: 0,
  requests: 0,
})

/** A worker that runs for months keeps the first of them. */
export const keptFindings = 100

export function addPoll(tally: LiveTally, { changed, finals, counts }: Poll): void {
  tally.polls++
  tally.changed += changed.length
  tally.finals += finals.length
  tally.failures += sumOf(counts.items, 'dead')
  tally.counts = addCounts(tally.counts, counts)
  tally.counts.findings = tally.counts.findings.slice(0, keptFindings)
}

export function addUpdate(tally: LiveTally, { failures, requests }: Updated): void {
  tally.updates++
  tally.failures += failures
  tally.requests += requests
}

export const rowsOf = (poll: Poll | undefined): number => (poll ? rowsWritten(poll.counts.rows) : 0)

/** What a live session is at, for its receipt. */
export interface LiveState {
  open: OpenLive
  tally: LiveTally
  mode: Mode
  why: string
  nextPollAt: Date
  startedAt: Date
  startedMs: number
}

/** What following one sport has done, from taking the lease to letting it go. Its units are polls and updates. */
export function receiptOf(
  { open, tally, mode, why, nextPollAt, startedAt, startedMs }: LiveState,
  { clock }: Pick<App, 'clock'>,
): Receipt {
  const { counts, failures, requests, ...numbers } = tally
  const { sport, run } = open
  const spec = { job: 'live', sport, dryRun: false, nouns: [sport.events.noun] }
  const receipt = newReceipt(spec, {}, startedAt, [])
  const done = numbers.polls + numbers.updates
  return {
    ...receipt,
    ...addCounts(receipt, counts),
    run: run.id,
    status: failures === 0 ? 'done' : 'failed',
    units: { ...receipt.units, planned: done, done },
    failures,
    requests: open.requests + requests,
    durationMs: Math.round(clock.elapsedMs() - startedMs),
    live: { mode, why, nextPollAt, ...numbers },
  }
}
