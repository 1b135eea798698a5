import type { TransactionSql } from 'postgres'
import type { Clock } from '../core/clock.ts'
import type { Day } from '../core/days.ts'
import { BugError } from '../core/errors.ts'
import { reachStep } from '../core/steps.ts'
import type { Database } from '../store/database.ts'
import { isRowError } from '../store/database-errors.ts'
import { listDiscarded, resolveDeadLetters, setAside } from '../store/dead-letters.ts'
import type { Lease } from '../store/leases.ts'
import { readDoneChunk, recordChunk } from '../store/runs.ts'
import { moveWatermark, type WatermarkName } from '../store/watermarks.ts'
import type { CalendarGame, GameRow } from './contract.ts'
import { failedItems, withoutDiscarded } from './discarded.ts'
import { type FetchContext, type FetchedGame, fetchGame } from './fetch-game.ts'
import { advanceFrontier, type Frontier, settledGames } from './frontier.ts'
import { loadGames } from './load-games.ts'
import type { Counts } from './receipt.ts'
import { failWhereDown, failWhereRefused, type RefusalWatch } from './refusal.ts'
import { RolledBack } from './rolled-back.ts'

/** A slice of a run's window: fetched, then written in one transaction. */
export interface Chunk {
  from: Day
  to: Day
  games: readonly CalendarGame[]
  /** Where the watermark goes with it, if it goes. */
  watermark?: WatermarkName & { value: string }
  /** Instead of that: it goes as far as this chunk's games let it. */
  frontier?: Frontier
  /** Stored games of its days of which only the calendar's entry is loaded: their lines are known to be as the provider has them. */
  vouched?: readonly CalendarGame[]
  /** Its days come again and again within one run: the chunk leaves no row of its own. */
  recurring?: true
}

export interface ChunkContext extends FetchContext {
  sport: string
  database: Database
  /** Undefined in a dry run, which rolls back at the end. */
  run: { id: number; lease: Lease } | undefined
  clock: Clock
  /** What the run has seen of a provider that may refuse us; shared by its chunks. */
  refusals: RefusalWatch
  /** Some datasets were left out on purpose. */
  partial: boolean
  /** What becomes of games when the provider answers for none of many: they are failures of their own, or the chunk is one. */
  outage: 'set-aside' | 'fail'
  /** A game that is over and has a file, where the caller knows of one. */
  sure?: (() => GameRow | undefined) | undefined
  /** In a dry run, what its chunks would have written by now. */
  seen: Set<string> | undefined
  onGame(): void
  /** Where somebody knows better than the files what state a game is in, and which of its failures matter. */
  refine?(game: FetchedGame): FetchedGame
  /** Also to be written with the rows; `changed` are the games that have new ones. */
  alsoWrite?(tx: TransactionSql, changed: ReadonlySet<string>): Promise<void>
}

/**
 * Runs a chunk whole: fetch, transform, load. Rows, dead letters, chunk status and watermark are one transaction,
 * which begins when the network is done, so a slow provider holds no locks.
 * @throws ProviderRefusesError where the provider said no to every game, so it means us and not the games
 */
export async function runChunk(chunk: Chunk, context: ChunkContext): Promise<Counts> {
  const vouched = (chunk.vouched ?? []).map(entry => fetchGame(entry, { ...context, datasets: [] }))
  const asked = chunk.games.map(async entry => {
    const game = await fetchGame(entry, context)
    context.onGame()
    return game
  })
  const given = await Promise.all([...asked, ...vouched])
  await failWhereRefused(given, context)
  if (context.outage === 'fail') await failWhereDown(given, context)
  const { refine } = context
  const found = refine ? given.map(game => refine(game)) : given
  await reachStep('chunk-opened')
  try {
    return await writeChunk(chunk, found, context)
  } catch (error) {
    if (!isRowError(error) && !(error instanceof BugError)) throw error
    await setApart(found, context)
    return await writeChunk(chunk, found, context)
  }
}

async function writeChunk(chunk: Chunk, found: readonly FetchedGame[], context: ChunkContext): Promise<Counts> {
  let seen: Set<string> | undefined
  try {
    const counts = await context.database.transaction(async tx => {
      await context.run?.lease.check(tx)
      // Only where the transaction is tried again because the answer to its commit was lost.
      const done = context.run && !chunk.recurring && (await readDoneChunk(tx, context.run.id, chunk))
      if (done) return done as Counts
      const at = context.clock.now()
      // Each attempt begins with what the chunks before it have seen.
      seen = context.seen && new Set(context.seen)
      const fetched = withoutDiscarded(found, await listDiscarded(tx, context.sport, failedItems(found)))
      const changed = new Set<string>()
      const loaded = await loadGames(tx, context.sport, fetched, { at, partial: context.partial, seen, changed })
      if (!context.run) throw new RolledBack(loaded)
      await settle(tx, fetched, chunk, context, context.run.id, at)
      if (chunk.frontier) {
        await advanceFrontier(tx, chunk.frontier, settledGames(fetched), { at, runId: context.run.id })
        await reachStep('settled')
      }
      if (chunk.watermark) await moveWatermark(tx, { ...chunk.watermark, at, by: { runId: context.run.id } })
      await context.alsoWrite?.(tx, changed)
      if (!chunk.recurring)
        await recordChunk(tx, context.run.id, { from: chunk.from, to: chunk.to, status: 'done', counts: { ...loaded }, at })
      await reachStep('before-commit')
      return loaded
    })
    await reachStep('after-commit')
    return counts
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error
    for (const name of seen ?? []) context.seen?.add(name)
    return error.left as Counts
  }
}

/**
 * Finds the games whose rows cannot be written (a number no column holds, lines that do not come back) by writing each alone
 * and rolling it back; they become failures, so that one game's rows do not keep the others out.
 */
async function setApart(found: readonly FetchedGame[], context: ChunkContext): Promise<void> {
  const { database, sport, calendarDataset, clock, partial } = context
  const tryAlone = (game: FetchedGame) =>
    database
      .transaction(async tx => {
        throw new RolledBack(await loadGames(tx, sport, [game], { at: clock.now(), partial }))
      })
      .catch((error: Error) => {
        if (error instanceof RolledBack) return undefined
        if (isRowError(error) || error instanceof BugError) return error
        throw error
      })
  for (const game of found) {
    const error = await tryAlone(game)
    if (!error) continue
    const payload = Buffer.from(JSON.stringify(game.tables.flatMap(table => table.rows)))
    const dataset = game.done.at(-1) ?? calendarDataset
    game.failures.push({ dataset, stage: 'load', error, payload, refused: false })
    Object.assign(game, { tables: [], done: game.done.filter(name => name !== dataset) })
    if (await tryAlone(game)) Object.assign(game, { game: undefined, teams: [] })
  }
}

async function settle(
  tx: TransactionSql,
  fetched: readonly FetchedGame[],
  chunk: Chunk,
  { sport }: ChunkContext,
  runId: number,
  at: Date,
): Promise<void> {
  const days = new Map(chunk.games.map(({ id, day }) => [id, day]))
  for (const game of fetched) {
    for (const { dataset, stage, error, payload } of game.failures) {
      await setAside(tx, {
        sport,
        dataset,
        item: game.id,
        day: game.game?.gameDate ?? days.get(game.id) ?? chunk.from,
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
