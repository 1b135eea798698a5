import type { Sql } from 'postgres'

const files = [
  'nfl_games',
  'nfl_player_game_stats',
  'nfl_kicking_game_stats',
  'nfl_player_season_stats',
  'nfl_team_game_stats',
  'nfl_snap_counts',
  'nfl_injuries',
  'nfl_rosters',
  'nfl_weekly_rosters',
  'nfl_players',
  'nfl_player_ids',
]

const racing = ['runners', 'runner_odds', 'bookmakers', 'horses', 'jockeys', 'trainers', 'owners', 'courses', 'racing_regions']

/** What a run leaves behind, but for what tells when and by whom it was done. */
const compared: Record<string, string> = {
  teams: "to_jsonb(t) - '{created_at,updated_at}'::text[]",
  players: "to_jsonb(t) - '{created_at,updated_at}'::text[]",
  games: "to_jsonb(t) - '{created_at,updated_at,last_checked_at}'::text[]",
  nba_player_game_stats: "to_jsonb(t) - '{created_at,updated_at}'::text[]",
  nba_team_game_stats: "to_jsonb(t) - '{created_at,updated_at}'::text[]",
  ...Object.fromEntries(files.map(table => [table, "to_jsonb(t) - '{created_at,updated_at}'::text[]"])),
  ...Object.fromEntries(racing.map(table => [table, "to_jsonb(t) - '{created_at,updated_at}'::text[]"])),
  races: "to_jsonb(t) - '{created_at,updated_at,last_checked_at}'::text[]",
  // Each case has a server of its own.
  ingest_files: "to_jsonb(t) - '{url,run_id,loaded_at}'::text[]",
  ingest_watermarks: "to_jsonb(t) - '{updated_at}'::text[]",
  ingest_settled: 'to_jsonb(t)',
  // A message says how often and how long it was tried.
  dead_letters: "to_jsonb(t) - '{id,created_at,updated_at,run_id,attempts,message}'::text[]",
}

export type TableHashes = Record<string, { rows: number; hash: string }>

/** A hash and a count per table, to compare two databases row for row. */
export async function tableHashes(sql: Sql): Promise<TableHashes> {
  const hashes: TableHashes = {}
  for (const [table, row] of Object.entries(compared)) {
    const [found] = await sql<{ rows: number; hash: string }[]>`
      select count(*)::int as rows, md5(coalesce(string_agg(line, E'\n' order by line), '')) as hash
      from (select (${sql.unsafe(row)})::text as line from ${sql(table)} t) lines`
    hashes[table] = found as { rows: number; hash: string }
  }
  return hashes
}
