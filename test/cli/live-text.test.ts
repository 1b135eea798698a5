import { expect, test } from 'vitest'
import { liveReceipt } from '../../src/cli/live-text.ts'
import { type LiveReceipt, noTally } from '../../src/jobs/live/live-receipt.ts'
import { at } from '../support/test-clock.ts'

const { counts, ...numbers } = noTally()
const receipt: LiveReceipt = {
  job: 'live',
  sport: 'nba',
  run: 1,
  status: 'done',
  mode: 'update',
  why: 'next game Tue 19:00',
  ...counts,
  ...numbers,
  updates: 1,
  nextLookAt: at('2024-12-10T20:30:00Z'),
  startedAt: at('2024-12-10T20:00:00Z'),
  durationMs: 1_000,
}

const scheduleLine = (failures: number, dead = 0) =>
  liveReceipt({ ...receipt, failures, games: { ...receipt.games, asked: dead, dead } })
    .split('\n')
    .filter(line => line.startsWith('  schedule'))
    .map(line => line.replace(/^ {2}schedule +/, ''))

test('the schedule is said to be up to date where the update has loaded all it should', () => {
  expect(scheduleLine(0)).toEqual(['brought up to date'])
  expect(scheduleLine(2)).toEqual(['2 failures: runs list, dead-letters list'])
})

test('a game of the look that was set aside is no failure of the schedule', () => {
  expect(scheduleLine(1, 1)).toEqual(['brought up to date'])
  expect(scheduleLine(3, 1)).toEqual(['2 failures: runs list, dead-letters list'])
})
