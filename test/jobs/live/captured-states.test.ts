import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Sql } from 'postgres'
import { expect, test } from 'vitest'
import type { LiveSport } from '../../../src/jobs/live/live-sport.ts'
import type { GameRow } from '../../../src/pipeline/rows.ts'
import { parseScoreboard as parseNba } from '../../../src/sports/nba/live.ts'
import { nflLive, parseScoreboard as parseNfl } from '../../../src/sports/nfl/live.ts'
import { createTestDatabase } from '../../support/database.ts'
import { liveNba, openLiveWorld, toRow } from '../../support/live-world.ts'
import { createScratch } from '../../support/scratch.ts'
import { noSharedData, sharedFolder } from '../../support/shared-data.ts'
import { startRealProvider } from '../../support/shared-provider.ts'

const data = join(sharedFolder ?? '', 'data')
const readData = (file: string): unknown => JSON.parse(readFileSync(join(data, file), 'utf8'))

const states = [1, 2, 3, 4].map(n => `nba/captures/todaysScoreboard_00/2026-02-11_0${n}.json`)
const cdn = 'https://cdn.nba.com/static/json/liveData'
const boxScores = ['0022500775', '0022500777'].map(id => `boxscore/boxscore_${id}.json`)
const board = 'nfl/site.api.espn.com/apis/site/v2/sports/football/nfl/scoreboard.json'
const espnPath = 'https://site.api.espn.com/apis/site/v2/sports/football/nfl/scoreboard'

/** A folder from which the server of real payloads serves these alone: the four states one after the other. */
function dataOf(folder: string): string {
  const route = (url: string, file: string) => ({ url, file: relative(join(folder, 'nba'), join(data, file)) })
  const routes = [
    ...states.map((file, i) => ({ ...route(`${cdn}/scoreboard/todaysScoreboard_00.json`, file), sequence: i + 1 })),
    ...boxScores.map(file => route(`${cdn}/${file}`, `nba/cdn.nba.com/static/json/liveData/${file}`)),
    ...['20220911', '20220908', '20220912'].map(day => route(`${espnPath}?dates=${day}&limit=100`, board)),
  ]
  mkdirSync(join(folder, 'nba'))
  writeFileSync(join(folder, 'nba', 'routes.json'), JSON.stringify({ routes }))
  return folder
}

const shown = (sql: Sql) => sql`
  select provider_id as id, status, status_text as "statusText", period, home_score as "homeScore", away_score as "awayScore"
  from games order by 1`

/** Which version each row is: another one after any write, also of the same values. */
const versions = async (sql: Sql) => [
  ...(await sql`select provider_id, xmin::text, updated_at from games order by 1`),
  ...(await sql`select provider_id, xmin::text, updated_at from nba_player_game_stats order by 1`),
]

test.skipIf(noSharedData)(
  'the four states of an evening in February 2026 end as the last one says, and the same again writes nothing',
  async () => {
    using scratch = createScratch()
    await using provider = await startRealProvider(['--data', dataOf(scratch.path), '--sequence'])
    await using world = await openLiveWorld(await createTestDatabase(), {
      SPORTS_INGEST_PROVIDER_NBA_CDN_URL: provider.nbaCdn,
      SPORTS_INGEST_PROVIDER_NBA_STATS_URL: provider.nbaStats,
    })
    const said = states.map(file => parseNba(readData(file)).games)
    const startsAt = new Date('2026-02-12T00:00:00Z')
    const coming = said[0]?.map(({ id }) => toRow({ providerId: id, gameDate: '2026-02-11', startsAt })) ?? []
    await world.store(coming, '2026-02-11T20:00:00Z')
    await world.updatedAt('nba', '2026-02-12T00:00:00Z')

    const expected = said.map(games => games.map(({ id, state }) => ({ id, ...state })))
    const [found, rows]: [unknown[], unknown[]] = [[], []]
    const { notes } = await world.follow({
      now: '2026-02-12T00:25:00Z',
      until: async (_, { length }) => {
        if (length <= 5) found.push([...(await shown(world.sql))])
        if (length >= 4) rows.push(await versions(world.sql))
        return length === 6
      },
    })
    expect(found).toEqual([...expected, expected[3]])
    expect(rows[1]).toEqual(rows[0])
    expect(rows[2]).toEqual(rows[0])
    expect(notes.map(note => note.cycle?.poll?.changed.length)).toEqual([3, 3, 3, 3, 0, 0])
    expect(notes.slice(4).map(note => note.rows)).toEqual([0, 0])
    const [{ lines }] = await world.sql<[{ lines: number }]>`select count(*)::int as lines from nba_player_game_stats`
    expect(lines).toBeGreaterThan(50)
    // The third one's box score is not there.
    expect(await world.sql`select item, dataset, status from dead_letters`).toEqual([
      { item: '0022500776', dataset: 'box-scores', status: 'open' },
    ])
  },
)

