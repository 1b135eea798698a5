import { BugError, IngestError, ProviderRejectedError, StoreError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Provider } from '../providers/open-provider.ts'
import type { CalendarGame, Dataset, Finding, GameRow, TableRows, TeamRow } from './contract.ts'

/** A game as far as it could be had: its row, where the calendar's entry was readable, and what its datasets gave. */
export interface FetchedGame {
  id: string
  game: GameRow | undefined
  teams: TeamRow[]
  tables: TableRows[]
  findings: Finding[]
  /** Datasets of which all there is was loaded. */
  done: string[]
  /** Why it is not whole. */
  failures: Failure[]
}

export interface Failure {
  dataset: string
  stage: 'fetch' | 'transform' | 'load'
  error: Error
  payload: Uint8Array | undefined
  /** The provider said no (403), and it is not known to lack such files. */
  refused: boolean
}

export interface FetchContext {
  calendarDataset: string
  datasets: readonly Dataset[]
  providers: ReadonlyMap<string, Provider>
  log: Log
}

/**
 * Asks for all there is of one game. What cannot be had is a failure beside the rest, never an exception,
 * but for what concerns the run as a whole: a stop, a lost database, a wrong setting.
 */
export async function fetchGame(entry: CalendarGame, context: FetchContext): Promise<FetchedGame> {
  const none = { game: undefined, teams: [], tables: [], findings: [], done: [], failures: [] }
  const fetched: FetchedGame = { id: entry.id, ...none }
  const fail = (failure: Failure) => fetched.failures.push(failure)
  try {
    const { game, teams } = entry.read()
    Object.assign(fetched, { game, teams, done: [context.calendarDataset] })
  } catch (error) {
    fail({
      dataset: context.calendarDataset,
      stage: 'transform',
      error: toItemError(error),
      payload: entry.raw(),
      refused: false,
    })
  }
  for (const dataset of context.datasets) {
    if (!fetched.game) continue
    // Of a game that was called off or moved there is nothing to have now: an earlier failure is settled. It is found again by its status.
    if (dataset.applies(fetched.game)) await fetchDataset(dataset, fetched, fetched.game, context, fail)
    else fetched.done.push(dataset.name)
  }
  return fetched
}

async function fetchDataset(
  dataset: Dataset,
  fetched: FetchedGame,
  game: GameRow,
  { providers, log }: FetchContext,
  fail: (f: Failure) => void,
) {
  let body: Uint8Array | undefined
  try {
    const provider = providers.get(dataset.provider)
    if (!provider) throw new BugError(`No provider ${dataset.provider} is open.`)
    const answer = await provider.get(dataset.path(game))
    body = answer.body
    const result = dataset.transform(answer.json(), game)
    fetched.game = result.game
    fetched.tables.push(...result.tables)
    fetched.findings.push(...result.findings)
    fetched.done.push(dataset.name)
    for (const field of result.unknownFields)
      log.warn('payload.unknown-field', { dataset: dataset.name, field, game: game.providerId })
  } catch (error) {
    const reason = toItemError(error)
    const refused = reason instanceof ProviderRejectedError && reason.kind === 'refused' && !dataset.mayBeLacking(game)
    const said = reason instanceof IngestError ? reason.body : undefined
    const sent = body ?? (said === undefined ? undefined : Buffer.from(said))
    fail({ dataset: dataset.name, stage: body ? 'transform' : 'fetch', error: reason, payload: sent, refused })
  }
}

/** An item's error, as one that can be set aside. What stops the run is thrown on. */
export function toItemError(error: unknown): Error {
  if (error instanceof StoreError) throw error
  if (error instanceof IngestError) {
    // A snooze is no attempt: being throttled says nothing of the item, and the others would be, too.
    if (error.recovery === 'stop' || error.recovery === 'snooze') throw error
    return error
  }
  if (error instanceof Error && error.name === 'AbortError') throw error
  return new BugError(`Unexpected: ${(error as Error).message}`, { cause: error })
}
