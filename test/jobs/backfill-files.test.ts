import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { csv } from '../support/csv.ts'
import {
  gameIdsOf,
  gameLine,
  type NflFiles,
  nflFiles,
  olderWeekLine,
  perSeason,
  persons,
  snapLine,
  toCome,
  weekLine,
  weekLinesOf,
} from '../support/hand-made-nfl.ts'
import { startNflWorld } from '../support/nfl-world.ts'
import { reply } from '../support/provider-server.ts'

const { planned, missing } = perSeason
const none = { inserted: 0, updated: 0, deleted: 0 }
const [firstPerson] = persons as [(typeof persons)[number]]
const weeks = 'stats_player_week_2024'

describe('a season', () => {
  test('is loaded whole: every file, every row, and the watermark stands on its last game', async () => {
    await using world = await startNflWorld(nflFiles(2024))
    const run = await world.backfill()
    expect(run).toMatchObject({
      code: 0,
      status: 'done',
      season: '2024',
      units: { planned, done: 8, unchanged: 0, missing, failed: 0, pending: 0 },
      read: 4 + 4 + 8 + 8 + 4 + 8 + 1 + 8,
      badRows: 0,
      findings: [],
      failures: 0,
      watermarks: [{ stage: 'backfill', key: 'nfl:2024', before: null, after: '2024_02_LAC_BAL' }],
    })
    const tables = ['games', 'nfl_games', 'teams', 'players', 'nfl_players', 'nfl_player_game_stats', 'nfl_team_game_stats']
    const people = ['nfl_rosters', 'nfl_weekly_rosters', 'nfl_injuries', 'nfl_snap_counts', 'nfl_player_ids']
    const counts = await Promise.all([...tables, ...people].map(table => world.count(table)))
    expect(counts).toEqual([4, 4, 4, 4, 4, 8, 8, 4, 8, 1, 8, 16])
    const [run1] = await world.sql`select job, sport, season, status, failures, watermark_after as after from ingest_runs`
    expect(run1).toEqual({ job: 'backfill', sport: 'nfl', season: '2024', status: 'done', failures: 0, after: '2024_02_LAC_BAL' })
    const chunks = await world.sql`select status, count(*)::int as count from ingest_chunks group by 1 order by 1`
    expect([...chunks].map(({ status, count }) => [status, count])).toEqual([['done', planned]])
    expect(await world.letters()).toEqual([])
    // Of lines that come in a file stats are told the season.
    expect([...(await world.sql`select distinct sport, season from ingest_stats_changes`)]).toEqual([
      { sport: 'nfl', season: '2024' },
    ])
  })

  test('that did not change is asked for with tags, and not sent', async () => {
    await using world = await startNflWorld(nflFiles(2024))
    const first = await world.backfill()
    const second = await world.backfill()
    expect(second).toMatchObject({ code: 0, units: { planned, done: 0, unchanged: 8, missing }, read: 0, rows: none })
    // The season's totals, which do not exist, are asked for at both places.
    expect(second.requests).toBe(first.requests)
    expect(world.api.requests.filter(({ headers }) => headers['if-none-match'])).toHaveLength(8)
    expect(await world.watermark()).toBe('2024_02_LAC_BAL')
  })

  test('that did not change is not read again where a server has no tags', async () => {
    await using world = await startNflWorld(nflFiles(2024), { tags: false })
    await world.backfill()
    const states = await world.sql`select dataset, hash, loaded_at, run_id from ingest_files order by 1`
    expect(await world.backfill()).toMatchObject({ code: 0, units: { unchanged: 8 }, read: 0, rows: none })
    expect(await world.sql`select dataset, hash, loaded_at, run_id from ingest_files order by 1`).toEqual(states)
  })

  test.each([true, false])('of which one row changed has that row written; with tags: %s', async tags => {
    const files = nflFiles(2024)
    await using world = await startNflWorld(files, { tags })
    await world.backfill()
    files[weeks] = csv(weekLinesOf(2024).map((line, i) => (i === 3 ? { ...line, passing_yards: 7 } : line)))
    const run = await world.backfill({ now: '2024-09-21T12:00:00Z' })
    expect(run).toMatchObject({ code: 0, units: { done: 1, unchanged: 7 }, read: 8, rows: { ...none, updated: 1 } })
    expect(run.tables).toEqual({ nfl_player_game_stats: { ...none, updated: 1 } })
    expect(
      await world.sql`select passing_yards as yards from nfl_player_game_stats where updated_at = '2024-09-21T12:00:00Z'`,
    ).toEqual([{ yards: 7 }])
  })

  test.each([1, 4])('of several is loaded with the others, %i files at a time', async concurrency => {
    await using world = await startNflWorld(nflFiles(2022, 2023, 2024))
    const run = await world.backfill({ seasons: ['2022', '2023', '2024'], concurrency })
    expect(run).toMatchObject({
      code: 0,
      season: '2022..2024',
      units: { planned: 3 * planned - 4, done: 20, missing: 3 * missing },
    })
    expect(run.watermarks?.map(({ after }) => after)).toEqual(['2022_02_LAC_BAL', '2023_02_LAC_BAL', '2024_02_LAC_BAL'])
    expect(await world.count('nfl_player_game_stats')).toBe(24)
    expect(await world.count('players')).toBe(4)
  })

  test('that has not begun has no files yet, and that is no failure', async () => {
    const files = { games: csv(gameIdsOf(2024).map(id => gameLine(id, toCome))), players: nflFiles()['players'] as string }
    await using world = await startNflWorld(files)
    const run = await world.backfill({ now: '2024-08-01T12:00:00Z' })
    expect(run).toMatchObject({ code: 0, units: { planned, done: 2, missing: planned - 2, failed: 0 } })
    expect(run.watermarks?.[0]?.after).toBeNull()
    expect(await world.letters()).toEqual([])
  })

  test('that began last night has no files before the morning; a day later that is a failure', async () => {
    const [opening = ''] = gameIdsOf(2024)
    const played = gameLine(opening, { gameday: '2024-09-05' })
    const others = gameIdsOf(2024).slice(1)
    const games = csv([played, ...others.map(id => gameLine(id, toCome))])
    await using world = await startNflWorld({ games, players: nflFiles()['players'] as string })
    expect(await world.backfill({ now: '2024-09-06T12:00:00Z' })).toMatchObject({ code: 0, units: { failed: 0 } })
    expect(await world.backfill({ now: '2024-09-07T12:00:00Z' })).toMatchObject({ units: { failed: planned - 2 - missing } })
  })

  test('leaves nothing of a dry run, which says what it would write', async () => {
    await using world = await startNflWorld(nflFiles(2024))
    const run = await world.backfill({ dryRun: true })
    expect(run).toMatchObject({ code: 0, run: null, dryRun: true, units: { done: 8 } })
    expect(run.rows?.inserted).toBeGreaterThan(40)
    for (const table of [
      'games',
      'nfl_player_game_stats',
      'players',
      'ingest_files',
      'ingest_runs',
      'ingest_chunks',
      'ingest_watermarks',
      'ingest_leases',
      'dead_letters',
    ])
      expect([table, await world.count(table)]).toEqual([table, 0])
  })
})

