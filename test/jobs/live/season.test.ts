import { expect, test } from 'vitest'
import { createTestDatabase } from '../../support/database.ts'
import { followDays } from '../../support/live-season.ts'
import { liveNba, liveNfl } from '../../support/live-world.ts'

test('simulated days: every game is seen while it is played and final at the end, with a third of the requests of fixed windows', async () => {
  const { days, games, ...wrong } = await followDays(await createTestDatabase(), liveNba, '2027-01-18', 2)
  expect(games).toBeGreaterThan(10)
  expect(wrong).toEqual({ missed: [], unfinished: [], letters: 0, complaints: [] })
  for (const { requests, fixed } of days) expect(requests).toBeLessThan(fixed / 3)
}, 180_000)

test('a simulated week of the NFL, with games on Thursday, Saturday, Sunday and Monday, is followed whole', async () => {
  const { days, games, ...wrong } = await followDays(await createTestDatabase(), liveNfl, '2025-12-17', 7)
  expect(games).toBe(16)
  expect(wrong).toEqual({ missed: [], unfinished: [], letters: 0, complaints: [] })
  expect(days.filter(day => day.games > 0).length).toBeGreaterThan(2)
  const sum = (name: 'requests' | 'fixed') => days.reduce((total, day) => total + day[name], 0)
  expect(sum('requests')).toBeLessThan(sum('fixed'))
}, 180_000)
