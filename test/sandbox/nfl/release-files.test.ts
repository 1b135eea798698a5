import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createWorld, type Row, releasePath } from './world.ts'

const world = createWorld()
const thanksgiving = '2026-11-26T12:00:00Z'
const longAfter = '2026-06-01T12:00:00Z'

const fileOf = (name: string, now = longAfter): Row[] => world.file(name, now)?.rows ?? []
const number = (row: Row | undefined, name: string): number => Number(row?.[name] ?? Number.NaN)
const gameKey = (row: Row) => `${row['week']} ${row['team'] ?? row['recent_team']}`

const games = world.games(longAfter)
const players = fileOf('stats_player/stats_player_week_2024')
const older = fileOf('player_stats/player_stats_2024')
const teams = fileOf('stats_team/stats_team_week_2024')
const snaps = fileOf('snap_counts/snap_counts_2024')
const rosters = fileOf('rosters/roster_2024')

describe('a download', () => {
  const name = 'stats_player/stats_player_week_2025.csv.gz'
  const ask = (path: string, now = thanksgiving) => world.nflverse.answer(path, new URLSearchParams(), new Date(now))

  test('leads to a storage host, with an address that holds for an hour', () => {
    const answer = ask(releasePath(name))
    expect(answer?.status).toBe(302)
    const { pathname, searchParams } = new URL(answer?.headers?.['location'] ?? '', 'http://sandbox')
    const [, host, ...path] = pathname.split('/')
    expect(host).toBe(world.nflverse.storage?.host)
    const stored = (now: string) => world.nflverse.storage?.answer(`/${path.join('/')}`, searchParams, new Date(now))?.status
    expect(stored('2026-11-26T12:59:00Z')).toBe(200)
    expect(stored('2026-11-26T13:01:00Z')).toBe(403)
  })

  test('is the same bytes at the same instant, packed or not the same file', () => {
    const packed = world.bytes.download(name, thanksgiving)
    expect(
      createWorld()
        .bytes.download(name, thanksgiving)
        ?.equals(packed as Buffer),
    ).toBe(true)
    const plain = world.bytes.download(name.replace('.gz', ''), thanksgiving)
    expect(plain?.equals(gunzipSync(packed as Buffer))).toBe(true)
  })

  test.each([
    ['stats_player/stats_player_week_1998', 'seasons before the first'],
    ['weekly_rosters/roster_weekly_2001', 'before they began'],
    ['injuries/injuries_2008', 'before they began'],
    ['snap_counts/snap_counts_2011', 'before they began'],
    ['stats_player/stats_player_week_2027', 'seasons to come'],
    ['player_stats/player_stats_2025', 'the older player file after 2024'],
    ['stats_player/stats_player_week', 'a season left out'],
    ['rosters/stats_player_week_2025', 'a name under another tag'],
  ])('of %s is not there (%s)', file => {
    expect(ask(releasePath(`${file}.csv.gz`))).toBeUndefined()
  })

  test('of a season that has not begun: rosters from August, stats the morning after the first game', () => {
    const there = (file: string, now: string) => ask(releasePath(`${file}_2026.csv.gz`), now) !== undefined
    expect(there('rosters/roster', '2026-07-31T12:00:00Z')).toBe(false)
    expect(there('rosters/roster', '2026-08-01T12:00:00Z')).toBe(true)
    expect(there('stats_player/stats_player_week', '2026-09-10T08:59:00Z')).toBe(false)
    expect(there('stats_player/stats_player_week', '2026-09-10T09:00:00Z')).toBe(true)
    expect(there('injuries/injuries', '2026-09-09T20:00:00Z')).toBe(false)
    expect(there('injuries/injuries', '2026-09-09T21:00:00Z')).toBe(true)
  })
})