test('a file that is the same under another tag is not read, and the new tag is what is asked with', async () => {
  const files = nflFiles(2024)
  let tag = '"1"'
  const body = gzipSync(files[weeks] as string)
  await using world = await startNflWorld(files)
  files[weeks] = { send: response => reply(200, { etag: tag }, body).send(response) }
  await world.backfill()
  tag = '"2"'
  expect(await world.backfill()).toMatchObject({ code: 0, units: { done: 0, unchanged: 8 } })
  await world.backfill()
  const tags = world.api.requests.filter(({ path }) => path.includes(weeks)).map(({ headers }) => headers['if-none-match'])
  expect(tags).toEqual([undefined, '"1"', '"2"'])
})

test('a file that has lost most of its rows is a failure, unless a person has everything read again', async () => {
  const files = nflFiles(2024)
  files['snap_counts_2024'] = csv(
    Array.from({ length: 60 }, (_, i) => snapLine({ ...firstPerson, pfr: `p${i}` }, '2024_01_BAL_KC')),
  )
  await using world = await startNflWorld(files)
  await world.backfill()
  files['snap_counts_2024'] = csv([snapLine(firstPerson, '2024_01_BAL_KC')])
  const run = await world.backfill()
  expect(run).toMatchObject({ code: 1, units: { failed: 1 } })
  expect(run.failed?.[0]?.hint).toContain('schedule backfill --restart')
  expect(await world.count('nfl_snap_counts')).toBe(60)
  expect(await world.backfill({ restart: { user: 'test' } })).toMatchObject({ code: 0, units: { failed: 0 } })
  expect(await world.count('nfl_snap_counts')).toBe(1)
  expect(await world.letters()).toEqual([])
})

