import { describe, expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { type HandMadeLeague, startHandMadeNba } from '../support/hand-made-nba.ts'
import { noSharedData } from '../support/shared-data.ts'
import { startRealProvider } from '../support/shared-provider.ts'

describe.skipIf(noSharedData)('the real schedule of 2024-25', () => {
  test('starts are right on both sides of both clock changes, and games of every kind and club are there', async () => {
    await using api = await startRealProvider()
    await using store = await createTestDatabase()
    const env = {
      DATABASE_URL: store.url,
      SPORTS_INGEST_PROVIDER_NBA_CDN_URL: api.nbaCdn,
      SPORTS_INGEST_NOW: '2025-07-01T12:00:00Z',
    }
    const whole = ['schedule', 'daily', '--date', '2025-06-22', '--days-back', '262', '--only', 'schedule']
    expect(await runCli(whole, env)).toMatchObject({ code: 0 })
    const { sql } = store

    // 18:00, 21:30, 19:30, 20:00 and 19:00 Eastern; UTC is 4 hours ahead to 2024-11-02 and from 2025-03-09, 5 between.
    const starts = await sql<{ id: string; day: string; at: Date }[]>`
      select provider_id as id, game_date as day, starts_at as at from games
      where provider_id in ('0022400141', '0022400147', '0022400153', '0022400917', '0022400923') order by provider_id`
    expect(starts.map(({ id, day, at }) => `${id} ${day} ${at.toISOString()}`)).toEqual([
      '0022400141 2024-11-02 2024-11-02T22:00:00.000Z',
      '0022400147 2024-11-02 2024-11-03T01:30:00.000Z',
      '0022400153 2024-11-03 2024-11-04T00:30:00.000Z',
      '0022400917 2025-03-08 2025-03-09T01:00:00.000Z',
      '0022400923 2025-03-09 2025-03-09T23:00:00.000Z',
    ])
    // Whole days: a late game of the West is on the next day in UTC, and stays on its own here.
    const [days] = await sql<{ listed: number; inside: number; nextInUtc: number }[]>`
      select count(*)::int as listed, count(*) filter (where (starts_at at time zone 'America/New_York')::date = game_date)::int as inside,
        count(*) filter (where (starts_at at time zone 'UTC')::date > game_date)::int as "nextInUtc"
      from games where game_date in ('2024-11-02', '2024-11-03', '2025-03-08', '2025-03-09')`
    expect(days?.inside).toBe(days?.listed)
    expect(days?.nextInUtc).toBeGreaterThan(0)

    const types = await sql<{ type: string; count: number }[]>`
      select season_type as type, count(*)::int as count from games group by season_type order by season_type`
    expect(Object.fromEntries(types.map(({ type, count }) => [type, count]))).toEqual({
      'all-star': 6,
      'cup-final': 1,
      'play-in': 6,
      playoffs: 84,
      preseason: 73,
      regular: 1230,
    })
    const [teams] = await sql<{ all: number; foreign: number }[]>`
      select count(*)::int as all, count(*) filter (where provider_id not between '1610612737' and '1610612766')::int as foreign from teams`
    expect(teams).toEqual({ all: 40, foreign: 10 })
    const periods = await sql<
      { period: number; count: number }[]
    >`select period, count(*)::int as count from games group by period order by period`
    expect(periods.map(row => ({ ...row }))).toEqual([
      { period: 4, count: 1400 - 66 - 4 },
      { period: 5, count: 66 },
      { period: 6, count: 4 },
    ])
    // A part of the datasets says nothing about the rest: the watermark is left alone.
    expect(await sql`select 1 from ingest_watermarks`).toHaveLength(0)
  })
})

describe('a hand-made schedule', () => {
  const env = (url: string, now: string) => ({ DATABASE_URL: url, SPORTS_INGEST_NOW: now })
  const game = { id: '0022400529', day: '2025-01-08', sides: [1610612741, 1610612748] as [number, number] }

  test.each(['PPD', 'Postponed', 'ppd      '])(
    'a game whose text is "%s" is postponed, though its number says not started',
    async text => {
      await using api = await startHandMadeNba({ games: [{ ...game, status: 1, text }] })
      await using store = await createTestDatabase()
      const run = await runCli(['schedule', 'daily'], { ...api.env, ...env(store.url, '2025-01-09T12:00:00Z') })
      expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('1 postponed') })
      expect(await store.sql`select status, home_score as score from games`).toMatchObject([{ status: 'postponed', score: null }])
    },
  )

  test('a postponed game that is given a new date keeps its id, moves there, and is loaded when it is played', async () => {
    const league: HandMadeLeague = { games: [{ ...game, status: 1, text: 'PPD' }] }
    await using api = await startHandMadeNba(league)
    await using store = await createTestDatabase()
    const daily = (now: string) => runCli(['schedule', 'daily'], { ...api.env, ...env(store.url, now) })
    const stored = () => store.sql`select provider_id as id, game_date as day, status, home_score as score from games`
    await daily('2025-01-09T12:00:00Z')
    league.games = [{ ...game, day: '2025-01-20', status: 1, text: '7:30 pm ET' }]
    expect(await daily('2025-01-10T12:00:00Z')).toMatchObject({ code: 0 })
    expect(await stored()).toEqual([{ id: game.id, day: '2025-01-20', status: 'scheduled', score: null }])
    league.games = [{ ...game, day: '2025-01-20', score: [120, 118], text: 'Final/OT' }]
    expect(await daily('2025-01-21T12:00:00Z')).toMatchObject({ code: 0 })
    expect(await stored()).toEqual([{ id: game.id, day: '2025-01-20', status: 'final', score: 120 }])
    expect(await store.sql`select 1 from nba_player_game_stats`).toHaveLength(4)
  })

  test('a half-empty schedule, with undecided sides and no times, is loaded as far as it goes', async () => {
    const undecided = { status: 1 as const, text: 'TBD', sides: [0, 0] as [number, number] }
    const league = { games: [{ id: '0062500001', day: '2025-12-16', ...undecided }], season: '2025-26' }
    await using api = await startHandMadeNba(league)
    await using store = await createTestDatabase()
    const args = ['schedule', 'daily', '--date', '2025-12-15', '--days-ahead', '1']
    expect(await runCli(args, { ...api.env, ...env(store.url, '2025-12-16T01:00:00Z') })).toMatchObject({ code: 0 })
    const rows = await store.sql`select game_date as day, starts_at as at, status, home_team_id as home, season from games`
    expect(rows).toEqual([{ day: '2025-12-16', at: null, status: 'scheduled', home: null, season: '2025-26' }])
    expect(await store.sql`select 1 from teams`).toHaveLength(0)
  })

  test('a schedule without any games is none: no day counts as loaded by it', async () => {
    await using api = await startHandMadeNba({ games: [], season: '2025-26' })
    await using store = await createTestDatabase()
    const run = await runCli(['schedule', 'daily'], { ...api.env, ...env(store.url, '2025-10-10T12:00:00Z') })
    expect(run).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('a schedule without a single game') })
    expect(await store.sql`select 1 from ingest_watermarks`).toHaveLength(0)
  })

  test('a day before the season the provider serves is a failure with its remedy, not an empty day', async () => {
    await using api = await startHandMadeNba({ games: [{ id: '0022500001', day: '2025-10-21' }], season: '2025-26' })
    await using store = await createTestDatabase()
    const run = await runCli(['schedule', 'daily', '--date', '2025-01-15'], {
      ...api.env,
      ...env(store.url, '2025-10-10T12:00:00Z'),
    })
    expect(run.code).toBe(1)
    expect(run.stdout).toMatch(/failed +2025-01-15: nba-cdn serves the season 2025-26 only/)
    expect(await store.sql`select 1 from ingest_watermarks`).toHaveLength(0)
  })
})
