import { expect, test } from 'vitest'
import { createTestDatabase } from '../../support/database.ts'
import { followDays } from '../../support/live-season.ts'
import { liveNba, liveNfl } from '../../support/live-world.ts'

test('a simulated day: every game is seen while it is played and final at the end, with a third of the requests of fixed windows', async () => {
  const { days, games, ...wrong } = await followDays(await createTestDatabase(), liveNba, '2027-01-18', 1)
  expect(games).toBeGreaterThan(3)
  expect(wrong).toEqual({ missed: [], unfinished: [], letters: 0, complaints: [] })
  for (const { requests, fixed } of days) expect(requests).toBeLessThan(fixed / 3)
}, 300_000)

test('a simulated Saturday and Sunday of the NFL are followed whole, games outside of the usual hours, too', async () => {
  const { days, games, ...wrong } = await followDays(await createTestDatabase(), liveNfl, '2025-12-20', 2)
  expect(games).toBeGreaterThan(10)
  expect(wrong).toEqual({ missed: [], unfinished: [], letters: 0, complaints: [] })
  expect(days.map(day => day.games > 0)).toEqual([true, true])
  expect(days.reduce((sum, { outside }) => sum + outside, 0)).toBeGreaterThan(0)
  // The scoreboard, files of the schedule, and a summary of each game every five minutes while it is played.
  for (const day of days) expect(day.requests).toBeLessThan(300 + 45 * day.games)
}, 300_000)