describe('of two generations of a file', () => {
  const older = csv(weekLinesOf(2024).map(olderWeekLine))

  test('the newer one is asked for first, and the older one where that is not there', async () => {
    const { [weeks]: _, ...files } = nflFiles(2024)
    await using world = await startNflWorld({ ...files, player_stats_2024: older })
    const run = await world.backfill({ only: ['player-stats'] })
    expect(run.asked.map(path => path.split('/').at(-1))).toEqual([`${weeks}.csv.gz`, `${weeks}.csv`, 'player_stats_2024'])
    expect(
      await world.sql`select distinct week, sack_yards_lost as lost, passing_yards as yards from nfl_player_game_stats order by 1`,
    ).toEqual([
      { week: 1, lost: -1, yards: 101 },
      { week: 2, lost: -2, yards: 102 },
    ])
  })

  test('the newer one takes the place of the older one when it comes', async () => {
    const { [weeks]: _, ...others } = nflFiles(2024)
    const files: NflFiles = { ...others, player_stats_2024: older }
    await using world = await startNflWorld(files)
    await world.backfill()
    expect(await world.backfill()).toMatchObject({ code: 0, rows: none, units: { done: 0, unchanged: 8 } })
    files[weeks] = csv(weekLinesOf(2024).map(line => ({ ...line, def_interceptions: 1 })))
    expect(await world.backfill()).toMatchObject({ code: 0, rows: { ...none, updated: 8 }, units: { done: 1, unchanged: 7 } })
  })

  test('the newer one takes the place of the older one that is gone, and only what it says otherwise is written', async () => {
    const { [weeks]: _, ...others } = nflFiles(2024)
    const files: NflFiles = { ...others, player_stats_2024: older }
    await using world = await startNflWorld(files)
    await world.backfill()
    delete files['player_stats_2024']
    files[weeks] = csv(weekLinesOf(2024))
    expect(await world.backfill()).toMatchObject({ code: 0, rows: none, units: { done: 1, unchanged: 7 } })
  })

  test('the older one does not come back where the newer one is away for a day', async () => {
    const files: NflFiles = { ...nflFiles(2024), player_stats_2024: older }
    await using world = await startNflWorld(files)
    await world.backfill()
    const { [weeks]: newer = '' } = files
    delete files[weeks]
    const run = await world.backfill()
    expect(run).toMatchObject({ code: 1, units: { failed: 1 }, rows: none })
    expect(run.asked).not.toContain('player_stats_2024')
    expect(run.said).toBe(
      'nflverse has no player-stats of 2024 (404): it is not at /nflverse/nflverse-data/releases/download/stats_player/stats_player_week_2024.csv.gz.',
    )
    expect(await world.count('nfl_player_game_stats')).toBe(8)
    files[weeks] = newer
    expect(await world.backfill()).toMatchObject({ code: 0, units: { unchanged: 8, failed: 0 } })
    expect(await world.letters()).toEqual([])
  })

  test('the one of before 2022 writes NA for what is missing', async () => {
    const { stats_player_week_2011: _, ...files } = nflFiles(2011)
    const line = { ...olderWeekLine(weekLine(firstPerson, 2011, 1)), passing_epa: 'NA' }
    await using world = await startNflWorld({ ...files, former_2011: csv([line]) })
    await world.backfill({ seasons: ['2011'], only: ['player-stats'] })
    expect(await world.sql`select passing_epa as epa, extra from nfl_player_game_stats`).toEqual([{ epa: null, extra: null }])
  })
})

