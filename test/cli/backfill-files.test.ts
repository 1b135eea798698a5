import { describe, expect, test } from 'vitest'
import { nflFiles, perSeason } from '../support/hand-made-nfl.ts'
import { startNflLeague } from '../support/nfl-league.ts'
import { reply } from '../support/provider-server.ts'
import { expectOneLine, logLines } from '../support/told.ts'

const { planned, missing, requests } = perSeason
const season = ['schedule', 'backfill', '--sport', 'nfl', '--season', '2024']
/** A path is not cut. */
const tooWide = (text: string) => text.split('\n').filter(line => line.length > 80 && line.trim().includes(' '))

describe('a season of files', () => {
  test('is loaded, and the receipt says so within 80 columns; a second time nothing has changed', async () => {
    await using world = await startNflLeague(nflFiles(2024))
    const first = await world.run(season)
    expect(first.code, first.stderr).toBe(0)
    const [head, ...lines] = first.stdout.split('\n')
    expect(head).toMatch(/^nfl backfill 2024 {2,}done in \d/)
    expect(lines).toEqual([
      '  games      4 asked for: 4 loaded, 0 unchanged, 0 postponed, 0 dead',
      '  read       41 rows: 41 new, 0 changed, 0 unchanged, 0 dead',
      `  units      8 of ${planned} done, ${missing} missing`,
      expect.stringMatching(/^ {2}rows {7}\d+ written: \d+ new, 0 changed$/),
      `  requests   ${requests}`,
      '  watermark  none → 2024_02_LAC_BAL',
      '',
    ])
    expect(tooWide(first.stdout)).toEqual([])
    const events = logLines(first).map(({ event }) => event)
    expect(events.filter(event => event === 'file.loaded')).toHaveLength(8)
    expect([events[0], events.at(-1)]).toEqual(['job.start', 'job.end'])

    const second = await world.run(season)
    expect(second.stdout).toContain(`0 of ${planned} done, 8 unchanged, ${missing} missing`)
    expect(second.stdout).toContain('0 written: nothing had changed')
    expect(await world.run(['watermark', 'get', 'backfill', 'nfl:2024'])).toMatchObject({ code: 0, stdout: '2024_02_LAC_BAL\n' })
    expect((await world.run(['watermark', 'verify', 'backfill', 'nfl:2024'])).stdout).toContain('nothing is missing, 4 games')
    expect((await world.run(['runs', 'list'])).stdout).toMatch(/backfill +nfl +2024 +done/)
    expect((await world.run(['runs', 'show', '1'])).code).toBe(0)
  })

  test('with what could not be loaded names it, within 80 columns, and ends with their number', async () => {
    const { injuries_2024: _, ...files } = nflFiles(2023, 2024)
    files['snap_counts_2024'] = `${files['snap_counts_2024']}2024_02_KC_LV,2024\n`
    files['roster_2023'] = reply(500)
    await using world = await startNflLeague(files)
    const run = await world.run([...season.slice(0, -1), '2023..2024'])
    expect(run.code, run.stderr).toBe(3)
    expect(run.stdout).toMatch(/^nfl backfill 2023\.\.2024 {2,}failed/)
    expect(run.stdout).toContain('  watermarks 2 of 2 moved, 2023_02_LAC_BAL to 2024_02_LAC_BAL')
    expect(run.stdout).toContain('no file of injuries for 2024 (404)')
    expect(run.stdout).toContain('  letters    3 dead letters are open: dead-letters list says why, dead-letters\n')
    expect(tooWide(run.stdout)).toEqual([])
    const letters = await world.run(['dead-letters', 'list'])
    for (const item of ['injuries', 'rosters', 'snap-counts']) expect(letters.stdout).toContain(item)
    expect((await world.run(['dead-letters', 'retry', '--all'])).code).toBe(3)
  })

  test('is one JSON value with --json, and so is its plan', async () => {
    await using world = await startNflLeague(nflFiles(2024))
    const plan = await world.run([...season, '--plan', '--json'])
    const { plans } = JSON.parse(plan.stdout) as { plans: object[] }
    expect(plans).toMatchObject([{ sport: 'nfl', season: '2024', requests: planned, ratePerSecond: 500 }])
    expect(world.api.requests).toEqual([])
    const run = await world.run([...season, '--json'])
    expect(JSON.parse(run.stdout)).toMatchObject({
      runs: [{ sport: 'nfl', season: '2024', status: 'done', units: { planned, done: 8 } }],
    })
  })

  test('is planned as a table of its files, which says what is loaded already', async () => {
    await using world = await startNflLeague(nflFiles(2024))
    const before = await world.run([...season, '--plan'])
    expect(before).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${planned} to ask for; unchanged ones are not read`),
    })
    expect(before.stdout).toMatch(/player-stats +2024 +not yet +-/)
    await world.run(season)
    const after = await world.run([...season, '--plan'])
    expect(after.stdout).toMatch(/player-stats +2024 +2024-09-20 12:00 +8/)
    expect(tooWide(before.stdout + after.stdout)).toEqual([])
  })

  test('leaves nothing of a dry run, which says what it would write', async () => {
    await using world = await startNflLeague(nflFiles(2024))
    const run = await world.run([...season, '--dry-run'])
    expect(run.code, run.stderr).toBe(0)
    expect(run.stdout).toMatch(/\d+ to write: \d+ new/)
    expect(await world.store.sql`select 1 from games`).toHaveLength(0)
    expect(await world.store.sql`select 1 from ingest_runs`).toHaveLength(0)
  })

  test('is loaded day by day by the daily job, too', async () => {
    await using world = await startNflLeague(nflFiles(2024))
    const run = await world.run(['schedule', 'daily', '--sport', 'nfl'])
    expect(run.code, run.stderr).toBe(0)
    expect(tooWide(run.stdout)).toEqual([])
    expect(await world.run(['watermark', 'get', 'schedule', 'daily:nfl'])).toMatchObject({ code: 0, stdout: '2024-09-19\n' })
  })
})

test('the seasons of the days between --from and --to are loaded, and no other', async () => {
  await using world = await startNflLeague(nflFiles(2022, 2023, 2024))
  const words = ['schedule', 'backfill', '--sport', 'nfl', '--from', '2023-10-01', '--to', '2024-10-01', '--json']
  const run = await world.run(words, { SPORTS_INGEST_NOW: '2024-10-02T12:00:00Z' })
  expect(run.code, run.stderr).toBe(0)
  expect(JSON.parse(run.stdout)).toMatchObject({
    runs: [
      {
        season: '2023..2024',
        status: 'done',
        units: { planned: 2 * planned - 2, done: 14, missing: 2 * missing },
        watermarks: [
          { key: 'nfl:2023', before: null, after: '2023_02_LAC_BAL' },
          { key: 'nfl:2024', before: null, after: '2024_02_LAC_BAL' },
        ],
      },
    ],
  })
  expect(await world.store.sql`select distinct season from nfl_player_game_stats order by 1`).toEqual([
    { season: 2023 },
    { season: 2024 },
  ])
})

describe('wrong use ends with 100 and one line', () => {
  const env = { DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none', SPORTS_INGEST_NOW: '2024-09-20T12:00:00Z' }
  test.each<[string[], RegExp | string]>([
    [['--since', '2024_01_BAL_KC'], '--since has no effect on nfl: nfl is loaded from files of whole seasons.'],
    [['--from', '2024-09-08'], '--from has no effect on nfl: nfl is loaded from files of whole seasons.'],
    [['--to', '2024-09-08'], '--to has no effect on nfl: nfl is loaded from files of whole seasons.'],
    [['--chunk-days', '7'], '--chunk-days has no effect on nfl: nfl is loaded from files of whole seasons.'],
    [['--season', '2024-25'], /season/],
    [['--season', '1998'], /1998/],
    [['--season', '2026'], /2026/],
    [['--season', '2024..2020'], /2024\.\.2020/],
    [['--retry-failed', '--restart'], /--restart/],
  ])('%j', async (flags, says) => {
    const words = flags[0] === '--season' ? season.slice(0, -2) : season
    await expectOneLine([...words, ...flags], { code: 100, says, env })
  })
})