describe('the stats of a season', () => {
  test('are of every game, 20 to 32 lines a side', () => {
    expect(players.length).toBeGreaterThan(13_000)
    expect(players.length).toBeLessThan(17_000)
    const perSide = Map.groupBy(players, gameKey)
    expect(perSide.size).toBe(570)
    for (const [side, lines] of perSide) {
      expect(lines.length, side).toBeGreaterThanOrEqual(18)
      expect(lines.length, side).toBeLessThanOrEqual(36)
    }
    expect(teams).toHaveLength(570)
  })

  test('add up: a club has the sum of its lines, and its passing yards were caught by somebody', () => {
    const perSide = Map.groupBy(players, gameKey)
    const summed = [
      'completions',
      'carries',
      'rushing_yards',
      'targets',
      'def_sacks',
      'def_tackles_solo',
      'penalties',
      'fg_att',
      'pat_made',
    ]
    for (const team of teams) {
      const lines = perSide.get(gameKey(team)) ?? []
      for (const name of summed) {
        const sum = lines.reduce((total, line) => total + number(line, name), 0)
        expect(sum, `${gameKey(team)} ${name}`).toBe(number(team, name))
      }
      expect(number(team, 'passing_yards')).toBe(number(team, 'receiving_yards'))
      expect(number(team, 'completions')).toBe(number(team, 'receptions'))
      expect(number(team, 'passing_tds')).toBe(number(team, 'receiving_tds'))
      expect(number(team, 'passing_air_yards')).toBeGreaterThanOrEqual(number(team, 'receiving_air_yards'))
    }
  })

  test('make the score of the list of games', () => {
    const scores = new Map(
      games
        .filter(row => row['season'] === '2024')
        .flatMap(row => [
          [`${row['week']} ${row['home_team']}`, number(row, 'home_score')],
          [`${row['week']} ${row['away_team']}`, number(row, 'away_score')],
        ]),
    )
    for (const team of teams) {
      const points =
        6 *
          (number(team, 'passing_tds') +
            number(team, 'rushing_tds') +
            number(team, 'special_teams_tds') +
            number(team, 'def_tds')) +
        3 * number(team, 'fg_made') +
        number(team, 'pat_made') +
        2 * (number(team, 'passing_2pt_conversions') + number(team, 'rushing_2pt_conversions') + number(team, 'def_safeties'))
      expect(points, gameKey(team)).toBe(scores.get(gameKey(team)))
    }
  })

  test('say in the older file what they say in the newer, with other names and the other sign of sack yards', () => {
    const newer = new Map(players.map(row => [`${row['player_id']} ${row['week']}`, row]))
    expect(older.length).toBeGreaterThan(5000)
    for (const row of older) {
      const same = newer.get(`${row['player_id']} ${row['week']}`)
      expect(number(row, 'sack_yards')).toBe(Math.abs(number(same, 'sack_yards_lost')))
      expect(number(same, 'sack_yards_lost')).toBeLessThanOrEqual(0)
      expect([row['recent_team'], row['interceptions'], row['sacks']]).toEqual([
        same?.['team'],
        same?.['passing_interceptions'],
        same?.['sacks_suffered'],
      ])
      for (const name of ['passing_yards', 'carries', 'receiving_yards', 'target_share', 'fantasy_points_ppr', 'passing_epa'])
        expect(row[name], name).toBe(same?.[name])
    }
    expect(older.some(row => number(row, 'sack_yards') > 0)).toBe(true)
  })

  test('have one line for each player and week, and some of clubs as a whole without a player', () => {
    const named = players.filter(row => row['player_id'] !== '')
    expect(new Set(named.map(row => `${row['player_id']} ${row['week']}`)).size).toBe(named.length)
    expect(named.length).toBeLessThan(players.length)
    for (const row of named) expect(row['player_id']).toMatch(/^00-00\d{5}$/)
  })

  test('grow game by game, the morning after; lines of past weeks change a little for some days', () => {
    const at = (now: string) => fileOf('stats_player/stats_player_week_2026', now)
    const [monday, tuesday, later] = [at('2026-11-23T12:00:00Z'), at('2026-11-24T12:00:00Z'), at('2026-11-26T10:00:00Z')]
    expect(tuesday.length).toBeGreaterThan(monday.length)
    expect(later).toHaveLength(tuesday.length)
    const keyOf = (row: Row) => `${row['player_id']} ${row['team']} ${row['week']}`
    const before = new Map(tuesday.map(row => [keyOf(row), row]))
    const changed = later.filter(row => JSON.stringify(row) !== JSON.stringify(before.get(keyOf(row))))
    expect(changed.length).toBeGreaterThan(5)
    expect(changed.length).toBeLessThan(100)
    for (const row of changed) expect(row['rushing_yards']).toBe(before.get(keyOf(row))?.['rushing_yards'])
  })
})

