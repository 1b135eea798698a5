import type { App } from '../app.ts'
import {
  BugError,
  IngestError,
  PayloadError,
  ProviderRefusesError,
  ProviderRejectedError,
  ProviderUnavailableError,
  StoreError,
} from '../core/errors.ts'
import { reachStep } from '../core/steps.ts'
import type { Calendar, Dataset, GameRow, GameSport, StoredFinal } from '../pipeline/contract.ts'
import type { Counts } from '../pipeline/receipt.ts'
import { createRefusalWatch } from '../pipeline/refusal.ts'
import { type Chunk, runChunk } from '../pipeline/run-chunk.ts'
import type { Provider } from '../providers/open-provider.ts'
import { whileItAnswers } from '../providers/while-it-answers.ts'
import { isRowError } from '../store/database-errors.ts'
import { type Lease, takeLease } from '../store/leases.ts'
import { beginRun, type NewRun, recordChunk } from '../store/runs.ts'
import { findKeptCalendar } from './kept-calendars.ts'
import { noteChange } from './notices.ts'

/** The row in `ingest_runs` and the lease it is worked under; undefined in a dry run, which has neither. */
export type HeldRun = { id: number; lease: Lease } | undefined

/** With `keptAt`, nobody would give it, and it is the one that was kept then: of what came later it knows nothing. */
export interface SeasonCalendar {
  calendar: Calendar
  keptAt?: Date
}

interface LoadOptions {
  datasets?: readonly Dataset[]
  /** Default `set-aside`. */
  outage?: 'set-aside' | 'fail'
  /** A game that is over and has a file: asked for where nothing is given, to tell the games' trouble from ours. */
  sure?: () => GameRow | undefined
  onGame?(): void
}

/** One sport, opened for one run: what every job asks of it. Whoever opened it closes it. */
export interface SportRun {
  /** Made so far, of all its providers. */
  readonly requests: number
  /** What the provider of its datasets may be asked per second at most. */
  readonly ratePerSecond: number
  /** @throws ProviderRefusesError where the provider will not give it: without it nothing can be loaded */
  fetchCalendar(): Promise<Calendar>
  /** The calendar of a season that may be over: from who serves the one that is on, from who knows former ones, or as it was kept. */
  fetchCalendarOf(season: string): Promise<SeasonCalendar>
  /** Of stored games that are over, those known to be as the provider has them now, without asking for each. */
  vouchFor(games: readonly StoredFinal[]): Promise<Set<string>>
  /** Fetches and writes a chunk, in one transaction; with all datasets, or with some. `onGame` hears of each game that was asked for. */
  loadChunk(chunk: Chunk, options: LoadOptions): Promise<Counts>
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

/** Begins the run of who holds the lease, if it still does: whoever has it now is at work, and not lost. */
export async function beginHeldRun({ database }: App, lease: Lease | undefined, run: NewRun): Promise<HeldRun> {
  if (!lease) return undefined
  const id = await database.transaction(async tx => {
    await lease.check(tx)
    return await beginRun(tx, run)
  })
  return { id, lease }
}

export function openSportRun(app: App, sport: GameSport, run: HeldRun): SportRun {
  const providers = new Map(
    sport.providers.map(declaration => [declaration.id, app.openProvider(declaration, run === undefined)]),
  )
  const refusals = createRefusalWatch()
  const asked = sport.voucher && whileItAnswers(provider(sport.voucher.provider), app.log)

  function provider(id: string): Provider {
    const found = providers.get(id)
    if (!found) throw new BugError(`No provider ${id} is open.`)
    return found
  }

  async function fetchCalendar(): Promise<Calendar> {
    try {
      return sport.calendar.parse((await provider(sport.calendar.provider).get(sport.calendar.path)).json())
    } catch (error) {
      throw withoutCalendar(error)
    }
  }

  async function fetchFormer(season: string): Promise<SeasonCalendar> {
    const { former } = sport.calendar
    if (!former) throw new PayloadError(`No provider tells the calendar of ${season}.`)
    try {
      return { calendar: former.parse((await provider(former.provider).get(former.path(season))).json(), season) }
    } catch (error) {
      if (!(error instanceof IngestError) || error instanceof StoreError || error.recovery === 'stop') throw error
      if (sport.voucher?.provider === former.provider) asked?.giveUp(error)
      const kept = await findKeptCalendar(app.archive, sport, season)
      if (!kept) throw withoutFormer(error, former.provider, season)
      const { calendar, fetchedAt: keptAt } = kept
      app.log.warn('calendar.kept', { sport: sport.id, season, fetched_at: keptAt.toISOString(), reason: error.message })
      return { calendar, keptAt }
    }
  }

  const seen = run ? undefined : new Set<string>()
  return {
    get requests() {
      return [...providers.values()].reduce((sum, provider) => sum + provider.requests, 0)
    },

    get ratePerSecond() {
      return Math.min(...sport.datasets.map(dataset => provider(dataset.provider).ratePerSecond))
    },

    fetchCalendar,

    fetchCalendarOf: async season => {
      const now = await fetchCalendar()
      return now.season === season ? { calendar: now } : await fetchFormer(season)
    },

    vouchFor: async games => {
      const { voucher } = sport
      if (!voucher || !asked || games.length === 0) return new Set()
      return await app.database.run(sql => voucher.vouchFor(games, asked, sql))
    },

    loadChunk: async (chunk, { datasets = sport.datasets, outage = 'set-aside', sure, onGame = () => {} }) => {
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
        outage,
        sure,
        partial: datasets.length < sport.datasets.length,
        seen,
        onGame,
        alsoWrite: (tx, changed) => noteChange(tx, app, sport.id, { changed, finals: [...changed] }),
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

/** Whether a chunk's error is its own: it is counted, and the next chunk goes on. All others concern the run. */
export const isOfChunk = (error: unknown): error is IngestError =>
  error instanceof PayloadError || error instanceof BugError || (error instanceof StoreError && isRowError(error))

/** Without the calendar nothing can be loaded, and the item that is given up is the run. */
function withoutCalendar(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const message = error.message.replace('; giving up on this item.', ', and without the schedule nothing can be loaded.')
  const later = { hint: 'Nothing was loaded; a later run catches up.', cause: error }
  if (error instanceof ProviderUnavailableError) return new ProviderUnavailableError(message, later)
  if (error instanceof PayloadError) return new PayloadError(message, { ...later, hint: error.hint ?? later.hint })
  if (!(error instanceof ProviderRejectedError)) return error
  const hint = 'The provider may block this client or address: try from another network, or later.'
  return new ProviderRefusesError(message, { hint, cause: error })
}

/** A calendar of the past is had from one provider alone, which answers some networks only. */
function withoutFormer(error: IngestError, provider: string, season: string): IngestError {
  const message = `${provider}, which alone has the schedule of ${season}, did not give it: ${error.message}`
  if (error instanceof PayloadError) return new PayloadError(message, { hint: 'Nothing was loaded.', cause: error })
  const hint = 'It answers few hosting networks; try from another one, or later. The season that is on needs it not.'
  return new ProviderRefusesError(message, { hint, cause: error })
}
