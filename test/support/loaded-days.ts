import type { Sql } from 'postgres'

/** All there is of each day's games, as a hash per day: two databases with the same hash have the same rows of that day. */
export async function loadedDays(sql: Sql): Promise<Record<string, string>> {
  const rows = await sql<{ day: string; hash: string }[]>`
    select game_date as day, md5(string_agg(concat_ws(' ', provider_id, row_hash, lines, team_lines, letters), ',' order by provider_id)) as hash
    from games g,
      lateral (select string_agg(row_hash::text, '' order by player_id) as lines from nba_player_game_stats s where s.game_id = g.provider_id) a,
      lateral (select string_agg(row_hash::text, '' order by team_id) as team_lines from nba_team_game_stats s where s.game_id = g.provider_id) b,
      lateral (select string_agg(dataset, '') as letters from dead_letters d where d.item = g.provider_id and d.status = 'open') c
    group by game_date`
  return Object.fromEntries(rows.map(({ day, hash }) => [day, hash]))
}

/** Final games that have neither player lines nor a dead letter: a watermark may not cover them. */
export async function missingThrough(sql: Sql, watermark: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select provider_id as id from games g
    where game_date <= ${watermark} and status = 'final'
      and not exists (select from nba_player_game_stats s where s.game_id = g.provider_id)
      and not exists (select from dead_letters d where d.item = g.provider_id)`
  return rows.map(({ id }) => id)
}
