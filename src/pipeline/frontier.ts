import type { TransactionSql } from 'postgres'
import { forgetSettled, keepSettled, readSettled } from '../store/settled.ts'
import { moveWatermark, readWatermark, type WatermarkName } from '../store/watermarks.ts'
import type { FetchedGame } from './fetch-game.ts'

/** A watermark that stands on the greatest id up to which every item is settled, whatever the order they are settled in. */
export interface Frontier extends WatermarkName {
  /** All items it could stand on, sorted as text. */
  ids: readonly string[]
}

/**
 * Games that need not be asked for again: over or called off, or set aside. One that is scheduled, live or postponed is not, and
 * the frontier waits for it.
 */
export const settledGames = (fetched: readonly FetchedGame[]): string[] =>
  fetched
    .filter(({ game, failures }) => !game || failures.length > 0 || game.status === 'final' || game.status === 'cancelled')
    .map(({ id }) => id)

/** Settles items within the caller's transaction, and moves the watermark over all that are settled without a gap. */
export async function advanceFrontier(
  tx: TransactionSql,
  { stage, key, ids }: Frontier,
  items: readonly string[],
  { at, runId }: { at: Date; runId: number },
): Promise<void> {
  const name = { stage, key }
  const before = (await readWatermark(tx, name)) ?? ''
  await keepSettled(
    tx,
    name,
    items.filter(item => item > before),
  )
  const settled = await readSettled(tx, name)
  let value = before
  for (const id of ids) {
    if (id <= before) continue
    if (!settled.has(id)) break
    value = id
  }
  if (value === before) return
  await moveWatermark(tx, { ...name, value, at, by: { runId } })
  await forgetSettled(tx, name, { upTo: value })
}
