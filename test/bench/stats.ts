import type { Sql } from 'postgres'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { nfl } from '../../src/sports/nfl/index.ts'
import { offence } from '../../src/sports/nfl/statistics.ts'
import { hasStats } from '../../src/stats/lines.ts'
import { runStats, type StatsOptions, statsFunctionNames } from '../../src/stats/run-stats.ts'
import { selectsOf } from '../../src/stats/selects.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { connectionOptions, urlTarget } from '../../src/store/target.ts'
import { rowsOfSeason, seasons } from './player-weeks.ts'
import type { ServerDatabase } from './server.ts'

export interface StatsResult {
  lines: number
  /** All ten at once into empty tables, and again over the same rows. */
  fullMs: number
  againMs: number
  /** One after another, all anew. */
  inTurnMs: number
  /** The ten queries as materialized views: created, and refreshed once a week has come. */
  createViewsMs: number
  refreshViewsMs: number
  /** After one more week: at once, and one after another. */
  weekMs: number
  weekInTurnMs: number
}

const linesOfWeek = 2_100

/** Computes the stats of 720,000 lines and of one more week, and the same by plain materialized views. */
export async function measureStats(server: ServerDatabase): Promise<StatsResult> {
  const url = await server.createEmpty('stats')
  const clock = createClock()
  const sql = urlTarget(url, 'stats').connect({ ...connectionOptions(), max: 1 })
  const settings = { url, dataDir: '', queryTimeoutMs: 300_000, reconnectAttempts: 1 }
  const database = await openDatabase({ settings, clock, log: silentLog })
  const time = async (work: () => Promise<unknown>) => {
    const startedMs = performance.now()
    await work()
    return performance.now() - startedMs
  }
  const run = async (options: StatsOptions) => {
    const parts = { database, clock, log: silentLog, signal: new AbortController().signal, notifies: undefined }
    const results = await runStats(parts, { sports: ['nfl'], ...options })
    const failed = Object.values(results).find(({ status }) => status === 'failed')
    if (failed) throw new Error(failed.error)
  }
  const inTurn = async (options: StatsOptions) => {
    for (const name of statsFunctionNames) await run({ functions: [name], ...options })
  }
  try {
    for (const season of seasons) await addLines(sql, Number(season), 1, Math.ceil(rowsOfSeason / linesOfWeek))
    await sql`vacuum analyze`
    const fullMs = await time(() => run({ full: true }))
    await sql`vacuum analyze`
    const againMs = await time(() => run({ full: true }))
    // Each anew, and the lines that they read not ten times.
    await sql`delete from ingest_stats_state where function <> 'lines'`
    const inTurnMs = await time(() => inTurn({}))
    const views = (hasStats(nfl) ? selectsOf(nfl) : []).map((select, i) => ({ name: `view_${i}`, select }))
    await sql`set work_mem = '64MB'`
    const createViewsMs = await time(async () => {
      for (const { name, select } of views) await sql.unsafe(`create materialized view ${name} as ${select}`)
    })
    await addLines(sql, 2025, 1, 1)
    const weekMs = await time(() => run({}))
    await addLines(sql, 2025, 2, 2)
    const weekInTurnMs = await time(() => inTurn({}))
    const refreshViewsMs = await time(async () => {
      for (const { name } of views) await sql.unsafe(`refresh materialized view ${name}`)
    })
    const [count] = await sql<{ lines: number }[]>`select count(*)::int as lines from nfl_player_game_stats`
    return { lines: count?.lines ?? 0, fullMs, againMs, inTurnMs, createViewsMs, refreshViewsMs, weekMs, weekInTurnMs }
  } finally {
    await sql.end()
    await database.close()
  }
}

/** Weeks of a season, with their games: a sixth of the players is new each year, each plays in half of the weeks, and one in ten changes clubs. */
async function addLines(sql: Sql, season: number, from: number, to: number): Promise<void> {
  const clubs =
    'ARI ATL BAL BUF CAR CHI CIN CLE DAL DEN DET GB HOU IND JAX KC LA LAC LV MIA MIN NE NO NYG NYJ PHI PIT SEA SF TB TEN WAS'
  const counts = offence.map(name => (name.endsWith('yards') ? `(random() * 125)::int - 5` : `(random() * 9)::int`))
  await sql`select set_config('sports_ingest.season', ${String(season)}, false)`
  await sql.unsafe(`
    with clubs as (select array_agg(club order by place) as all_clubs
      from unnest(string_to_array('${clubs}', ' ')) with ordinality c(club, place)),
    weeks as (
      select week, format('${season}_%s_%s', week, game) as id, all_clubs[game * 2 + 1] as home, all_clubs[game * 2 + 2] as away,
        date '${season}-09-05' + 7 * week as day, case when week > 18 then 'playoffs' else 'regular' end as stage
      from clubs, generate_series(${from}, ${to}) week, generate_series(0, 15) game),
    games as (
      insert into games (sport, provider, provider_id, row_hash, created_at, updated_at, season, season_type, game_date, status,
        home_team_id, away_team_id, home_score, away_score, last_checked_at)
      select 'nfl', 'bench', id, '', now(), now(), '${season}', stage, day, 'final', home, away, (random() * 40)::int, (random() * 40)::int, now()
      from weeks),
    nfl_games as (
      insert into nfl_games (provider, provider_id, row_hash, created_at, updated_at, game_id, season, game_type, week, gameday,
        away_team_id, home_team_id)
      select 'bench', id, '', now(), now(), id, ${season}, 'REG', week, day, away, home from weeks)
    insert into nfl_player_game_stats (provider, provider_id, row_hash, created_at, updated_at, player_id, season, week, season_type, team,
      player_name, headshot_url, ${offence.join(', ')}, passing_epa, rushing_epa, receiving_epa)
    select 'bench', '${season}-' || week || '-' || i, decode(md5(i::text), 'hex'), now(), now(), '00-00' || 10000 + i + ${((season - 2009) * linesOfWeek) / 3},
      ${season}, week, case when week > 18 then 'POST' else 'REG' end, all_clubs[1 + (i + case when i % 10 = 0 then week / 10 else 0 end) % 32], 'A. Vale', 'https://static.example.com/image/private/f_auto,q_auto/league/a1b2c3d4e5f6g7h8i9j0',
      ${counts.map(count => `case when played then ${count} else 0 end`).join(', ')},
      ${['', '', ''].map(() => 'case when played then random() * 20 - 10 end').join(', ')}
    from clubs, generate_series(${from}, ${to}) week, lateral (
      select 2 * n + (random() < 0.5)::int as i, random() < 0.35 as played from generate_series(0, ${linesOfWeek - 1}) n where week > 0) p
    order by week, i`)
}
