import { describe, expect, test } from 'vitest'
import { addDays } from '../../src/core/days.ts'
import type { Receipt } from '../../src/pipeline/receipt.ts'
import { createSeasons } from '../../src/sandbox/nba/season.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { runCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { accessDenied, boxScoreOf, type HandMadeGame, type HandMadeLeague, startHandMadeNba } from '../support/hand-made-nba.ts'
import { reply } from '../support/provider-server.ts'
import { factsOf } from '../support/receipt-facts.ts'
import { at, createTestClock } from '../support/test-clock.ts'

const [one, two] = ['0022400561', '0022400562']
const played: HandMadeGame[] = [
  { id: one, day: '2025-01-15' },
  { id: two, day: '2025-01-15', sides: [1610612739, 1610612740] },
]

/** Runs the daily job at some instant and returns its receipt with its exit code. */
async function dailyAt(store: TestDatabase, env: Record<string, string>, now: string, ...args: string[]) {
  const run = await runCli(['schedule', 'daily', '--json', ...args], { ...env, DATABASE_URL: store.url, SPORTS_INGEST_NOW: now })
  const receipt = JSON.parse(run.stdout).runs[0] as Receipt
  return { code: run.code, rows: receipt.rows, ...factsOf(receipt) }
}

const statuses = async ({ sql }: TestDatabase) =>
  Object.fromEntries(
    (await sql<{ id: string; status: string }[]>`select provider_id as id, status from games`).map(row => [row.id, row.status]),
  )

describe('the next run asks again', () => {
  test('for games that were not over, and moves no row of those that were', async () => {
    const league: HandMadeLeague = {
      games: [played[0] as HandMadeGame, { ...(played[1] as HandMadeGame), status: 2, text: 'Q4 2:00', score: [90, 88] }],
    }
    await using api = await startHandMadeNba(league)
    await using store = await createTestDatabase()
    const first = await dailyAt(store, api.env, '2025-01-16T05:30:00Z')
    expect(first).toMatchObject({ code: 0, games: { asked: 2, loaded: 2 }, watermarkAfter: '2025-01-15' })
    expect(await statuses(store)).toEqual({ [one]: 'final', [two]: 'live' })
    league.games = played
    const second = await dailyAt(store, api.env, '2025-01-17T12:00:00Z')
    expect(second).toMatchObject({ code: 0, games: { asked: 2, loaded: 1, unchanged: 1, corrected: 0 } })
    expect(await statuses(store)).toEqual({ [one]: 'final', [two]: 'final' })
  })

  test('for games that are days old and were not over, but not with --no-catch-up', async () => {
    const scheduled = { ...(played[0] as HandMadeGame), status: 1 as const, text: '7:30 pm ET' }
    const league: HandMadeLeague = { games: [scheduled] }
    await using api = await startHandMadeNba(league)
    await using store = await createTestDatabase()
    await dailyAt(store, api.env, '2025-01-16T12:00:00Z')
    league.games = [played[0] as HandMadeGame]
    await dailyAt(store, api.env, '2025-01-30T12:00:00Z', '--no-catch-up')
    expect(await statuses(store)).toEqual({ [one]: 'scheduled' })
    await dailyAt(store, api.env, '2025-01-30T12:00:00Z')
    expect(await statuses(store)).toEqual({ [one]: 'final' })
  })

  test('for dead letters, which are resolved once the provider has recovered', async () => {
    const league: HandMadeLeague = { games: played, boxes: { [two]: () => reply(500) } }
    await using api = await startHandMadeNba(league)
    await using store = await createTestDatabase()
    const env = { ...api.env, SPORTS_INGEST_RETRY_MAX_ATTEMPTS: '1' }
    expect(await dailyAt(store, env, '2025-01-16T12:00:00Z')).toMatchObject({ code: 1, games: { dead: 1 } })
    // Still broken: the same letter, one attempt more.
    expect(await dailyAt(store, env, '2025-01-17T12:00:00Z')).toMatchObject({ code: 1 })
    const open = await runCli(['dead-letters', 'list', '--json'], { DATABASE_URL: store.url })
    expect(JSON.parse(open.stdout)).toMatchObject([{ item: two, attempts: 2, status: 'open' }])
    league.boxes = {}
    expect(await dailyAt(store, env, '2025-01-18T12:00:00Z')).toMatchObject({
      code: 0,
      games: { dead: 0, loaded: 0, corrected: 1 },
    })
    expect(await store.sql`select 1 from nba_player_game_stats where game_id = ${two}`).toHaveLength(4)
    const left = await runCli(['dead-letters', 'list'], { DATABASE_URL: store.url })
    expect(left.stdout).toBe('There are none: everything asked for was loaded.\n')
    const all = await runCli(['dead-letters', 'list', '--status', 'resolved', '--json'], { DATABASE_URL: store.url })
    expect(JSON.parse(all.stdout)).toMatchObject([{ item: two, status: 'resolved' }])
  })

  test('for a dead letter three times; then it waits for a person and is no failure any more', async () => {
    const league: HandMadeLeague = { games: played, boxes: { [two]: accessDenied } }
    await using api = await startHandMadeNba(league)
    await using store = await createTestDatabase()
    const codes = []
    for (const day of [16, 20, 24, 28]) codes.push((await dailyAt(store, api.env, `2025-01-${day}T12:00:00Z`)).code)
    expect(codes).toEqual([1, 1, 1, 0])
    expect(await store.sql`select attempts, status from dead_letters`).toEqual([{ attempts: 3, status: 'open' }])
  })

  test('for lines of the last two days, and finds what the league corrected', async () => {
    const league: HandMadeLeague = { games: played }
    await using api = await startHandMadeNba(league)
    await using store = await createTestDatabase()
    await dailyAt(store, api.env, '2025-01-16T12:00:00Z')
    const corrected = structuredClone(boxScoreOf(played[0] as HandMadeGame)) as {
      game: { homeTeam: { players: { statistics: object }[] } }
    }
    Object.assign(corrected.game.homeTeam.players[0]?.statistics ?? {}, { assists: 7 })
    league.boxes = { [one]: () => reply(200, {}, corrected) }
    const next = await dailyAt(store, api.env, '2025-01-17T12:00:00Z')
    expect(next).toMatchObject({ code: 0, games: { asked: 2, corrected: 1, unchanged: 1 }, rows: { inserted: 0, updated: 1 } })
    expect(await store.sql`select max(assists) as most from nba_player_game_stats where game_id = ${one}`).toEqual([{ most: 7 }])
    const moved = await store.sql`select count(*)::int as lines from nba_player_game_stats where updated_at > created_at`
    expect(moved).toEqual([{ lines: 1 }])
  })

  test('for games that have gone from the schedule: they are cancelled, and those of other seasons are not', async () => {
    const scheduled = { ...(played[1] as HandMadeGame), status: 1 as const, text: '7:30 pm ET' }
    const league: HandMadeLeague = { games: [played[0] as HandMadeGame, scheduled] }
    await using api = await startHandMadeNba(league)
    await using store = await createTestDatabase()
    await dailyAt(store, api.env, '2025-01-16T12:00:00Z')
    await store.sql`update games set season = '2023-24' where provider_id = ${one}`
    await store.sql`update games set status = 'scheduled' where provider_id = ${one}`
    league.games = [{ id: '0022400599', day: '2025-03-01', status: 1, text: '7:30 pm ET' }]
    expect(await dailyAt(store, api.env, '2025-01-17T12:00:00Z')).toMatchObject({ code: 0 })
    expect(await statuses(store)).toEqual({ [one]: 'scheduled', [two]: 'cancelled' })
  })
})

