import type { App } from '../app.ts'
import { BugError, PayloadError, ProviderRefusesError, ProviderRejectedError, ProviderUnavailableError } from '../core/errors.ts'
import { reachStep } from '../core/steps.ts'
import type { Calendar, Dataset, Sport } from '../pipeline/contract.ts'
import type { Counts } from '../pipeline/receipt.ts'
import { createRefusalWatch } from '../pipeline/refusal.ts'
import { type Chunk, runChunk } from '../pipeline/run-chunk.ts'
import { type Lease, takeLease } from '../store/leases.ts'
import { recordChunk } from '../store/runs.ts'

/** The row in `ingest_runs` and the lease it is worked under; undefined in a dry run, which has neither. */
export type HeldRun = { id: number; lease: Lease } | undefined

/** One sport, opened for one run: what every job asks of it. Whoever opened it closes it. */
export interface SportRun {
  /** Made so far, of all its providers. */
  readonly requests: number
  /** @throws ProviderRefusesError where the provider will not give it: without it nothing can be loaded */
  fetchCalendar(): Promise<Calendar>
  /** Fetches and writes a chunk, in one transaction; with all datasets, or with some. `onGame` hears of each game that was asked for. */
  loadChunk(chunk: Chunk, options: { datasets?: readonly Dataset[]; onGame?(): void }): Promise<Counts>
  /** Keeps why a chunk could not be loaded. */
  recordFailure(chunk: Pick<Chunk, 'from' | 'to'>, error: Error): Promise<void>
  close(): Promise<void>
}

/**
 * Does some work while holding the lease of that name; without one in a dry run, which writes nothing.
 * @throws BusyError where another process holds it
 */
export async function holdingLease<T>(
  { database, log }: App,
  { name, dryRun }: { name: string; dryRun: boolean },
  work: (lease: Lease | undefined) => Promise<T>,
): Promise<T> {
  const lease = dryRun ? undefined : await takeLease(database, name, log)
  try {
    await reachStep('lease-taken')
    return await work(lease)
  } finally {
    await lease?.release()
  }
}

export function openSportRun(app: App, sport: Sport, run: HeldRun): SportRun {
  const providers = new Map(
    sport.providers.map(declaration => [declaration.id, app.openProvider(declaration, run === undefined)]),
  )
  const refusals = createRefusalWatch()
  const seen = run ? undefined : new Set<string>()
  return {
    get requests() {
      return [...providers.values()].reduce((sum, provider) => sum + provider.requests, 0)
    },

    fetchCalendar: async () => {
      const provider = providers.get(sport.calendar.provider)
      if (!provider) throw new BugError(`No provider ${sport.calendar.provider} is open.`)
      try {
        return sport.calendar.parse((await provider.get(sport.calendar.path)).json())
      } catch (error) {
        throw withoutCalendar(error)
      }
    },

    loadChunk: async (chunk, { datasets = sport.datasets, onGame = () => {} }) => {
      const { from, to } = chunk
      return await runChunk(chunk, {
        sport: sport.id,
        calendarDataset: sport.calendar.dataset,
        datasets,
        providers,
        database: app.database,
        run,
        clock: app.clock,
        log: app.log.with({ sport: sport.id, ...(from === to ? { day: from } : { from, to }) }),
        refusals,
        partial: datasets.length < sport.datasets.length,
        seen,
        onGame,
      })
    },

    recordFailure: async ({ from, to }, error) => {
      if (!run) return
      const failed = { from, to, status: 'failed' as const, error, at: app.clock.now() }
      await app.database.transaction(tx => recordChunk(tx, run.id, failed))
    },

    close: async () => {
      await Promise.all([...providers.values()].map(provider => provider.close()))
    },
  }
}

/** Without the calendar nothing can be loaded, and the item that is given up is the run. */
function withoutCalendar(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const message = error.message.replace('; giving up on this item.', ', and without the schedule nothing can be loaded.')
  const later = { hint: 'The next run catches up.', cause: error }
  if (error instanceof ProviderUnavailableError) return new ProviderUnavailableError(message, later)
  if (error instanceof PayloadError) return new PayloadError(message, { ...later, hint: error.hint ?? later.hint })
  if (!(error instanceof ProviderRejectedError)) return error
  const hint = 'The provider may block this client or address: try from another network, or later.'
  return new ProviderRefusesError(message, { hint, cause: error })
}
