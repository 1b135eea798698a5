import { describe, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { accessDenied, type HandMadeGame, type HandMadeLeague, scheduleOf, startHandMadeNba } from '../support/hand-made-nba.ts'
import { result } from '../support/hand-made-racing.ts'
import { reply } from '../support/provider-server.ts'
import { startRacingWorld } from '../support/racing-world.ts'
import { expectOneLine } from '../support/told.ts'

const [one, two, three] = ['0022400561', '0022400562', '0022400570']
const games: HandMadeGame[] = [
  { id: one, day: '2025-01-15' },
  { id: two, day: '2025-01-15', sides: [1610612739, 1610612740] },
  { id: three, day: '2025-01-16', sides: [1610612741, 1610612742] },
]

const lastly = '2025-01-20T12:00:00Z'

/** Two days of three games, loaded on the morning of the 17th. */
async function startLoaded(change: Partial<HandMadeLeague> = {}) {
  const league: HandMadeLeague = { games: [...games], ...change }
  const api = await startHandMadeNba(league)
  const store = await createTestDatabase()
  const env = { ...api.env, DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2025-01-17T12:00:00Z' }
  const run = (words: string, more: Record<string, string> = {}) => runCli(words.split(' '), { ...env, ...more })
  await run('schedule daily --days-back 2')
  return {
    league,
    store,
    env,
    run,
    verify: async (words = '') => {
      // Behind all runs: what was stored by a clock that is ahead is not believed.
      const { code, stdout } = await run(`watermark verify ${words} --json`.replaceAll('  ', ' '), { SPORTS_INGEST_NOW: lastly })
      const { watermarks } = JSON.parse(stdout) as { watermarks: { first: { id: string; what: string; mend: string } | null }[] }
      return { code, ...watermarks[0] }
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await api[Symbol.asyncDispose]()
    },
  }
}

describe('watermark verify schedule', () => {
  test('proves that nothing is missing, and says of what; a game that is not over is no hole', async () => {
    const scheduled = { ...(games[1] as HandMadeGame), status: 1 as const, text: 'PPD' }
    await using loaded = await startLoaded({ games: [games[0] as HandMadeGame, scheduled, games[2] as HandMadeGame] })
    expect(await loaded.verify()).toEqual({
      code: 0,
      stage: 'schedule',
      key: 'daily:nba',
      value: '2025-01-16',
      from: '2025-01-15',
      games: 3,
      listed: true,
      unfinished: 1,
      proven: true,
      holes: 0,
      first: null,
    })
    expect((await loaded.run('watermark verify schedule daily')).stdout).toMatch(
      /^schedule daily:nba 2025-01-16: nothing is missing, 3 games of 2025-01-15 to 2025-01-16 checked\.\n {2}Games that were not over when last asked for: 1; /,
    )
  })

  test('names the first hole, and the command that mends it', async () => {
    await using loaded = await startLoaded()
    await loaded.store.sql`delete from games where provider_id in (${two}, ${three})`
    const mend = 'sports-ingest schedule daily --sport nba --date 2025-01-15 --no-catch-up'
    expect(await loaded.verify('schedule daily')).toMatchObject({
      code: 1,
      proven: false,
      holes: 2,
      first: { id: two, day: '2025-01-15', what: 'is not stored', mend },
    })
    expect((await loaded.run('watermark verify')).stdout).toBe(
      `schedule daily:nba 2025-01-16: 2 holes. The first is game ${two} of 2025-01-15, which is not stored.\n  To fix it: ${mend}\n`,
    )
    await loaded.run(mend.slice('sports-ingest '.length))
    const left = await loaded.verify()
    expect(left).toMatchObject({ code: 1, holes: 1, first: { id: three, day: '2025-01-16' } })
    await loaded.run((left.first?.mend ?? '').slice('sports-ingest '.length))
    expect(await loaded.verify()).toMatchObject({ code: 0, proven: true })
  })

  test('a game that is over has player lines and both team lines, or it is a hole', async () => {
    await using loaded = await startLoaded()
    await loaded.store.sql`delete from nba_team_game_stats where game_id = ${three} and is_home`
    expect(await loaded.verify()).toMatchObject({
      code: 1,
      holes: 1,
      first: { id: three, what: 'is over and lacks its lines in nba_team_game_stats' },
    })
    await loaded.store.sql`delete from nba_player_game_stats where game_id in (${one}, ${three})`
    expect(await loaded.verify()).toMatchObject({
      code: 1,
      holes: 2,
      first: { id: one, what: 'is over and lacks its lines in nba_player_game_stats' },
    })
  })

  test('what is in the dead letters is accounted for while open or discarded; not when it was resolved and is gone', async () => {
    const broken = { ...(games[2] as HandMadeGame), more: { gameStatusText: 7 } }
    const boxes = { [two]: accessDenied }
    await using loaded = await startLoaded({ boxes, games: [games[0] as HandMadeGame, games[1] as HandMadeGame, broken] })
    expect(await loaded.store.sql`select 1 from dead_letters where status = 'open'`).toHaveLength(2)
    expect(await loaded.verify()).toMatchObject({ code: 0, proven: true, games: 3 })
    await loaded.run('dead-letters discard 1 2 --reason never')
    expect(await loaded.verify()).toMatchObject({ code: 0, proven: true })
    await loaded.store.sql`update dead_letters set status = 'resolved'`
    expect(await loaded.verify()).toMatchObject({ code: 1, holes: 2, first: { id: two } })
  })

  test('a game that came into a day after it was loaded is a hole as soon as a schedule with it is kept', async () => {
    await using loaded = await startLoaded()
    loaded.league.games.push(
      { id: '0022400599', day: '2025-01-12' },
      { id: '0022400598', day: '2025-01-15', sides: [1610612743, 1610612744] },
    )
    const later = { SPORTS_INGEST_NOW: '2025-01-17T13:00:00Z' }
    expect(await loaded.run('schedule daily --date 2025-01-16 --no-catch-up', later)).toMatchObject({ code: 0 })
    // The 12th is before the first day that was loaded: nothing is claimed of it.
    expect(await loaded.verify()).toMatchObject({ code: 1, holes: 1, first: { id: '0022400598' } })
  })

  test('a first value set by hand says where to begin: its day and those before are not claimed', async () => {
    await using api = await startHandMadeNba({ games: [{ id: '0022400550', day: '2025-01-14' }, ...games] })
    await using store = await createTestDatabase()
    const env = { ...api.env, DATABASE_URL: store.url, SPORTS_INGEST_NOW: '2025-01-17T12:00:00Z' }
    const run = (words: string) => runCli(words.split(' '), env)
    await run('watermark set schedule daily 2025-01-14')
    expect(await run('watermark verify')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('no run has loaded a day up to it'),
    })
    await run('schedule daily')
    expect(await run('watermark verify')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('3 games of 2025-01-15 to 2025-01-16'),
    })
    // Set forward over days that nobody has loaded, it covers what is missing.
    await store.sql`delete from games`
    expect((await run('watermark verify')).code).toBe(1)
  })

  test('days of a former season are checked against the schedule stored then; without it, only the stored games are', async () => {
    await using loaded = await startLoaded()
    const { store, league } = loaded
    league.schedule = () => reply(200, {}, scheduleOf([{ id: '0022500001', day: '2025-10-22' }], '2025-26'))
    // It cannot tell of that day, but it is kept.
    await loaded.run('schedule daily --date 2025-01-16 --no-catch-up', { SPORTS_INGEST_NOW: '2025-01-18T12:00:00Z' })
    await store.sql`delete from games where provider_id = ${two}`
    expect(await loaded.verify()).toMatchObject({
      code: 1,
      listed: true,
      first: { id: two, mend: 'sports-ingest schedule backfill --sport nba --season 2024-25 --from 2025-01-15 --to 2025-01-15' },
    })
    await store.sql`delete from payloads where url like '%schedule%' and fetched_at < '2025-01-18'`
    expect(await loaded.verify()).toMatchObject({ code: 0, listed: false, games: 0, proven: true })
    expect((await loaded.run('watermark verify', { SPORTS_INGEST_NOW: lastly })).stdout).toContain(
      'For a part of it no schedule is stored',
    )
    await store.sql`delete from nba_player_game_stats where game_id = ${one}`
    expect(await loaded.verify()).toMatchObject({ code: 1, first: { id: one } })
  })

  test('asks no provider, and finds a schedule that came from another address', async () => {
    await using loaded = await startLoaded()
    const env = { SPORTS_INGEST_PROVIDER_NBA_CDN_URL: 'http://127.0.0.1:9' }
    expect(await loaded.run('watermark verify', env)).toMatchObject({ code: 0, stdout: expect.stringContaining('3 games of') })
  })
})

