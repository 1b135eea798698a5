import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'
import type { TransactionSql } from 'postgres'
import type { Day } from '../core/days.ts'
import type { MergeRow } from '../store/merge.ts'
import type { TableRows } from './contract.ts'
import type { FetchedGame } from './fetch-game.ts'

/**
 * Games in the order of their days, without the rows about clubs and people of which a newer stored game has told: names and cities
 * change, and games are not loaded in the order they were played. So the same rows stand at the end, whatever came first.
 */
export async function withoutOldNews(tx: TransactionSql, sport: string, fetched: readonly FetchedGame[]): Promise<FetchedGame[]> {
  // Until the caller's commit: another run that knows an older name would not see this one's and write over it.
  await tx`select pg_advisory_xact_lock(hashtext(${`sports-ingest news of ${sport}`}))`
  const clubs = await readNewestOfClubs(
    tx,
    sport,
    fetched.flatMap(game => game.teams.map(team => team.providerId)),
  )
  const people = new Map<PgTable, Map<string, Day>>()
  for (const { table, newestOf } of fetched.flatMap(game => game.tables)) {
    if (!newestOf || people.has(table)) continue
    const rows = fetched.flatMap(game => game.tables.flatMap(one => (one.table === table ? one.rows : [])))
    people.set(table, await readNewestOfLines(tx, sport, newestOf, rows.map(idOf)))
  }
  const dayOf = ({ game }: FetchedGame) => game?.gameDate ?? ''
  return fetched
    .map(game => {
      const isNews = (known: Map<string, Day> | undefined) => (row: MergeRow) => (known?.get(idOf(row)) ?? '') <= dayOf(game)
      const tables = game.tables.map(one => ({
        ...one,
        rows: one.newestOf ? one.rows.filter(isNews(people.get(one.table))) : one.rows,
      }))
      return { ...game, teams: game.teams.filter(isNews(clubs)), tables }
    })
    .sort((a, b) => (dayOf(a) < dayOf(b) ? -1 : dayOf(a) > dayOf(b) ? 1 : 0))
}

const idOf = (row: MergeRow): string => String(row['providerId'])

async function readNewestOfClubs(tx: TransactionSql, sport: string, ids: readonly string[]): Promise<Map<string, Day>> {
  const found = await tx<{ id: string; day: Day }[]>`
    select club.id, max(g.game_date) as day from games g cross join lateral (values (g.home_team_id), (g.away_team_id)) as club(id)
    where g.sport = ${sport} and club.id in ${tx(['', ...new Set(ids)])} group by 1`
  return new Map(found.map(({ id, day }) => [id, day]))
}

async function readNewestOfLines(
  tx: TransactionSql,
  sport: string,
  { table, item, game }: NonNullable<TableRows['newestOf']>,
  ids: readonly string[],
): Promise<Map<string, Day>> {
  const { name, columns } = getTableConfig(table)
  const column = (key: string) => tx(columns.find(one => one === (table as unknown as Record<string, unknown>)[key])?.name ?? key)
  const found = await tx<{ id: string; day: Day }[]>`
    select l.${column(item)} as id, max(g.game_date) as day from ${tx(name)} l
    join games g on g.sport = ${sport} and g.provider_id = l.${column(game)}
    where l.${column(item)} in ${tx(['', ...new Set(ids)])} group by 1`
  return new Map(found.map(({ id, day }) => [id, day]))
}
