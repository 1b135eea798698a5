import type { ISql } from 'postgres'
import { IngestError, ProviderRefusesError, ProviderRejectedError, ProviderUnavailableError, StoreError } from '../core/errors.ts'
import type { Provider } from '../providers/open-provider.ts'
import type { Database } from '../store/database.ts'
import { listOpenItems } from '../store/dead-letters.ts'
import type { Dataset, GameRow } from './contract.ts'
import type { FetchedGame } from './fetch-game.ts'
import { gameColumns } from './stored-games.ts'

/** What a run has seen of a provider that says no (403) both for a file it lacks and to a client it does not want. */
export interface RefusalWatch {
  /** A file was given, so it is not us. */
  answered: boolean
  /** Files refused that should be there, and had not been refused to earlier runs. */
  refused: number
  /** Games without an answer since the last one that was given. */
  unanswered: number
}

export const createRefusalWatch = (): RefusalWatch => ({ answered: false, refused: 0, unanswered: 0 })

/** Fewer games without an answer say nothing of the provider. */
const manyGames = 3

interface Context {
  sport: string
  datasets: readonly Dataset[]
  providers: ReadonlyMap<string, Provider>
  database: Database
  refusals: RefusalWatch
  /** A game that is over and has a file, where the caller knows of one. */
  sure?: (() => GameRow | undefined) | undefined
}

/**
 * One no may be the game's. Where a chunk is given nothing, or nothing any more, a file that was given before decides; where there is
 * none, it is us at the second no of a run in which nothing was given. Files that may be lacking tell nothing, unless all were refused
 * and there is one to compare with that is surely there.
 * @throws ProviderRefusesError where it is us who are refused
 */
export async function failWhereRefused(fetched: readonly FetchedGame[], context: Context): Promise<void> {
  const { sport, database, refusals } = context
  const asked = fetched.filter(isAsked)
  if (asked.some(isGiven)) refusals.answered = true
  if (asked.slice(-1).some(isGiven)) return
  const all = context.sure !== undefined && asked.length >= manyGames && !asked.some(isGiven)
  const refused = asked.flatMap(({ id, failures }) =>
    failures.filter(failure => (all ? isNo(failure.error) : failure.refused)).map(failure => ({ id, ...failure })),
  )
  const known = await database.run(sql =>
    listOpenItems(
      sql,
      sport,
      refused.map(({ id }) => id),
    ),
  )
  const news = refused.filter(({ id, dataset }) => !known.has(`${dataset} ${id}`))
  const [first] = news
  if (!first) return
  refusals.refused += news.length
  const verdict = await askForKnownFile(context, fetched)
  if (verdict === 'given') refusals.answered = true
  if (verdict === 'given' || (verdict === 'unknown' && (refusals.answered || refusals.refused < 2))) return
  const many = news.length >= manyGames ? news.length : refusals.refused
  const which = asked.some(isGiven) ? `The last ${news.length}` : `All ${many}`
  const reason = first.error.message.replace('; giving up on this item.', '.')
  throw new ProviderRefusesError(`${which} games asked for were refused: ${reason}`, {
    hint: 'The provider blocks this client or address; nothing of these games was kept. Try from another network, or later.',
    cause: first.error,
  })
}

/**
 * Many games without an answer, up to the last one asked for: if a file that was given before is given again, it is the games;
 * else the provider is down, which says nothing of them.
 * @throws ProviderUnavailableError where it is down
 */
export async function failWhereDown(fetched: readonly FetchedGame[], context: Context): Promise<void> {
  const { refusals } = context
  const asked = fetched.filter(isAsked)
  const down = asked.slice(asked.findLastIndex(game => !isDown(game)) + 1)
  refusals.unanswered = down.length + (down.length === asked.length ? refusals.unanswered : 0)
  if (down.length === 0 || refusals.unanswered < manyGames || (await askForKnownFile(context, fetched)) === 'given') return
  const cause = down[0]?.failures.find(({ error }) => error instanceof ProviderUnavailableError)?.error
  const which = down.length === 1 ? 'The last game' : `The last ${down.length} games`
  throw new ProviderUnavailableError(`${which} asked for could not be had: ${cause?.message}`, {
    hint: 'Nothing of this chunk was kept; the next run asks for it again.',
    cause,
  })
}

const isDown = ({ failures }: FetchedGame): boolean => failures.some(({ error }) => error instanceof ProviderUnavailableError)
const isNo = (error: Error): boolean => error instanceof ProviderRejectedError && error.kind === 'refused'
const isGiven = (game: FetchedGame): boolean => game.tables.length > 0
const isAsked = (game: FetchedGame): boolean => isGiven(game) || game.failures.length > 0

/** Asks for a file that this provider has given us before: just now, if it has, or else the newest one; or for one that it surely has. */
async function askForKnownFile(
  { sport, datasets, providers, database, sure }: Context,
  fetched: readonly FetchedGame[],
): Promise<'given' | 'refused' | 'unknown'> {
  const given = fetched.flatMap(({ game, tables }) => (game && tables.length > 0 ? [game] : []))
  const ids = fetched.map(game => game.id)
  const games = [...given.slice(0, 1), ...(await database.run(sql => listNewestFinals(sql, sport, ids)))]
  for (const dataset of datasets) {
    const provider = providers.get(dataset.provider)
    if (!provider) continue
    for (const game of games) if (await provider.has(dataset.path(game))) return await ask(provider, dataset.path(game))
    const other = sure?.()
    if (other && !ids.includes(other.providerId)) return await ask(provider, dataset.path(other))
  }
  return 'unknown'
}

async function ask(provider: Provider, path: string): Promise<'given' | 'refused' | 'unknown'> {
  try {
    await provider.get(path)
    return 'given'
  } catch (error) {
    // A stop, a lost database, a pause the provider wants: they say nothing of this file, and the run has to know.
    const isAnswer = error instanceof IngestError && !(error instanceof StoreError)
    if (!isAnswer || error.recovery === 'stop' || error.recovery === 'snooze') throw error
    return isNo(error) ? 'refused' : 'unknown'
  }
}

async function listNewestFinals(sql: ISql, sport: string, except: readonly string[]): Promise<GameRow[]> {
  return await sql<GameRow[]>`
    select ${gameColumns(sql)} from games
    where sport = ${sport} and status = 'final' and provider_id not in ${sql(['', ...except])} order by game_date desc limit 20`
}
