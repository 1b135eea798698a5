import type { ISql } from 'postgres'
import { ProviderRefusesError, ProviderRejectedError } from '../core/errors.ts'
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
}

export const createRefusalWatch = (): RefusalWatch => ({ answered: false, refused: 0 })

interface Context {
  sport: string
  datasets: readonly Dataset[]
  providers: ReadonlyMap<string, Provider>
  database: Database
  refusals: RefusalWatch
}

/**
 * One no may be the game's. Where a chunk is given nothing at all, a file that was given before decides; where there is none kept,
 * it is us at the second no of a run in which nothing was given.
 * @throws ProviderRefusesError where it is us who are refused
 */
export async function failWhereRefused(fetched: readonly FetchedGame[], context: Context): Promise<void> {
  const { sport, database, refusals } = context
  if (fetched.some(game => game.tables.length > 0)) {
    refusals.answered = true
    return
  }
  const refused = fetched.flatMap(({ id, failures }) =>
    failures.filter(failure => failure.refused).map(failure => ({ id, ...failure })),
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
  const verdict = await askForKnownFile(
    context,
    fetched.map(game => game.id),
  )
  if (verdict === 'given') refusals.answered = true
  if (verdict === 'given' || (verdict === 'unknown' && (refusals.answered || refusals.refused < 2))) return
  throw new ProviderRefusesError(`All ${refusals.refused} games asked for were refused: ${first.error.message}`, {
    hint: 'The provider blocks this client or address; nothing of this day was kept. Try from another network, or later.',
    cause: first.error,
  })
}

/** Asks for the newest file that this provider has given us before. */
async function askForKnownFile(
  { sport, datasets, providers, database }: Context,
  asked: readonly string[],
): Promise<'given' | 'refused' | 'unknown'> {
  const games = await database.run(sql => listNewestFinals(sql, sport, asked))
  for (const dataset of datasets) {
    const provider = providers.get(dataset.provider)
    for (const game of games) {
      if (!provider || !(await provider.has(dataset.path(game)))) continue
      try {
        await provider.get(dataset.path(game))
        return 'given'
      } catch (error) {
        return error instanceof ProviderRejectedError && error.kind === 'refused' ? 'refused' : 'unknown'
      }
    }
  }
  return 'unknown'
}

async function listNewestFinals(sql: ISql, sport: string, except: readonly string[]): Promise<GameRow[]> {
  return await sql<GameRow[]>`
    select ${gameColumns(sql)} from games
    where sport = ${sport} and status = 'final' and provider_id not in ${sql(['', ...except])} order by game_date desc limit 20`
}
