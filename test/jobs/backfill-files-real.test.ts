import { describe, expect, test } from 'vitest'
import { type NflFiles, nflFiles } from '../support/hand-made-nfl.ts'
import { startNflWorld } from '../support/nfl-world.ts'
import { readRecords, realFile } from '../support/real-nfl.ts'
import { noSharedData } from '../support/shared-data.ts'

const release = (path: string) => realFile(`github.com/nflverse/nflverse-data/releases/download/${path}`)
const lines = 'nfl_player_game_stats'
const none = { inserted: 0, updated: 0, deleted: 0 }

/** A file's lines by their keys, as they were sent. */
function linesOf(text: string): Map<string, string> {
  const columns = text.slice(0, text.indexOf('\n')).trim().split(',').sort()
  const keyOf = (read: (name: string) => string) => `${Number(read('week'))} ${read('player_id') || read('team')}`
  return new Map([...readRecords(text)].map(read => [keyOf(read), columns.map(read).join('|')]))
}

describe.skipIf(noSharedData)('successive states of a real file', () => {
  test('player_stats_2022 with 52 columns, then with 53 and two rows more', async () => {
    const states = [
      realFile('captures/player_stats_2022/01_52columns.csv.gz'),
      release('player_stats/player_stats_2022.csv.gz'),
    ] as const
    const files: NflFiles = { ...nflFiles(), player_stats_2022: states[0] }
    await using world = await startNflWorld(files)
    const first = await world.backfill({ seasons: ['2022'], only: ['player-stats'] })
    expect(first).toMatchObject({ code: 0, read: 5_629, badRows: 0, tables: { [lines]: { ...none, inserted: 5_629 } } })
    expect(await world.sql`select 1 from nfl_player_game_stats where opponent_team is not null`).toHaveLength(0)
    files['player_stats_2022'] = states[1]
    const second = await world.backfill({ seasons: ['2022'], only: ['player-stats'] })
    expect(second).toMatchObject({ code: 0, read: 5_631, badRows: 0, tables: { [lines]: { inserted: 2, deleted: 0 } } })
    expect(await world.sql`select 1 from nfl_player_game_stats where opponent_team is null`).toHaveLength(0)
  })

  test('stats_player_week_2025 growing week by week: weeks of before are written where they were corrected, and no more', async () => {
    const folder = 'captures/stats_player_week_2025'
    const states = [
      realFile(`${folder}/01_2025-09-14.csv`),
      realFile(`${folder}/02_weeks1-4.csv.gz`),
      realFile(`${folder}/03_weeks1-8.csv.gz`),
      release('stats_player/stats_player_week_2025.csv.gz'),
    ]
    const files: NflFiles = { ...nflFiles() }
    await using world = await startNflWorld(files)
    let before = new Map<string, string>()
    for (const text of states) {
      files['stats_player_week_2025'] = text
      const run = await world.backfill({ seasons: ['2025'], only: ['player-stats'] })
      const now = linesOf(text)
      const known = [...before].filter(([key]) => now.has(key))
      const { inserted, updated = 0, deleted } = run.tables?.[lines] ?? {}
      expect(run).toMatchObject({ code: 0, badRows: 0, read: now.size })
      expect({ inserted, deleted }).toEqual({ inserted: now.size - known.length, deleted: before.size - known.length })
      // `43.0` and 43 are no correction.
      expect(updated).toBeLessThanOrEqual(known.filter(([key, line]) => now.get(key) !== line).length)
      before = now
    }
    expect(await world.backfill({ seasons: ['2025'], only: ['player-stats'] })).toMatchObject({
      rows: none,
      units: { unchanged: 1 },
    })
  })

  test('games.csv of December, then of April as another program has written it: the season is complete, and other games are not rewritten', async () => {
    const states = [
      realFile('raw.githubusercontent.com/nflverse/nfldata/master/data/games.csv'),
      realFile('captures/games/2026-04-01_seasons2016-2025.csv.gz'),
    ] as const
    const files: NflFiles = { ...nflFiles(), games: states[0] }
    await using world = await startNflWorld(files)
    const first = await world.backfill({ seasons: ['2025'], only: ['games'], now: '2025-12-02T12:00:00Z' })
    expect(first).toMatchObject({ code: 0, said: '', badRows: 0 })
    expect(await world.sql`select status, count(*)::int as games from games where season = '2025' group by 1 order by 1`).toEqual(
      [
        { status: 'final', games: 193 },
        { status: 'scheduled', games: 79 },
      ],
    )
    files['games'] = states[1]
    const run = await world.backfill({ seasons: ['2025'], only: ['games'], now: '2026-04-02T12:00:00Z' })
    expect(run).toMatchObject({ code: 0, badRows: 0, read: 2_761 })
    expect(run.tables?.['games']).toEqual({ inserted: 13, updated: expect.any(Number), deleted: 0 })
    expect(await world.sql`select status, count(*)::int as games from games where season = '2025' group by 1`).toEqual([
      { status: 'final', games: 285 },
    ])

    const facts = ['gameday', 'gametime', 'away_score', 'home_score', 'overtime', 'stadium', 'game_type']
    const [december, april] = states.map(
      text =>
        new Map(
          [...readRecords(text)].map(read => [read('game_id'), facts.map(name => read(name).replace(/\.0$/, '')).join('|')]),
        ),
    )
    const changed = [...(december ?? [])].filter(([id, line]) => april?.has(id) && april.get(id) !== line).map(([id]) => id)
    const rewritten = await world.sql<{ id: string }[]>`
      select provider_id as id from games where updated_at > '2026-01-01' and created_at < '2026-01-01' order by 1`
    expect(rewritten.map(({ id }) => id)).toEqual(changed.sort())
  })
})