describe('the watermark of a season', () => {
  test('stops before a game that is not over', async () => {
    const files = nflFiles(2024)
    const [a, b, c, d] = gameIdsOf(2024) as [string, string, string, string]
    files['games'] = csv([gameLine(a), gameLine(b), gameLine(c, toCome), gameLine(d)])
    await using world = await startNflWorld(files)
    await world.backfill()
    expect(await world.watermark()).toBe(b)
    files['games'] = csv([a, b, c, d].map(id => gameLine(id)))
    await world.backfill()
    expect(await world.watermark()).toBe(d)
  })

  test('stops before a game that is over and has no lines', async () => {
    const files = nflFiles(2024)
    const second = persons.filter(({ club }) => club === 'LAC' || club === 'BAL')
    files[weeks] = csv(weekLinesOf(2024).filter(line => line['week'] === 1 || !second.some(({ club }) => club === line['team'])))
    await using world = await startNflWorld(files)
    expect(await world.backfill()).toMatchObject({ code: 0 })
    expect(await world.watermark()).toBe('2024_02_KC_LV')
    files[weeks] = csv(weekLinesOf(2024))
    await world.backfill()
    expect(await world.watermark()).toBe('2024_02_LAC_BAL')
  })

  test('does not move before every file with lines of games was loaded or has a dead letter', async () => {
    await using world = await startNflWorld(nflFiles(2024))
    await world.backfill({ only: ['games', 'player-stats'] })
    expect(await world.watermark()).toBeUndefined()
    await world.backfill({ only: ['team-stats'] })
    expect(await world.watermark()).toBe('2024_02_LAC_BAL')
  })

  test('that a person set back has the files of the season read again; rows that did not change are not written', async () => {
    await using world = await startNflWorld(nflFiles(2024))
    await world.backfill()
    await world.setWatermark('2024_01_BAL_KC', '2024-09-21T12:00:00Z')
    const run = await world.backfill({ now: '2024-09-22T12:00:00Z' })
    expect(run).toMatchObject({ code: 0, units: { done: 6, unchanged: 2 }, rows: none })
    expect(run.watermarks).toMatchObject([{ before: '2024_01_BAL_KC', after: '2024_02_LAC_BAL' }])
    expect(await world.backfill({ now: '2024-09-23T12:00:00Z' })).toMatchObject({ units: { done: 0, unchanged: 8 } })
  })

  test('is forgotten by a restart, which reads everything again and writes what is missing', async () => {
    await using world = await startNflWorld(nflFiles(2024))
    await world.backfill()
    await world.sql`delete from nfl_snap_counts where team = 'KC'`
    await world.sql`update nfl_rosters set row_hash = '\\x00', full_name = 'Nobody' where team = 'BAL'`
    expect(await world.backfill()).toMatchObject({ rows: none })
    const run = await world.backfill({ restart: { user: 'test' } })
    expect(run).toMatchObject({ code: 0, units: { done: 8, unchanged: 0 }, rows: { inserted: 2, updated: 1, deleted: 0 } })
    expect(await world.watermark()).toBe('2024_02_LAC_BAL')
    const moves = await world.sql`select value, changed_by as by, reason from ingest_watermark_history order by id`
    expect([...moves].map(({ by }) => by)).toContain('test')
    expect(await world.sql`select full_name as name from nfl_rosters where team = 'BAL'`).toEqual([{ name: 'Adam BAL' }])
  })
})

