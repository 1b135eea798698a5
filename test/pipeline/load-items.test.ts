import { describe, expect, test } from 'vitest'
import { BugError } from '../../src/core/errors.ts'
import { emptyItem, type Item } from '../../src/pipeline/item.ts'
import { loadItems } from '../../src/pipeline/load-items.ts'
import { toBoxScore } from '../../src/sports/nba/box-score.ts'
import { nba } from '../../src/sports/nba/index.ts'
import { parseSchedule } from '../../src/sports/nba/schedule.ts'
import { boxScore, club, player, schedule, scheduledGame, side } from '../sports/nba/payloads.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

const monday = new Date('2025-01-16T11:00:00Z')
const tuesday = new Date('2025-01-17T11:00:00Z')
const id = '0022400561'

/** A game as the pipeline has it before it is loaded. */
function fetched(entry: Record<string, unknown>, box?: unknown): Item {
  const [listed] = parseSchedule(schedule([scheduledGame(entry)])).entriesOn('2025-01-15')
  if (!listed) throw new Error('the schedule has no game')
  const { event, related } = listed.read()
  const none = { ...emptyItem(id, listed.day), event, related, done: ['schedule'] }
  return box ? { ...none, ...toBoxScore(box, event) } : none
}

const finalEntry = { gameStatus: 3, gameStatusText: 'Final', homeTeam: club(1, { score: 30 }), awayTeam: club(2, { score: 28 }) }
const load = (db: TestDatabase, games: Item[], at: Date) =>
  db.database.transaction(tx => loadItems(tx, nba, games, { at, isPartial: false }))

test('what became of a game: loaded, unchanged, loaded again when it is over, corrected after that', async () => {
  await using db = await createTestDatabase()
  const asked = async (game: Item, at = monday) => (await load(db, [game], at)).items[0]
  const none = { noun: 'games', asked: 1, loaded: 0, corrected: 0, unchanged: 0, postponed: 0, dead: 0, settled: 0 }
  expect(await asked(fetched({}))).toEqual({ ...none, loaded: 1 })
  expect(await asked(fetched({}))).toEqual({ ...none, unchanged: 1 })
  expect(await asked(fetched(finalEntry, boxScore()))).toEqual({ ...none, loaded: 1 })
  expect(await asked(fetched(finalEntry, boxScore()))).toEqual({ ...none, unchanged: 1 })
  const corrected = boxScore({ homeTeam: side(1, [player(101, 21), player(102, 9)]) })
  expect(await asked(fetched(finalEntry, corrected), tuesday)).toEqual({ ...none, corrected: 1 })
  expect(await asked(fetched({ gameStatusText: 'PPD' }))).toEqual({ ...none, unchanged: 1 })
})

test('a listing that was read before another run committed the result does not overwrite it', async () => {
  await using db = await createTestDatabase()
  const isWaiting = async () => (await db.sql`select 1 from pg_locks where locktype = 'advisory' and not granted`).length > 0
  let listing: Promise<unknown> | undefined
  await db.database.transaction(async tx => {
    await loadItems(tx, nba, [fetched(finalEntry, boxScore())], { at: monday, isPartial: false })
    listing = load(db, [fetched({})], tuesday)
    await until('the other transaction waits', isWaiting)
  })
  await listing
  expect(await db.sql`select status from games`).toEqual([{ status: 'final' }])
})

test('a correction moves updated_at of the lines it changed, and of no other', async () => {
  await using db = await createTestDatabase()
  await load(db, [fetched(finalEntry, boxScore())], monday)
  await load(db, [fetched(finalEntry, boxScore({ homeTeam: side(1, [player(101, 21), player(102, 9)]) }))], tuesday)
  const lines = await db.sql`select player_id as player, updated_at as at from nba_player_game_stats order by 1`
  expect(lines.map(line => [line['player'], line['at']])).toEqual([
    ['101', tuesday],
    ['102', tuesday],
    ['201', monday],
    ['202', monday],
  ])
})

