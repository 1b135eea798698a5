import { describe, expect, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import type { Reservation } from '../../src/core/rate-budget.ts'
import { createRateBudget, type RateBudgetOptions } from '../../src/store/rate-budget.ts'
import { rateBudgetContract } from '../contracts/rate-budget.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const budgetIn = (db: TestDatabase, options: Partial<RateBudgetOptions> = {}) =>
  createRateBudget(db.database, {
    account: 'a',
    ratePerSecond: 1,
    share: 'rest',
    liveShare: 0.25,
    clock: createClock(),
    ...options,
  })

rateBudgetContract(async () => {
  const db = await createTestDatabase()
  return { budget: wanted => budgetIn(db, wanted), [Symbol.asyncDispose]: () => db[Symbol.asyncDispose]() }
})

const lastSlot = async (db: TestDatabase) => {
  const [row] = await db.sql<{ slot: number }[]>`select slot from ingest_rate_budgets where provider = 'a'`
  return row?.slot
}

test('accounts do not share', async () => {
  await using db = await createTestDatabase()
  for (const account of ['a', 'b', 'c']) expect((await budgetIn(db, { account }).reserve(false)).waitMs).toBeLessThan(500)
})

test('live work that was not seen for a minute has nothing kept for it', async () => {
  await using db = await createTestDatabase()
  const rest = budgetIn(db)
  await budgetIn(db, { share: 'live' }).reserve(false)
  await rest.reserve(false)
  await db.sql`update ingest_rate_budgets set live_seen_at = live_seen_at - interval '61 seconds'`
  await rest.reserve(false)
  expect(await lastSlot(db)).toBe(3) // which is live's: of each four, the last
})

test('a start that nobody asked for is not made up for', async () => {
  await using db = await createTestDatabase()
  const budget = budgetIn(db)
  await budget.reserve(false)
  await db.sql`update ingest_rate_budgets set slot_at = slot_at - interval '1 hour'`
  const waits = [await budget.reserve(false), await budget.reserve(false), await budget.reserve(false)]
  // Zero may come as -0.
  expect(waits.map(({ waitMs }) => Math.round(waitMs / 1010) + 0)).toEqual([0, 1, 2])
})

test('a start that went by unused is there again, where none was booked behind it', async () => {
  await using db = await createTestDatabase()
  const [one, other] = [budgetIn(db), budgetIn(db)]
  await one.reserve(false)
  await one.reserve(false)
  // The second was half a second ago, the third would be in half a second.
  await db.sql`update ingest_rate_budgets set slot_at = slot_at - interval '1.5 seconds'`
  expect((await one.reserve(true)).waitMs).toBeLessThan(250)
  expect(await lastSlot(db)).toBe(2)
  expect((await other.reserve(false)).waitMs).toBeGreaterThan(750)
  await one.reserve(true)
  expect(await lastSlot(db)).toBe(4)
})

test('the wait is told by the time of this host, whatever that of the server is', async () => {
  await using db = await createTestDatabase()
  const clock = { ...createClock(), now: () => new Date('2001-01-01T00:00:00Z') }
  const budget = budgetIn(db, { clock })
  expect((await budget.reserve(false)).waitMs).toBeLessThan(500)
  await budget.pause(new Date('2001-01-01T00:00:30Z'))
  const { pausedMs } = await budget.reserve(false)
  expect(pausedMs).toBeGreaterThan(20_000)
  expect(pausedMs).toBeLessThanOrEqual(30_000)
})

test('ten at once get ten different starts', async () => {
  await using db = await createTestDatabase()
  await Promise.all(Array.from({ length: 10 }, () => budgetIn(db).reserve(false)))
  expect(await lastSlot(db)).toBe(10)
})

test('a row that was deleted meanwhile is made again', async () => {
  await using db = await createTestDatabase()
  const budget = budgetIn(db)
  await budget.reserve(false)
  await db.sql`delete from ingest_rate_budgets`
  expect((await budget.reserve(false)).waitMs).toBeLessThan(500)
})

test('nothing waits for what was booked, paused or reserved while the clock of the server was ahead', async () => {
  await using db = await createTestDatabase()
  const rest = budgetIn(db)
  await budgetIn(db, { share: 'live' }).reserve(false)
  await rest.reserve(false)
  await rest.pause(new Date(createClock().now().getTime() + 30_000))
  await db.sql`
    update ingest_rate_budgets
    set slot_at = slot_at + interval '1 day', paused_until = paused_until + interval '1 day', live_seen_at = live_seen_at + interval '1 day'`
  const waits: number[] = []
  for (let i = 0; i < 4; i++) {
    const { waitMs, pausedMs } = await rest.reserve(false)
    expect(pausedMs).toBe(0)
    waits.push(Math.round(waitMs / 1010))
  }
  expect(waits).toEqual([1, 2, 3, 4])
})

describe('a daily quota', () => {
  const expectSpent = ({ pausedMs, spentQuota }: Reservation) => {
    expect(spentQuota).toBe(3)
    expect(pausedMs).toBeGreaterThan(0)
    expect(pausedMs).toBeLessThanOrEqual(24 * 3_600_000)
  }

  test('is of all processes together, and renewed at midnight in UTC', async () => {
    await using db = await createTestDatabase()
    const [one, other] = [budgetIn(db, { dailyQuota: 3 }), budgetIn(db, { dailyQuota: 3, share: 'live' })]
    expect(await one.left()).toBe(3)
    await one.reserve(false)
    await other.reserve(false)
    await one.reserve(false)
    expect(await other.left()).toBe(0)
    expectSpent(await one.reserve(false))
    expectSpent(await other.reserve(false))
    // The quota is raised: nothing is left of the pause.
    expect(await budgetIn(db, { dailyQuota: 4 }).reserve(false)).toMatchObject({ pausedMs: 0 })
    await db.sql`update ingest_rate_budgets set counted_day = counted_day - 1`
    expect(await one.left()).toBe(3)
    expect(await one.reserve(false)).toMatchObject({ pausedMs: 0, spentQuota: undefined })
    expect(await other.left()).toBe(2)
  })

  test('does not count a start that was not used', async () => {
    await using db = await createTestDatabase()
    const budget = budgetIn(db, { dailyQuota: 3 })
    await budget.reserve(false)
    await budget.reserve(true)
    await budget.reserve(true)
    expect(await budget.left()).toBe(2)
  })
})
