import { expect, test } from 'vitest'
import type { RateBudget } from '../../src/core/rate-budget.ts'
import { createSharedPace } from '../../src/http/pace.ts'

const { signal } = new AbortController()

/** A budget that says what the test wants, and keeps what it is told. */
function budgetThatSays(waits: number[], look: RateBudget['look'] = () => new Promise(() => {})) {
  const told = { reserved: [] as boolean[], postponed: [] as number[] }
  const budget: RateBudget = {
    reserve: async unused => {
      told.reserved.push(unused)
      return { waitMs: waits[told.reserved.length - 1] ?? 0, pausedMs: 0 }
    },
    look,
    postpone: async lateMs => void told.postponed.push(lateMs),
    left: async () => undefined,
    pause: async () => {},
  }
  return { budget, told }
}

test('a start is not taken before its time', async () => {
  const pace = createSharedPace(budgetThatSays([80]).budget)
  const askedMs = performance.now()
  await pace(signal)
  expect(performance.now() - askedMs).toBeGreaterThanOrEqual(80)
})

test('the start of a request that was given up goes to the next one', async () => {
  const { budget, told } = budgetThatSays([80])
  const pace = createSharedPace(budget)
  const stop = new AbortController()
  const askedMs = performance.now()
  const given = pace(stop.signal)
  stop.abort()
  await expect(given).rejects.toThrow()
  await pace(signal)
  expect(performance.now() - askedMs).toBeGreaterThanOrEqual(80)
  expect(told.reserved).toEqual([false])
})

test('a start that went by while the process was halted is not taken, and another is booked', async () => {
  const { budget, told } = budgetThatSays([-10_000, 0])
  await createSharedPace(budget)(signal)
  expect(told.reserved).toEqual([false, true])
})

test('a process that is always late starts in the end', async () => {
  const { budget, told } = budgetThatSays(Array(100).fill(-1000))
  await createSharedPace(budget)(signal)
  expect(told.reserved.length).toBeLessThan(10)
})

test('a request that goes out late is told to the budget', async () => {
  const { budget, told } = budgetThatSays([0, 0])
  const pace = createSharedPace(budget)
  const start = await pace(signal)
  await new Promise(resolve => setTimeout(resolve, 30))
  start.sent()
  expect(told.postponed).toEqual([expect.any(Number)])
  expect(told.postponed[0]).toBeGreaterThan(20)
})

test('others that are late push back a start that was booked before', async () => {
  const { budget } = budgetThatSays([80], async () => ({ waitMs: 200, pausedMs: 0 }))
  const askedMs = performance.now()
  await createSharedPace(budget)(signal)
  expect(performance.now() - askedMs).toBeGreaterThanOrEqual(220)
})

test('a pause that began elsewhere holds for a start that was booked before', async () => {
  const { budget, told } = budgetThatSays([80, 0], async () => ({ waitMs: 50, pausedMs: 30_000 }))
  const pace = createSharedPace(budget)
  expect((await pace(signal)).pausedMs).toBe(30_000)
  await pace(signal)
  expect(told.reserved).toEqual([false, true])
})

test('a budget that does not answer at the last look does not keep a start', async () => {
  const { budget } = budgetThatSays([80], () => Promise.reject(new Error('gone')))
  expect((await createSharedPace(budget)(signal)).pausedMs).toBe(0)
})