test('watermark verify says of a sport without a schedule that its stored races were checked', async () => {
  const days = ['2025-01-01', '2025-01-02'] as const
  const results = Object.fromEntries(days.map(day => [day, [result(day, 1), result(day, 2)]]))
  await using world = await startRacingWorld({ results, cards: {}, today: '2025-01-03' })
  const now = '2025-01-03T12:00:00Z'
  await world.daily(now, { daysBack: 2 })
  await world.backfill(now)
  const verify = () => runCli(['watermark', 'verify'], { ...world.env, SPORTS_INGEST_NOW: now })
  expect(await verify()).toMatchObject({
    code: 0,
    stdout: [
      'backfill racing:2025 2025-01-02: nothing is missing, 4 races checked.',
      '  No schedule lists races: only stored races were checked.',
      'schedule daily:racing 2025-01-02: nothing is missing, 4 stored races of 2025-01-01 to 2025-01-02 checked.',
      '  No schedule lists races: only stored races were checked.',
      '',
    ].join('\n'),
  })
  await world.sql`delete from runners where race_id = 'rac_202501011'`
  expect(await verify()).toMatchObject({ code: 2, stdout: expect.not.stringContaining('For a part of it') })
})

test('watermark verify names the days to load again of a sport that is loaded by day, in all years that daily runs have loaded', async () => {
  const days = ['2024-12-31', '2025-01-01', '2025-01-02', '2025-01-03'] as const
  const results = Object.fromEntries(days.map(day => [day, [result(day, 1)]]))
  await using world = await startRacingWorld({ results, cards: {}, today: '2025-01-04' })
  const now = '2025-01-04T12:00:00Z'
  await world.daily(now, { daysBack: 4 })
  await world.backfill(now)
  const run = (...command: string[]) => runCli(command, { ...world.env, SPORTS_INGEST_NOW: now })
  const first = async () => {
    const { stdout } = await run('watermark', 'verify', '--json')
    const { watermarks } = JSON.parse(stdout) as { watermarks: { key: string; holes: number; first: { mend: string } | null }[] }
    return Object.fromEntries(watermarks.map(({ key, holes, first: hole }) => [key, [holes, hole?.mend]]))
  }
  const load = 'sports-ingest schedule daily --sport racing --date'
  await world.sql`delete from runners where race_id in ('rac_202412311', 'rac_202501021')`
  expect(await first()).toEqual({
    'racing:2025': [1, `${load} 2025-01-02 --no-catch-up`],
    'daily:racing': [2, `${load} 2025-01-02 --days-back 3 --no-catch-up`],
  })
  const before = world.server.requests.length
  await run(...`schedule daily --sport racing --date 2025-01-02 --days-back 3 --no-catch-up`.split(' '))
  expect(world.server.requests.slice(before).map(({ path }) => /start_date=([\d-]+)/.exec(path)?.[1])).toEqual([
    '2024-12-31',
    '2025-01-01',
    '2025-01-02',
  ])
  expect(await first()).toEqual({ 'racing:2025': [0, undefined], 'daily:racing': [0, undefined] })
})

