import type { TransactionSql } from 'postgres'
import type { Day } from '../core/days.ts'
import type { IngestError } from '../core/errors.ts'
import { reachStep } from '../core/steps.ts'
import { addStatsJob } from '../store/background-jobs.ts'
import { resolveDeadLetters, setAside } from '../store/dead-letters.ts'
import { keepLoadedFile, keepTags, type LoadedFile } from '../store/files.ts'
import { type Audience, addNotice } from '../store/outbox.ts'
import { type ChunkState, passChunks, planChunks, recordChunk } from '../store/runs.ts'
import { advanceFrontier, type Frontier } from './frontier.ts'
import type { Failure, Item } from './item.ts'
import type { Run } from './run.ts'
import { partOf, type Unit } from './unit.ts'

/** What a unit leaves behind, beside its rows. */
export interface Settlement {
  sport: string
  unit: Unit
  at: Date
  /** Dead letters: new ones, or one attempt more. */
  letters?: readonly (Omit<Failure, 'isRefused'> & { item: string; day: Day })[]
  /** Items that were loaded: their letters are closed. */
  resolved?: readonly { dataset: string; item: string }[]
  /** The state of the file that the tables hold now, or the tags under which the same state is sent now. */
  file?: LoadedFile | undefined
  tags?: { etag?: string; lastModified?: string; shape: string }
  /** What it has settled for the watermarks, and which of its datasets failed as a whole. */
  items?: readonly Item[]
  failures?: readonly Pick<Failure, 'dataset'>[]
  frontiers?: readonly Frontier[]
  /** What caches are to be told, and who is to hear it. */
  invalidates?: readonly string[]
  notifies?: Audience | undefined
  /** Rows have changed of which statistics are made: those are to be recomputed so long after. */
  statsAfterMs?: number | undefined
  chunk?: Pick<ChunkState, 'status'> & { error?: IngestError; counts?: object }
}

/**
 * Writes, in the transaction of a unit's rows, all that follows from them: dead letters, the file's state, watermarks, what caches are to be
 * told, the unit's chunk, and the job that recomputes statistics. A dry run leaves none.
 */
export async function settle(tx: TransactionSql, run: Run, settlement: Settlement): Promise<void> {
  if (run.id === null) return
  const {
    sport,
    unit,
    at,
    letters = [],
    resolved = [],
    file,
    tags,
    items = [],
    failures = [],
    invalidates = [],
    notifies,
    statsAfterMs,
    chunk,
  } = settlement
  if (file) await keepLoadedFile(tx, file)
  if (tags && unit.read === 'file') await keepTags(tx, { sport, dataset: unit.dataset.name, unit: unit.key }, tags)
  for (const letter of letters) await setAside(tx, { sport, ...letter, runId: run.id, at })
  for (const [dataset, some] of Map.groupBy(resolved, one => one.dataset)) {
    const names = some.map(({ item }) => item)
    await resolveDeadLetters(tx, sport, dataset, names, at)
  }
  for (const frontier of settlement.frontiers ?? [])
    await advanceFrontier(tx, frontier, { unit, items, failures }, { at, runId: run.id })
  if (notifies && invalidates.length > 0) await addNotice(tx, { sport, tags: invalidates, at }, notifies)
  await reachStep('settled')
  if (chunk && !(unit.read === 'requests' && unit.isRecurring)) await recordChunk(tx, run.id, { ...chunkOf(unit), ...chunk, at })
  // Last: other units of the sport wait for this one to commit.
  if (statsAfterMs !== undefined) await addStatsJob(tx, sport, statsAfterMs)
}

/** Lists the units of a run as pending chunks. */
export async function planUnits(tx: TransactionSql, run: Run, units: readonly Unit[]): Promise<void> {
  if (run.id !== null) await planChunks(tx, run.id, units.map(chunkOf))
}

/** Notes that a unit is being worked on: one attempt. */
export async function beginUnit(tx: TransactionSql, run: Run, unit: Unit, at: Date): Promise<void> {
  if (run.id !== null) await recordChunk(tx, run.id, { ...chunkOf(unit), status: 'running', at })
}

/** Marks the chunks of units as done of which there was nothing to write. */
export async function passUnits(tx: TransactionSql, run: Run, units: readonly Unit[], at: Date): Promise<void> {
  if (run.id !== null) await passChunks(tx, run.id, units.map(chunkOf), at)
}

export const chunkOf = (unit: Unit): Pick<ChunkState, 'unit' | 'part' | 'from' | 'to'> => ({
  unit: unit.key,
  part: partOf(unit),
  from: unit.from,
  to: unit.to,
})
