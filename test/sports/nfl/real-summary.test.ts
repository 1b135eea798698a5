import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sql } from 'postgres'
import { expect, test } from 'vitest'
import { readEvent } from '../../../src/pipeline/events.ts'
import { nfl } from '../../../src/sports/nfl/index.ts'
import { listProvisionalOnly } from '../../../src/sports/nfl/live-lines.ts'
import { readSummary } from '../../../src/sports/nfl/summary.ts'
import { runCli } from '../../support/cli.ts'
import { createTestDatabase } from '../../support/database.ts'
import { loadSummaries } from '../../support/load-summaries.ts'
import { noSharedData, sharedFolder } from '../../support/shared-data.ts'
import { startRealProvider } from '../../support/shared-provider.ts'
import { gameRow } from './summaries.ts'

const data = join(sharedFolder ?? '', 'data')
const folder = join(data, 'more/nfl/site.api.espn.com/apis/site/v2/sports/football/nfl/summary/_query')
const eventId = '401547505'
const gameId = '2023_08_LA_DAL'

/** Yards of everybody who threw, ran or caught, by the league's id. */
const yardsOf = async (sql: Sql, table: 'nfl_live_lines' | 'nfl_player_game_stats') => {
  const live = table === 'nfl_live_lines'
  const source = live
    ? sql`nfl_live_lines l join nfl_player_ids i on i.system = 'espn' and i.id = l.espn_athlete_id where l.game_id = ${gameId}`
    : sql`nfl_player_game_stats l where l.season = 2023 and l.week = 8 and l.team in ('LA', 'DAL')`
  return [
    ...(await sql`
      select ${live ? sql`i.player_id` : sql`l.player_id`} as player, coalesce(passing_yards, 0) as passing,
        coalesce(rushing_yards, 0) as rushing, coalesce(receiving_yards, 0) as receiving
      from ${source} and (passing_yards <> 0 or rushing_yards <> 0 or receiving_yards <> 0) order by 1`),
  ]
}

test.skipIf(noSharedData)(
  'the yards of a captured final are those of the files of players’ statistics, player by player, by the league’s ids',
  async () => {
    await using provider = await startRealProvider(['--data', data, '--data', join(data, 'more')])
    await using db = await createTestDatabase()
    const { sql } = db
    const env = { ...provider.nflEnv, DATABASE_URL: db.url, LOG_LEVEL: 'error', SPORTS_INGEST_NOW: '2026-02-20T12:00:00Z' }
    const backfill = async (season: string, ...only: string[]) => {
      const names = only.flatMap(name => ['--only', name])
      const { code, stderr } = await runCli(['schedule', 'backfill', '--sport', 'nfl', '--season', season, ...names], env)
      expect([code, stderr]).toEqual([0, expect.any(String)])
    }
    const load = async () => {
      const game = await readEvent(sql, nfl, gameId)
      return await loadSummaries(db, provider.espn, game ? [{ game, liveId: eventId }] : [])
    }
    const unknown = async () =>
      (await sql<{ name: string }[]>`select name from nfl_live_lines where player_id is null order by 1`).map(({ name }) => name)

    await backfill('2023', 'games', 'rosters')
    const before = await load()
    expect(before.tables).toEqual({ nfl_live_lines: { inserted: 67, updated: 0, deleted: 0 } })
    // ESPN's ids of the rookies of 2023 come with the rosters of 2024.
    const rookies = await unknown()
    expect(rookies).toContain('Puka Nacua')
    expect(before.findings.map(({ check }) => check)).toEqual(rookies.map(() => 'unknown-athlete'))
    expect(await listProvisionalOnly(sql, '2023')).toEqual([{ id: gameId, day: '2023-10-29' }])
    expect(await sql`select count(*)::int as lines from game_stats where game_id = ${gameId}`).toEqual([{ lines: 67 }])

    await backfill('2024..2025', 'rosters')
    const { rows } = await load()
    expect(rows).toEqual({ inserted: 0, updated: rookies.length - (await unknown()).length, deleted: 0 })
    // One tackle by somebody whose ESPN id no roster has.
    expect(await unknown()).toEqual(['Zach VanValkenburg'])

    await backfill('2023', 'player-stats')
    const live = await yardsOf(sql, 'nfl_live_lines')
    expect(live).toHaveLength(20)
    expect(live).toEqual(await yardsOf(sql, 'nfl_player_game_stats'))
    // A file has its lines now, and they alone are shown.
    expect(await listProvisionalOnly(sql, '2023')).toEqual([])
    expect(
      await sql`select count(*)::int as lines, count(*) filter (where player_id like 'espn:%')::int as live from game_stats where game_id = ${gameId}`,
    ).toEqual(
      await sql`select count(*)::int as lines, 0 as live from nfl_player_game_stats where season = 2023 and week = 8 and team in ('LA', 'DAL')`,
    )
    // The list of injuries in the capture is that of September 2025.
    expect(await sql`select from nfl_live_injuries`).toEqual([])
  },
  240_000,
)

test.skipIf(noSharedData).each([
  ['401772838', '2025_03_ATL_CAR', '2025', 10],
  ['401547538', '2023_11_CIN_BAL', '2023', 9],
])('a captured summary of before kick-off has injuries and no lines: %s', (event, providerId, season, count) => {
  const payload: unknown = JSON.parse(readFileSync(join(folder, `event=${event}.json`), 'utf8'))
  const [, , awayTeamId = '', homeTeamId = ''] = providerId.split('_')
  const game = gameRow({ providerId, season, awayTeamId, homeTeamId, status: 'scheduled' })
  const { status, lines, injuries, findings } = readSummary(payload, { eventId: event, game })
  expect([status, lines, injuries?.length, findings]).toEqual(['scheduled', [], count, []])
})
