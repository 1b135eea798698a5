import type { ISql } from 'postgres'
import type { Day } from '../core/days.ts'
import type { GameRow, GameStatus } from './contract.ts'

/** Errors that say nothing of the item: it is tried until it is there. */
const passing = ['ProviderUnavailableError', 'RateLimitedError']

/** A game the store knows of and wants asked again. */
export interface StoredGame {
  id: string
  day: Day
  season: string
  /** Empty for an item that has a dead letter and no row. */
  status: GameStatus | ''
}

/**
 * Games to ask again up to a day, by status and date and not by id: a postponed or moved game keeps its id and would be passed by.
 * Those not over yet or called off, and those set aside fewer than `maxAttempts` times or for a reason that passes; not those that
 * a backfill has set aside, of which there may be hundreds in a season of long ago.
 */
export async function listGamesToRevisit(
  sql: ISql,
  { sport, upTo, maxAttempts }: { sport: string; upTo: Day; maxAttempts: number },
): Promise<StoredGame[]> {
  return await sql<StoredGame[]>`
    select provider_id as id, game_date as day, season, status from games
    where sport = ${sport} and game_date <= ${upTo} and status in ('scheduled', 'live', 'postponed', 'cancelled')
    union
    select d.item, coalesce(g.game_date, d.day), coalesce(g.season, ''), coalesce(g.status, '') from dead_letters d
    left join games g on g.sport = d.sport and g.provider_id = d.item
    left join ingest_runs r on r.id = d.run_id
    where r.job is distinct from 'backfill' and d.sport = ${sport} and d.status = 'open' and (d.attempts < ${maxAttempts} or d.error_class in ${sql([...passing])}) and coalesce(g.game_date, d.day) <= ${upTo}
    order by day, id`
}

/** Items that are set aside for a reason that passes by itself. */
export async function listPassingItems(sql: ISql, sport: string): Promise<string[]> {
  const rows = await sql<{ item: string }[]>`
    select item from dead_letters where sport = ${sport} and status = 'open' and error_class in ${sql([...passing])}`
  return rows.map(({ item }) => item)
}

/** Games of a day that are not over, as the store has them: some may have left the day since. */
export async function listUnfinishedOn(sql: ISql, sport: string, days: readonly Day[]): Promise<StoredGame[]> {
  if (days.length === 0) return []
  return await sql<StoredGame[]>`
    select provider_id as id, game_date as day, season, status from games
    where sport = ${sport} and status in ('scheduled', 'live', 'postponed') and game_date in ${sql([...days])}`
}

/** All games of a season, by id. */
export async function listStoredOf(
  sql: ISql,
  sport: string,
  season: string,
): Promise<(StoredGame & { status: GameStatus; seasonType: string })[]> {
  return await sql<(StoredGame & { status: GameStatus; seasonType: string })[]>`
    select provider_id as id, game_date as day, season, season_type as "seasonType", status from games
    where sport = ${sport} and season = ${season} order by id`
}

/** The columns of a `GameRow`, by its names. */
export const gameColumns = (sql: ISql) => sql`
  sport, provider, provider_id as "providerId", season, season_type as "seasonType", game_date as "gameDate",
  starts_at as "startsAt", status, status_text as "statusText", period, home_team_id as "homeTeamId", away_team_id as "awayTeamId",
  home_score as "homeScore", away_score as "awayScore", venue`

/** A game as it is stored, or undefined where it is not. */
export async function readStoredGame(sql: ISql, sport: string, id: string): Promise<GameRow | undefined> {
  const [row] = await sql<GameRow[]>`select ${gameColumns(sql)} from games where sport = ${sport} and provider_id = ${id}`
  return row
}

/** Games of a season that are over, by id. */
export async function listFinalIds(sql: ISql, sport: string, season: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select provider_id as id from games where sport = ${sport} and season = ${season} and status = 'final'`
  return rows.map(row => row.id)
}

/** Open dead letters that no run tries by itself any more. */
export async function countGivenUp(sql: ISql, sport: string, maxAttempts: number): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from dead_letters
    where sport = ${sport} and status = 'open' and attempts >= ${maxAttempts} and error_class not in ${sql([...passing])}`
  return row?.count ?? 0
}