describe('people', () => {
  const byGsis = new Map(rosters.map(row => [row['gsis_id'], row]))

  test('are 53 a club on the active roster, and some more', () => {
    const clubs = Map.groupBy(rosters, row => row['team'])
    expect(clubs.size).toBe(32)
    for (const rows of clubs.values()) {
      expect(rows.filter(row => ['ACT', 'INA'].includes(row['status'] ?? ''))).toHaveLength(53)
      expect(rows).toHaveLength(60)
    }
  })

  test('are the same in all files, by their ids', () => {
    for (const row of players.filter(({ player_id }) => player_id)) {
      const known = byGsis.get(row['player_id'] ?? '')
      expect([known?.['team'], known?.['full_name']]).toEqual([row['team'], row['player_display_name']])
    }
    const pfrIds = new Map(rosters.filter(row => row['pfr_id']).map(row => [row['pfr_id'], row]))
    const matched = snaps.filter(row => pfrIds.has(row['pfr_player_id'] ?? ''))
    expect(matched.length / snaps.length).toBeGreaterThan(0.85)
    expect(matched.length).toBeLessThan(snaps.length)
    for (const row of matched) expect(pfrIds.get(row['pfr_player_id'] ?? '')?.['full_name']).toBe(row['player'])
  })

  test('stay the same from one season to the next, most with their club, some with another', () => {
    const next = new Map(fileOf('rosters/roster_2025').map(row => [row['esb_id'], row]))
    const stayed = rosters.filter(row => next.has(row['esb_id'] ?? ''))
    const moved = stayed.filter(row => next.get(row['esb_id'] ?? '')?.['team'] !== row['team'])
    expect(stayed.length / rosters.length).toBeGreaterThan(0.8)
    expect(stayed.length).toBeLessThan(rosters.length)
    expect(moved.length).toBeGreaterThan(50)
    for (const row of stayed) expect(next.get(row['esb_id'] ?? '')?.['gsis_id']).toBe(row['gsis_id'])
  })

  test('are all in the file of all players, those who stopped too', () => {
    const all = fileOf('players/players')
    const ids = new Set(all.map(row => row['gsis_id']))
    expect(ids.size).toBe(all.length)
    for (const row of players) if (row['player_id']) expect(ids).toContain(row['player_id'])
    expect(new Set(all.map(row => row['status']))).toEqual(new Set(['ACT', 'DEV', 'RES', 'RET']))
  })

  test('do not play in a week in which they are reported out', () => {
    const injuries = fileOf('injuries/injuries_2024')
    const played = new Set(players.map(row => `${row['player_id']} ${row['week']}`))
    const out = injuries.filter(row => row['report_status'] === 'Out')
    expect(out.length).toBeGreaterThan(200)
    for (const row of out) expect(played).not.toContain(`${row['gsis_id']} ${row['week']}`)
    const key = (row: Row) => `${row['gsis_id']} ${row['week']}`
    expect(new Set(injuries.map(key)).size).toBe(injuries.length)
  })

  test('have snaps in the games of their clubs, the centre in all', () => {
    const perGame = Map.groupBy(snaps, row => `${row['game_id']} ${row['team']}`)
    expect(perGame.size).toBe(570)
    for (const [game, rows] of perGame) {
      expect(rows.length, game).toBeGreaterThan(35)
      expect(
        rows.filter(row => row['position'] === 'C' && row['offense_pct'] === '1'),
        game,
      ).toHaveLength(1)
    }
    expect(new Set(snaps.map(row => `${row['game_id']} ${row['pfr_player_id']}`)).size).toBe(snaps.length)
  })
})

describe('files with a shape of their season', () => {
  test('injuries have the instant of the report until 2024, then the part of the season and CR LF', () => {
    const header = (year: number) => world.file(`injuries/injuries_${year}`, longAfter)?.header
    expect(header(2024)?.at(-1)).toBe('date_modified')
    expect(header(2025)?.slice(0, 3)).toEqual(['season', 'season_type', 'game_type'])
    const text = (year: number) => world.bytes.download(`injuries/injuries_${year}.csv`, longAfter)?.toString() ?? ''
    expect([text(2024).includes('\r\n'), text(2025).includes('\r\n')]).toEqual([false, true])
  })

  test('weekly rosters have a row a week for each player, and in the play-offs for those who play', () => {
    const weekly = fileOf('weekly_rosters/roster_weekly_2024')
    const weeks = Map.groupBy(weekly, row => row['week'])
    expect(weeks.get('18')).toHaveLength(1920)
    expect(weeks.get('22')).toHaveLength(120)
    expect(weekly.some(row => row['gsis_id'] === '')).toBe(true)
    expect(new Set(weekly.map(row => row['game_type']))).toEqual(new Set(['REG', 'WC', 'DIV', 'CON', 'SB']))
  })
})
