import type { TransactionSql } from 'postgres'
import type { Clock } from '../core/clock.ts'
import type { Day } from '../core/days.ts'
import { ProviderRefusesError } from '../core/errors.ts'
import { reachStep } from '../core/steps.ts'
import type { Database } from '../store/database.ts'
import { resolveDeadLetters, setAside } from '../store/dead-letters.ts'
import type { Lease } from '../store/leases.ts'
import { readDoneChunk, recordChunk } from '../store/runs.ts'
import { moveWatermark, type WatermarkName } from '../store/watermarks.ts'
import type { CalendarGame } from './contract.ts'
import { type FetchContext, type FetchedGame, fetchGame } from './fetch-game.ts'
import { loadGames } from './load-games.ts'
import type { Counts } from './receipt.ts'

/** A slice of a run's window: fetched, then written in one transaction. */
export interface Chunk {
  from: Day
  to: Day
  games: readonly CalendarGame[]
  /** Where the watermark goes with it, if it goes. */
  watermark?: WatermarkName & { value: string }
}

export interface ChunkContext extends FetchContext {
  sport: string
  database: Database
  /** Undefined in a dry run, which rolls back at the end. */
  run: { id: number; lease: Lease } | undefined
  clock: Clock
  onGame(): void
}

/** Thrown at the end of a dry run's transaction, so that it is rolled back. */
class RolledBack extends Error {
  readonly counts: Counts

  constructor(counts: Counts) {
    super('dry run')
    this.counts = counts
  }
}

/**
 * Runs a chunk whole: fetch, transform, load. Rows, dead letters, chunk status and watermark are one transaction,
 * which begins when the network is done, so a slow provider holds no locks.
 * @throws ProviderRefusesError where the provider said no to every game, so it means us and not the games
 */
export async function runChunk(chunk: Chunk, context: ChunkContext): Promise<Counts> {
  const fetched = await Promise.all(
    chunk.games.map(async entry => {
      const game = await fetchGame(entry, context)
      context.onGame()
      return game
    }),
  )
  failWhereRefused(fetched)
  await reachStep('chunk-opened')
  try {
    const counts = await context.database.transaction(async tx => {
      await context.run?.lease.check(tx)
      // Only where the transaction is tried again because the answer to its commit was lost.
      const done = context.run && (await readDoneChunk(tx, context.run.id, chunk))
      if (done) return done as Counts
      const at = context.clock.now()
      const loaded = await loadGames(tx, context.sport, fetched, at)
      if (!context.run) throw new RolledBack(loaded)
      await settle(tx, fetched, chunk, context, context.run.id, at)
      if (chunk.watermark) await moveWatermark(tx, { ...chunk.watermark, at, by: { runId: context.run.id } })
      await recordChunk(tx, context.run.id, { from: chunk.from, to: chunk.to, status: 'done', counts: { ...loaded }, at })
      await reachStep('before-commit')
      return loaded
    })
    await reachStep('after-commit')
    return counts
  } catch (error) {
    if (error instanceof RolledBack) return error.counts
    throw error
  }
}

/** One no may be the game's; when every file that should be there is refused, it is us who are. */
function failWhereRefused(fetched: readonly FetchedGame[]): void {
  const refused = fetched.flatMap(game => game.failures.filter(failure => failure.refused))
  const answered = fetched.some(game => game.tables.length > 0)
  const [first] = refused
  if (answered || refused.length < 2 || !first) return
  throw new ProviderRefusesError(`All ${refused.length} games asked for were refused: ${first.error.message}`, {
    hint: 'The provider blocks this client or address; nothing of this day was kept. Try from another network, or later.',
    cause: first.error,
  })
}

async function settle(
  tx: TransactionSql,
  fetched: readonly FetchedGame[],
  chunk: Chunk,
  { sport }: ChunkContext,
  runId: number,
  at: Date,
): Promise<void> {
  for (const game of fetched) {
    for (const { dataset, stage, error, payload } of game.failures) {
      await setAside(tx, {
        sport,
        dataset,
        item: game.id,
        day: game.game?.gameDate ?? chunk.from,
        stage,
        error,
        payload,
        runId,
        at,
      })
    }
  }
  for (const dataset of new Set(fetched.flatMap(game => game.done))) {
    const items = fetched.filter(game => game.done.includes(dataset)).map(game => game.id)
    await resolveDeadLetters(tx, sport, dataset, items, at)
  }
}