test('a player the corrected box score no longer lists is gone', async () => {
  await using db = await createTestDatabase()
  await load(db, [fetched(finalEntry, boxScore())], monday)
  const counts = await load(db, [fetched(finalEntry, boxScore({ homeTeam: side(1, [player(101, 30)]) }))], tuesday)
  expect(counts.tables['nba_player_game_stats']).toEqual({ inserted: 0, updated: 1, deleted: 1 })
  expect(await db.sql`select player_id as player from nba_player_game_stats order by 1`).toEqual([
    { player: '101' },
    { player: '201' },
    { player: '202' },
  ])
})

test('a game that is not over keeps the time it was last looked at; a final one is left alone', async () => {
  await using db = await createTestDatabase()
  const checkedAt = async () => (await db.sql`select last_checked_at as at from games`)[0]?.['at']
  await load(db, [fetched({})], monday)
  await load(db, [fetched({})], tuesday)
  expect(await checkedAt()).toEqual(tuesday)
  await load(db, [fetched(finalEntry, boxScore())], monday)
  await load(db, [fetched(finalEntry, boxScore())], tuesday)
  expect(await checkedAt()).toEqual(monday)
})

test('a game that is live is not taken back by a list that lags behind, but moved to another day by it, or put right the day after', async () => {
  await using db = await createTestDatabase()
  const playing = { gameStatus: 2, gameStatusText: 'Q2 4:24', homeTeam: club(1, { score: 30 }), awayTeam: club(2, { score: 28 }) }
  const state = async (entry: Record<string, unknown>, at: string) => {
    await load(db, [fetched(playing)], new Date('2025-01-16T01:00:00Z'))
    await load(db, [fetched(entry)], new Date(at))
    return (await db.sql`select status, home_score as score from games`)[0]
  }
  expect(await state({}, '2025-01-16T02:00:00Z')).toEqual({ status: 'live', score: 30 })
  expect(await state({}, '2025-01-16T12:29:00Z')).toEqual({ status: 'live', score: 30 })
  expect(await state({}, '2025-01-16T12:31:00Z')).toMatchObject({ status: 'scheduled' })
  // Of that day as it is listed, and begins only tomorrow.
  const later = { gameDateTimeUTC: '2025-01-17T00:30:00Z' }
  expect(await state(later, '2025-01-16T02:00:00Z')).toMatchObject({ status: 'scheduled' })
})

test('rows that were sent and are not there stop the commit', async () => {
  await using db = await createTestDatabase()
  // A trigger that loses a line stands for any reason the tables could disagree with what was sent.
  await db.sql.unsafe(`
    create function lose() returns trigger language plpgsql as $$ begin if new.player_id = '102' then return null; end if; return new; end $$;
    create trigger lose before insert on nba_player_game_stats for each row execute function lose()`)
  const loading = load(db, [fetched(finalEntry, boxScore())], monday)
  await expect(loading).rejects.toThrow(BugError)
  await expect(loading).rejects.toThrow('4 rows of nba_player_game_stats were sent, 3 are there.')
  expect(await db.sql`select 1 from games`).toEqual([])
})

test('the view over all sports has the line with its season', async () => {
  await using db = await createTestDatabase()
  await load(db, [fetched(finalEntry, boxScore())], monday)
  expect(await db.sql`select sport, season, game_id, player_id, team_id, points from game_stats where player_id = '101'`).toEqual(
    [{ sport: 'nba', season: '2024-25', game_id: id, player_id: '101', team_id: '1', points: 20 }],
  )
})

describe('a provisional dataset', () => {
  const provisional = (item: Item): Item => ({ ...item, isProvisional: true })
  const stored = async (db: TestDatabase) => (await db.sql`select status, home_score as score from games`)[0]
  const final = fetched(finalEntry, boxScore())
  const late = fetched({ ...finalEntry, homeTeam: club(1, { score: 1 }) })

  test('never writes over an event that a final one has written', async () => {
    await using db = await createTestDatabase()
    await load(db, [final], monday)
    await load(db, [provisional(late)], tuesday)
    expect(await stored(db)).toEqual({ status: 'final', score: 30 })
  })

  test('is written over by a final one that comes after it', async () => {
    await using db = await createTestDatabase()
    await load(db, [provisional(late)], monday)
    await load(db, [final], tuesday)
    expect(await stored(db)).toEqual({ status: 'final', score: 30 })
  })
})
