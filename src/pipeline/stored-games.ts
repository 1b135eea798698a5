import type { ISql } from 'postgres'
import type { Day } from '../core/days.ts'
import type { GameRow } from './contract.ts'

/** A game the store knows of and wants asked again. */
export interface StoredGame {
  id: string
  day: Day
  season: string
}

/**
 * Games to ask again up to a day, by status and date and not by id: a postponed or moved game keeps its id and would be passed by.
 * Those not over yet, those set aside fewer than `maxAttempts` times, and final ones of the last `lookbackDays`.
 */
export async function listGamesToRevisit(
  sql: ISql,
  {
    sport,
    upTo,
    correctedSince,
    maxAttempts,
  }: { sport: string; upTo: Day; correctedSince: Day | undefined; maxAttempts: number },
): Promise<StoredGame[]> {
  return await sql<StoredGame[]>`
    select provider_id as id, game_date as day, season from games
    where sport = ${sport} and game_date <= ${upTo}
      and (status in ('scheduled', 'live', 'postponed') or (status = 'final' and game_date >= ${correctedSince ?? null}::date))
    union
    select d.item, coalesce(g.game_date, d.day), coalesce(g.season, '') from dead_letters d
    left join games g on g.sport = d.sport and g.provider_id = d.item
    where d.sport = ${sport} and d.status = 'open' and d.attempts < ${maxAttempts} and coalesce(g.game_date, d.day) <= ${upTo}
    order by day, id`
}

/** Games of a day that are not over, as the store has them: some may have left the day since. */
export async function listUnfinishedOn(sql: ISql, sport: string, days: readonly Day[]): Promise<StoredGame[]> {
  if (days.length === 0) return []
  return await sql<StoredGame[]>`
    select provider_id as id, game_date as day, season from games
    where sport = ${sport} and status in ('scheduled', 'live', 'postponed') and game_date in ${sql([...days])}`
}

/** A stored game as the calendar would say it, had it not dropped it: cancelled. */
export async function readVanishedGame(sql: ISql, sport: string, id: string): Promise<GameRow> {
  const [row] = await sql<GameRow[]>`
    select sport, provider, provider_id as "providerId", season, season_type as "seasonType", game_date as "gameDate",
      starts_at as "startsAt", status_text as "statusText", period, home_team_id as "homeTeamId", away_team_id as "awayTeamId",
      home_score as "homeScore", away_score as "awayScore", venue
    from games where sport = ${sport} and provider_id = ${id}`
  return { ...(row as GameRow), status: 'cancelled' }
}