describe('a simulated season, as the days go by', () => {
  /** The sandbox and the program read the same clock. */
  async function startSeason() {
    const clock = createTestClock('2025-01-01T12:00:00Z')
    const sandbox = await startSandbox({ clock })
    const env = { SPORTS_INGEST_PROVIDER_NBA_CDN_URL: sandbox.baseUrlOf('nba-cdn') }
    const store = await createTestDatabase()
    return {
      store,
      daily(now: string, ...args: string[]) {
        clock.advance(at(now).getTime() - clock.now().getTime())
        return dailyAt(store, env, now, ...args)
      },
      async [Symbol.asyncDispose]() {
        await sandbox.close()
        await store[Symbol.asyncDispose]()
      },
    }
  }

  test('a day loaded while it is played is whole the next morning, and its corrections are there the day after', async () => {
    await using season = await startSeason()
    const { sql } = season.store
    const evening = await season.daily('2025-01-16T02:30:00Z', '--date', '2025-01-15')
    expect(evening).toMatchObject({ code: 0, watermarkAfter: null })
    expect(Object.values(await statuses(season.store))).toContain('live')
    const morning = await season.daily('2025-01-16T12:00:00Z')
    expect(morning).toMatchObject({ code: 0, watermarkAfter: '2025-01-15' })
    expect(Object.values(await statuses(season.store)).filter(status => status !== 'postponed' && status !== 'final')).toEqual([])
    // Corrections come 30 hours after the tip-off.
    const later = await season.daily('2025-01-18T12:00:00Z')
    expect(later.code).toBe(0)
    expect(later.games?.corrected).toBeGreaterThan(0)
    const [lines] = await sql<{ changed: number }[]>`
      select count(*)::int as changed from nba_player_game_stats s join games g on g.provider_id = s.game_id
      where g.game_date = '2025-01-15' and s.updated_at > s.created_at + interval '1 day'`
    // An assist or a rebound went from one player to another.
    expect(lines?.changed).toBe(2 * (later.games?.corrected ?? 0))
    expect(await season.daily('2025-01-18T12:00:00Z')).toMatchObject({ code: 0, rows: { inserted: 0, updated: 0, deleted: 0 } })
  })
  test('a postponed game is found on its new date, and loaded when it was played', async () => {
    await using season = await startSeason()
    const id = '0022400620'
    const stored = async () => (await season.store.sql`select game_date as day, status from games where provider_id = ${id}`)[0]
    await season.daily('2025-01-16T12:00:00Z')
    expect(await stored()).toEqual({ day: '2025-01-15', status: 'postponed' })
    const { postponed } = createSeasons(1)(2024).find(id) ?? {}
    const day = postponed?.to.day ?? ''
    await season.daily(`${day}T12:00:00Z`)
    expect(await stored()).toEqual({ day, status: 'scheduled' })
    const last = await season.daily(`${addDays(day, 1)}T12:00:00Z`)
    expect(last).toMatchObject({ code: 0, watermarkAfter: day })
    expect(await stored()).toEqual({ day, status: 'final' })
    const [lines] = await season.store.sql`select count(*)::int as lines from nba_player_game_stats where game_id = ${id}`
    expect(lines?.['lines']).toBeGreaterThan(20)
  })
})