test('watermark verify --values finds scores that the lines do not have, and what else nobody asked for stays as it was', async () => {
  await using loaded = await startLoaded()
  const { sql } = loaded.store
  expect(await loaded.verify('--values')).toEqual(await loaded.verify())
  await sql`update games set home_score = 102 where provider_id = ${one}`
  await sql`update nba_player_game_stats set points = points - 2 where provider_id = (
    select min(provider_id) from nba_player_game_stats where game_id = ${three} and team_id = '1610612742')`
  expect(await loaded.verify()).toMatchObject({ code: 0, proven: true })
  const team = 'has a score of 102 for team 1610612737, whose line has 101, and its players 101 points'
  expect(await loaded.verify('--values')).toMatchObject({ code: 1, proven: false, holes: 2, first: { id: one, what: team } })
  await sql`update games set home_score = 101 where provider_id = ${one}`
  const { stdout } = await loaded.run('watermark verify --values')
  expect(stdout).toContain(
    `1 hole. It is game ${three} of 2025-01-16, which has a score of 99 for team 1610612742, whose line has 99, and its players 97 points.`,
  )
})

describe('watermark verify backfill', () => {
  test('checks the games of that season with an id up to the value', async () => {
    await using loaded = await startLoaded()
    await loaded.run(`watermark set backfill nba:2024-25 ${two}`)
    expect(await loaded.verify('backfill nba:2024-25')).toMatchObject({
      code: 0,
      proven: true,
      games: 2,
      from: null,
      listed: true,
    })
    await loaded.store.sql`delete from games where provider_id = ${three}`
    expect(await loaded.verify('backfill nba:2024-25')).toMatchObject({ code: 0 })
    await loaded.store.sql`delete from games where provider_id = ${one}`
    expect(await loaded.verify('backfill nba:2024-25')).toMatchObject({
      code: 1,
      holes: 1,
      first: {
        id: one,
        mend: 'sports-ingest schedule backfill --sport nba --season 2024-25 --from 2025-01-15 --to 2025-01-15',
      },
    })
    // Both watermarks have a hole.
    expect((await loaded.run('watermark verify')).code).toBe(2)
  })

  test('a season of which no schedule is kept: stored games alone, and it says so', async () => {
    await using loaded = await startLoaded()
    await loaded.run('watermark set backfill nba:2018-19 0021800100')
    expect(await loaded.verify('backfill nba:2018-19')).toMatchObject({ code: 0, games: 0, listed: false })
  })
})

test('a watermark that there is not is wrong use; where there is none at all, there is nothing to prove', async () => {
  await using store = await createTestDatabase()
  const env = { DATABASE_URL: store.url }
  await expectOneLine(['watermark', 'verify', 'schedule', 'daily'], {
    code: 100,
    says: 'There is no watermark schedule daily:nba.',
    env,
  })
  await expectOneLine(['watermark', 'verify', 'schedul', 'daily'], { code: 100, says: 'There is no stage called schedul.', env })
  await expectOneLine(['watermark', 'verify', 'schedule'], { code: 100, says: 'Which watermark of schedule? Hint: ', env })
  expect(await runCli(['watermark', 'verify'], env)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('There are no watermarks yet'),
  })
  expect(JSON.parse((await runCli(['watermark', 'verify', '--json'], env)).stdout)).toEqual({ watermarks: [], failures: 0 })
})
