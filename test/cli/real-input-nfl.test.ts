import { describe, expect, test } from 'vitest'
import type { Receipt } from '../../src/pipeline/receipt.ts'
import { brokenRules } from '../support/broken-rules.ts'
import { runCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { createDatabaseOn, startDatabaseServer } from '../support/database-server.ts'
import { listReleaseFiles, readRecords, realFile } from '../support/real-nfl.ts'
import { factsOf } from '../support/receipt-facts.ts'
import { noSharedData } from '../support/shared-data.ts'
import { startRealProvider } from '../support/shared-provider.ts'

const [first, last] = [2010, 2025]
const seasons = Array.from({ length: last - first + 1 }, (_, i) => first + i)

type Read = (name: string) => string

interface Kept {
  /** The names a season's file may have, best first. */
  files(season: number): string[]
  /** Whether it is told of before that season. */
  from?: number
  key(read: Read): string
  /** Column of the table, and what a record says of it. */
  sums: Record<string, (read: Read) => number>
}

const whole = (name: string) => (read: Read) => Number(read(name) || 0)
const weekOf = (read: Read) => Number(read('week'))
const person = (read: Read) => read('gsis_id') || (read('esb_id') ? `esb:${read('esb_id')}` : `name:${read('full_name')}`)

/** Which files fill a table, told a second time and by other code. */
const tables: Record<string, Kept> = {
  nfl_player_game_stats: {
    files: season => [
      `stats_player/stats_player_week_${season}`,
      `player_stats/player_stats_${season}`,
      `former/player_stats/player_stats_${season}`,
    ],
    key: read => `${weekOf(read)} ${read('player_id') || `team ${read('team') || read('recent_team')}`}`,
    sums: {
      passing_yards: whole('passing_yards'),
      sack_yards_lost: read => Number(read('sack_yards_lost') || -Number(read('sack_yards') || 0)),
      passing_interceptions: read => Number(read('passing_interceptions') || read('interceptions') || 0),
      fantasy_points: read => (read('fantasy_points') === 'NA' ? 0 : Math.round(Number(read('fantasy_points') || 0) * 100)),
    },
  },
  nfl_team_game_stats: {
    files: season => [`stats_team/stats_team_week_${season}`],
    key: read => `${weekOf(read)} ${read('team')}`,
    sums: { passing_yards: whole('passing_yards'), sack_yards_lost: whole('sack_yards_lost'), penalties: whole('penalties') },
  },
  nfl_player_season_stats: {
    files: season => [`stats_player/stats_player_reg_${season}`],
    key: read => `${read('season_type')} ${read('player_id') || `team ${read('recent_team')}`}`,
    sums: { receiving_yards: whole('receiving_yards'), def_tackles_solo: whole('def_tackles_solo') },
  },
  nfl_snap_counts: {
    files: season => [`snap_counts/snap_counts_${season}`],
    from: 2012,
    key: read => `${read('game_id')} ${read('pfr_player_id')}`,
    sums: { offense_snaps: whole('offense_snaps'), defense_snaps: whole('defense_snaps'), st_snaps: whole('st_snaps') },
  },
  nfl_injuries: {
    files: season => [`injuries/injuries_${season}`],
    key: read => `${weekOf(read)} ${read('team')} ${read('gsis_id')}`,
    sums: { week: weekOf },
  },
  nfl_rosters: {
    files: season => [`rosters/roster_${season}`],
    key: read => `${read('team')} ${person(read)}`,
    sums: { jersey_number: whole('jersey_number') },
  },
  nfl_weekly_rosters: {
    files: season => [`weekly_rosters/roster_weekly_${season}`],
    key: read => `${weekOf(read)} ${read('team')} ${person(read)}`,
    sums: { week: weekOf },
  },
}

interface Counted {
  rows: number
  [column: string]: number
}

/** By season, what the files say: rows of different keys, and sums over the last of each key. */
function countFiles({ files, key, sums }: Kept): { counts: Record<string, Counted>; missing: number[] } {
  const there = listReleaseFiles()
  const counts: Record<string, Counted> = {}
  const missing: number[] = []
  for (const season of seasons) {
    const file = files(season)
      .map(name => there.get(name))
      .find(found => found !== undefined)
    if (!file) {
      missing.push(season)
      continue
    }
    const rows = new Map<string, number[]>()
    for (const read of readRecords(realFile(file)))
      rows.set(
        key(read),
        Object.values(sums).map(sum => sum(read)),
      )
    const added = Object.keys(sums).map((name, i) => [
      name,
      [...rows.values()].reduce((all, values) => all + (values[i] ?? 0), 0),
    ])
    counts[season] = { rows: rows.size, ...Object.fromEntries(added) }
  }
  return { counts, missing }
}

/** By season, what the table has. */
async function countTable({ sql }: TestDatabase, table: string, { sums }: Kept): Promise<Record<string, Counted>> {
  const columns = Object.keys(sums).map(
    name => `sum(round(coalesce(${name}, 0)${name === 'fantasy_points' ? '::numeric * 100' : ''}))::int as ${name}`,
  )
  const rows = await sql.unsafe(`select season, count(*)::int as rows, ${columns.join(', ')} from ${table} group by 1`)
  return Object.fromEntries(rows.map(({ season, ...counted }) => [season, counted as unknown as Counted]))
}

/** Of a season's rows of all tables, one hash each; whatever the order they were written in. */
async function hashesOf({ sql }: TestDatabase, some: readonly number[]): Promise<Record<string, unknown>> {
  const hashes: Record<string, unknown> = {}
  for (const table of [...Object.keys(tables), 'nfl_games']) {
    const rows = await sql`
      select season, count(*)::int as rows, sum(hashtextextended(provider_id || row_hash::text, 0)) as hash
      from ${sql(table)} where season in ${sql([...some])} group by 1 order by 1`
    hashes[table] = [...rows]
  }
  return hashes
}

const walPlace = async ({ sql }: TestDatabase) =>
  (await sql<{ at: string }[]>`select pg_current_wal_insert_lsn() as at`)[0]?.at as string
const walSince = async ({ sql }: TestDatabase, before: string) =>
  Number((await sql<{ bytes: string }[]>`select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), ${before}) as bytes`)[0]?.bytes)

const backfill = (season: string) => ['schedule', 'backfill', '--sport', 'nfl', '--season', season, '--json']
const quiet = { LOG_LEVEL: 'error', SPORTS_INGEST_NOW: '2026-02-20T12:00:00Z' }

async function run(
  store: TestDatabase,
  season: string,
  env: Record<string, string>,
): Promise<{ code: number | null; receipt: Receipt }> {
  const { code, stdout, stderr } = await runCli(backfill(season), { ...quiet, DATABASE_URL: store.url, ...env })
  const [receipt] = (JSON.parse(stdout) as { runs: Receipt[] }).runs
  if (!receipt) throw new Error(stderr)
  return { code, receipt }
}

/** It writes to the log whenever it likes. */
async function stopVacuuming({ sql }: TestDatabase): Promise<void> {
  for (const { name } of await sql`select relname as name from pg_stat_user_tables`)
    await sql`alter table ${sql(name)} set (autovacuum_enabled = false)`
}

describe.skipIf(noSharedData)('on the real files', () => {
  test('every season since 2010 is loaded, and the tables have what an independent count of the files has', {
    timeout: 480_000,
  }, async () => {
    // Of its own: the log is the server's, and others would write to it.
    await using server = await startDatabaseServer(undefined)
    await using store = await createDatabaseOn(server.url)
    await stopVacuuming(store)
    const start = await walPlace(store)
    // Its first answer for games.csv is the file of all games.
    await using api = await startRealProvider(['--sequence'])
    const { code, receipt } = await run(store, `${first}..${last}`, api.nflEnv)
    const written = await walSince(store, start)
    const counted = Object.entries(tables).map(([table, kept]) => ({ table, kept, ...countFiles(kept) }))
    for (const { table, kept, counts } of counted) expect([table, await countTable(store, table, kept)]).toEqual([table, counts])
    const all = counted.flatMap(({ counts }) => Object.values(counts)).reduce((sum, { rows }) => sum + rows, 0)
    expect(all).toBeGreaterThan(690_000)
    const games = [...readRecords(realFile('raw.githubusercontent.com/nflverse/nfldata/master/data/games.csv'))]
    const played = games.filter(read => read('home_score') !== '')
    expect(
      await store.sql`select count(*)::int as games, sum(home_score + away_score)::int as points, count(*) filter (where status = 'final')::int as played from games`,
    ).toEqual([
      {
        games: games.length,
        points: played.reduce((sum, read) => sum + Number(read('home_score')) + Number(read('away_score')), 0),
        played: played.length,
      },
    ])
    const players = new Set(
      [...readRecords(realFile('github.com/nflverse/nflverse-data/releases/download/players/players.csv.gz'))].map(
        read => read('gsis_id') || read('esb_id'),
      ),
    )
    expect(await store.sql`select count(*)::int as players from nfl_players`).toEqual([{ players: players.size }])

    const missing = counted
      .filter(({ table }) => table !== 'nfl_player_season_stats')
      .flatMap(({ kept, missing: seasonsMissing }) => seasonsMissing.filter(season => season >= (kept.from ?? 0)))
    expect(code).toBe(missing.length)
    expect(receipt.units).toMatchObject({ failed: missing.length, pending: 0, unchanged: 0 })
    expect(factsOf(receipt).badRows).toBe(0)
    expect(receipt.failed.every(({ isMissing }) => isMissing)).toBe(true)

    const proof = await runCli(['watermark', 'verify', '--values', '--json'], { ...quiet, DATABASE_URL: store.url })
    const proven = (JSON.parse(proof.stdout) as { watermarks: { key: string; proven: boolean }[] }).watermarks
    expect(proven.map(({ key, proven: isProven }) => (isProven ? key : ''))).toEqual(seasons.map(season => `nfl:${season}`))

    // The file of games is of December, that of snap counts has the play-offs, and half of the season's last games are still to come in it.
    expect(await brokenRules('nfl', { ...quiet, DATABASE_URL: store.url })).toEqual({ overdue: 79, orphans: 13 })

    await using again = await startRealProvider(['--sequence'])
    const before = await walPlace(store)
    const second = await run(store, `${first}..${last}`, again.nflEnv)
    expect(second.receipt).toMatchObject({ rows: { inserted: 0, updated: 0, deleted: 0 }, units: { done: 0 } })
    expect(factsOf(second.receipt).read).toBe(0)
    expect(await walSince(store, before)).toBeLessThan(written / 100)

    // Of a file that was captured several times, both send the same one, however often it is asked for.
    const faults = ['--faults', '500,reset,truncate,html,429', '--fault-rate', '0.1']
    await using quietly = await startRealProvider([])
    await using stormily = await startRealProvider(faults)
    await using calm = await createTestDatabase()
    await using stormy = await createTestDatabase()
    await run(calm, '2021..2022', quietly.nflEnv)
    const faulty = await run(stormy, '2021..2022', { ...stormily.nflEnv, SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '15' })
    expect(faulty.receipt).toMatchObject({ units: { failed: 1, pending: 0 } })
    expect(factsOf(faulty.receipt).badRows).toBe(0)
    expect(await hashesOf(stormy, [2021, 2022])).toEqual(await hashesOf(calm, [2021, 2022]))
  })
})
