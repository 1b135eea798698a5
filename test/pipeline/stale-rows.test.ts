import type { TransactionSql } from 'postgres'
import { expect, test } from 'vitest'
import { emptyItem, type Item } from '../../src/pipeline/item.ts'
import { loadItems } from '../../src/pipeline/load-items.ts'
import { toBoxScore } from '../../src/sports/nba/box-score.ts'
import { nba } from '../../src/sports/nba/index.ts'
import { parseSchedule } from '../../src/sports/nba/schedule.ts'
import { boxScore, club, player, schedule, scheduledGame, side } from '../sports/nba/payloads.ts'
import { createTestDatabase } from '../support/database.ts'
import { tableHashes } from '../support/table-hashes.ts'
import { until } from '../support/until.ts'

/** A game of a day in January, in which a club and a player go by names of that day; in the last one neither of them is. */
function gameOf(day: number): Item {
  const gameId = `00224005${day}`
  const [home, away] = day === 19 ? [3, 4] : [1, 2]
  const entry = {
    gameId,
    gameDateEst: `2025-01-${day}T00:00:00Z`,
    gameStatus: 3,
    gameStatusText: 'Final',
    homeTeam: { ...club(home, { score: 30 }), teamCity: `City of the ${day}th` },
    awayTeam: club(away, { score: 28 }),
  }
  const [listed] = parseSchedule(schedule([scheduledGame(entry)])).entries
  if (!listed) throw new Error('the schedule has no game')
  const { event, related } = listed.read()
  const named = { ...player(home * 100 + 1, 30), name: `Name of the ${day}th` }
  const payload = boxScore({ gameId, homeTeam: side(home, [named]), awayTeam: side(away, [player(away * 100 + 1, 28)]) })
  const { event: game, tables = [] } = toBoxScore(payload, event)
  return { ...emptyItem(gameId, game.gameDate), related, event: game, tables }
}

const [first, second, last] = [gameOf(11), gameOf(15), gameOf(19)]

test.each([
  ['as they were played', [[first], [second], [last]]],
  ['backwards', [[last], [second], [first]]],
  ['the newest first, then as they were played', [[last], [first], [second]]],
  ['together, in any order', [[second, last, first]]],
])('clubs and people go by the name of their newest game, loaded %s', async (_, chunks) => {
  await using db = await createTestDatabase()
  const load = async (games: Item[]) => {
    await db.database.transaction(tx => loadItems(tx, nba, games, { at: new Date('2025-01-20T12:00:00Z'), isPartial: false }))
  }
  for (const games of chunks) await load(games)
  expect(await db.sql`select name from players where provider_id = '101'`).toEqual([{ name: 'Name of the 15th' }])
  const cities = await db.sql`select provider_id as id, city from teams where city like 'City of%' order by 1`
  expect(cities.map(team => team['city'])).toEqual(['City of the 15th', 'City of the 19th'])

  const before = await tableHashes(db.sql)
  for (const games of chunks.toReversed()) await load(games)
  expect(await tableHashes(db.sql)).toEqual(before)
})

test('a run that loads an older game waits for one that has written a newer one, and then leaves its names alone', async () => {
  await using db = await createTestDatabase()
  const load = (tx: TransactionSql, game: Item) =>
    loadItems(tx, nba, [game], { at: new Date('2025-01-20T12:00:00Z'), isPartial: false })
  const isWaiting = async () => {
    const waiting = await db.sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    return waiting.length > 0
  }
  const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>()
  const { promise: isWritten, resolve: written } = Promise.withResolvers<void>()
  const newer = db.database.transaction(async tx => {
    await load(tx, second)
    written()
    await mayCommit
  })
  await isWritten
  const older = db.database.transaction(async tx => await load(tx, first))
  await until('the older game waits', isWaiting)
  commit()
  await Promise.all([newer, older])
  expect(await db.sql`select name from players where provider_id = '101'`).toEqual([{ name: 'Name of the 15th' }])
  expect(await db.sql`select city from teams where provider_id = '1'`).toEqual([{ city: 'City of the 15th' }])
})