test('a restart writes anew what follows from the files, too', async () => {
  await using world = await startNflWorld(nflFiles(2024))
  await world.backfill()
  const players = await world.count('nfl_player_ids')
  expect(players).toBeGreaterThan(0)
  await world.sql`delete from nfl_player_ids`
  await world.backfill({ restart: { user: 'test' } })
  expect(await world.count('nfl_player_ids')).toBe(players)
})

test('a restart of some datasets reads only those again, and leaves the watermark where it is', async () => {
  await using world = await startNflWorld(nflFiles(2024))
  await world.backfill()
  await world.sql`delete from nfl_snap_counts where team = 'KC'`
  const run = await world.backfill({ restart: { user: 'test' }, only: ['snap-counts'] })
  expect(run).toMatchObject({ code: 0, units: { planned: 1, done: 1 }, rows: { ...none, inserted: 2 } })
  expect(run.asked).toEqual(['snap_counts_2024'])
  expect(await world.watermark()).toBe('2024_02_LAC_BAL')
  expect(await world.sql`select value from ingest_watermark_history`).toHaveLength(1)
  expect(await world.backfill()).toMatchObject({ code: 0, units: { done: 0, unchanged: 8 } })
})

test('a value of an unknown column is stored, and the column is a finding once', async () => {
  const files = nflFiles(2024)
  files['snap_counts_2024'] = csv([snapLine(firstPerson, '2024_01_BAL_KC', { mood: 'good' })])
  await using world = await startNflWorld(files)
  const run = await world.backfill()
  expect(run.findings).toMatchObject([
    { check: 'unknown-columns', message: 'The file snap-counts of 2024 has 1 unknown columns, stored in extra: mood.' },
  ])
  expect(await world.sql`select extra from nfl_snap_counts`).toEqual([{ extra: { mood: 'good' } }])
  expect((await world.backfill()).findings).toEqual([])
})

test('clubs of statistics are called as they are today; a code that nobody knows is a bad row, and both clubs of a game have lines', async () => {
  const weekly = weekLinesOf(2001)
  const written = (codes: Record<string, string>) =>
    csv(weekly.map(line => ({ ...line, team: codes[String(line['team'])] ?? line['team'] })))
  const files = { ...nflFiles(2001), stats_player_week_2001: written({ LV: 'OAK', LAC: 'SD' }) }
  await using world = await startNflWorld(files)
  const now = '2001-09-20T12:00:00Z'
  expect(await world.backfill({ seasons: ['2001'], now })).toMatchObject({ code: 0 })
  const clubs = () => world.sql`select distinct team from nfl_player_game_stats order by 1`
  expect(await clubs()).toEqual([{ team: 'BAL' }, { team: 'KC' }, { team: 'LAC' }, { team: 'LV' }])
  expect(await world.verify({ stage: 'backfill', key: 'nfl:2001' })).toMatchObject({ proven: true })

  files.stats_player_week_2001 = written({ LV: 'LVX' })
  const run = await world.backfill({ seasons: ['2001'], now })
  expect(run.code).toBeGreaterThan(0)
  expect((await world.letters()).map(({ message }) => message)).toContainEqual(
    expect.stringContaining('has "LVX" for team, which is not a known code'),
  )

  files.stats_player_week_2001 = csv(weekly.filter(line => line['team'] !== 'LV'))
  expect(await world.backfill({ seasons: ['2001'], now })).toMatchObject({ code: 0 })
  expect(await world.verify({ stage: 'backfill', key: 'nfl:2001' })).toMatchObject({
    ...{ proven: false, holes: 2 },
    first: { id: '2001_01_LV_LAC', what: 'is over and lacks its lines' },
  })
})
