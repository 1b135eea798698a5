import { expect, test } from 'vitest'
import { receiptText } from '../../src/cli/receipt-text.ts'
import { newReceipt } from '../../src/jobs/run-job.ts'
import { type LiveCounts, noItems, type Receipt } from '../../src/pipeline/receipt.ts'
import { nba } from '../../src/sports/nba/index.ts'
import { at } from '../support/test-clock.ts'

const spec = { job: 'live', sport: nba, dryRun: false, nouns: ['games'] }
const live: LiveCounts = {
  mode: 'update',
  why: 'next game Tue 19:00',
  nextPollAt: at('2024-12-10T20:30:00Z'),
  ...{ polls: 0, updates: 1, changed: 0, finals: 0, incidents: 0 },
}
const receipt: Receipt = {
  ...newReceipt(spec, {}, at('2024-12-10T20:00:00Z'), []),
  run: 1,
  durationMs: 1_000,
  live,
}

const scheduleLine = (failures: number, dead = 0) =>
  receiptText({ ...receipt, failures, items: [{ ...noItems('games'), asked: dead, dead }] })
    .split('\n')
    .filter(line => line.startsWith('  schedule'))
    .map(line => line.replace(/^ {2}schedule +/, ''))

test('the receipt of live work says that the schedule was updated where the update has loaded all it should', () => {
  expect(scheduleLine(0)).toEqual(['updated'])
  expect(scheduleLine(2)).toEqual(['2 failures: runs list, dead-letters list'])
})

test('a dead game of the poll is no failure of the schedule', () => {
  expect(scheduleLine(1, 1)).toEqual(['updated'])
  expect(scheduleLine(3, 1)).toEqual(['2 failures: runs list, dead-letters list'])
})

test('without an update there is no line about the schedule, but for one that has failed', () => {
  const without = { ...receipt, live: { ...live, updates: 0 } }
  expect(receiptText(without)).not.toContain('schedule')
  expect(receiptText({ ...without, failures: 1 })).toContain('1 failure: runs list, dead-letters list')
})

test('of more failures than are shown, the receipt says where they are', () => {
  const failed = Array.from({ length: 10 }, (_, i) => ({
    unit: `u${i}`,
    dataset: null,
    isMissing: false,
    message: `Reason ${i}.`,
  }))
  expect(receiptText({ ...receipt, run: 7, failed })).toMatch(/Reason 7\.\n +and 2 more: runs show 7 --log$/m)
})