test.skipIf(noSharedData)('without any schedule, in the usual hours, the same evening ends the same', async () => {
  using scratch = createScratch()
  await using provider = await startRealProvider(['--data', dataOf(scratch.path), '--sequence'])
  await using world = await openLiveWorld(await createTestDatabase(), {
    SPORTS_INGEST_PROVIDER_NBA_CDN_URL: provider.nbaCdn,
    SPORTS_INGEST_PROVIDER_NBA_STATS_URL: provider.nbaStats,
  })
  const { notes, logged } = await world.follow({ now: '2026-02-12T00:25:00Z', until: 5 })
  const last = parseNba(readData(states[3] ?? '')).games
  expect(await shown(world.sql)).toEqual(last.map(({ id, state }) => ({ id, ...state })))
  expect(await world.sql`select distinct season, season_type, game_date, venue from games`).toEqual([
    { season: '2025-26', season_type: 'regular', game_date: '2026-02-11', venue: null },
  ])
  expect(await world.sql`select count(*)::int as teams from teams`).toEqual([{ teams: 6 }])
  expect(notes.map(({ rows }) => rows > 0)).toEqual([true, true, true, true, false])
  const reported = logged.filter(({ level }) => level === 'warn').map(({ event, check }) => check ?? event)
  expect(reported).toEqual(['live.incident'])
})

const { aliases: _, ...bySides } = nflLive
const nfl: LiveSport = { ...liveNba, id: 'nfl', providers: [], datasets: [], live: bySides }

test.skipIf(noSharedData)(
  'a Sunday in progress stands as ESPN says, with scores as numbers and the codes of the league',
  async () => {
    using scratch = createScratch()
    await using provider = await startRealProvider(['--data', dataOf(scratch.path)])
    await using world = await openLiveWorld(await createTestDatabase(), {
      SPORTS_INGEST_PROVIDER_ESPN_URL: provider.nbaCdn.replace('cdn.nba.com', 'site.api.espn.com'),
    })
    const { games } = parseNfl(readData(board))
    const rows = games.map(({ id, day = '', sides }): GameRow => {
      const { homeTeamId = '', awayTeamId = '' } = sides ?? {}
      const startsAt = new Date(`${day}T17:00:00Z`)
      const providerId = `2022_01_${awayTeamId}_${homeTeamId}`
      return toRow({
        sport: 'nfl',
        provider: 'nfldata',
        providerId,
        gameDate: day,
        startsAt,
        season: '2022',
        homeTeamId,
        awayTeamId,
        venue: id,
      })
    })
    // One that the schedule does not have is reported, and not made up.
    await world.store(
      rows.filter(({ homeTeamId }) => homeTeamId !== 'SEA'),
      '2022-09-08T12:00:00Z',
    )
    await world.updatedAt('nfl', '2022-09-11T19:50:00Z')

    const { notes } = await world.follow({ sports: [nfl], now: '2022-09-11T20:00:00Z', until: 2 })
    const stored = await world.sql`
    select away_team_id || ' ' || away_score || ' ' || home_team_id || ' ' || home_score || ' ' || status_text as says
    from games where status in ('live', 'final') order by provider_id`
    expect(stored.map(({ says }) => says)).toEqual([
      'BAL 24 NYJ 3 1:21 - 4th',
      'BUF 31 LA 10 Final',
      'CLE 23 CAR 21 2:00 - 4th',
      'IND 20 HOU 20 1:01 - 4th',
      'JAX 22 WAS 20 4:25 - 4th',
      'NE 7 MIA 20 Final',
      'NO 24 ATL 26 0:48 - 4th',
      'PHI 38 DET 28 7:45 - 4th',
      'PIT 20 CIN 14 0:16 - 4th',
      'SF 10 CHI 19 2:00 - 4th',
    ])
    expect(notes.map(({ rows: written, mode }) => [mode, written])).toEqual([
      ['live', 10],
      ['live', 0],
    ])
    expect(await world.sql`select count(*)::int as games from games`).toEqual([{ games: 15 }])
  },
)
