import { expect, test } from 'vitest'
import { createTestDatabase } from '../../support/database.ts'
import { followDays } from '../../support/live-season.ts'

test('simulated days: every game is seen while it is played and final at the end, with a third of the requests of fixed windows', async () => {
  const { days, games, ...wrong } = await followDays(await createTestDatabase(), '2027-01-18', 2)
  expect(games).toBeGreaterThan(10)
  expect(wrong).toEqual({ missed: [], unfinished: [], letters: 0, complaints: [] })
  for (const { requests, fixed } of days) expect(requests).toBeLessThan(fixed / 3)
}, 180_000)
