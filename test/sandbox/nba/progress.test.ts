import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clockText, isoClock, progressAt } from '../../../src/sandbox/nba/progress.ts'

test.each([
  [0, 'PT00M00.00S'],
  [347, 'PT05M47.00S'],
  [906.9999999999999, 'PT15M07.00S'],
  [59.999, 'PT01M00.00S'],
  [14_400, 'PT240M00.00S'],
])('%s seconds are written %s', (seconds, text) => {
  expect(isoClock(seconds)).toBe(text)
})

test('any time is written with two digits of seconds and two of hundredths, and reads back', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 20_000, noNaN: true }), seconds => {
      const [, minutes, rest] = /^PT(\d{2,3})M([0-5]\d\.\d\d)S$/.exec(isoClock(seconds)) ?? []
      expect(Number(minutes) * 60 + Number(rest)).toBeCloseTo(seconds, 1)
    }),
  )
})

const minutes = (count: number) => count * 60_000

test.each([
  [0, 'Q1 12:00'],
  [15, 'Q1 6:00'],
  [29, 'Q1 :24.0'],
  [31, 'Q1 :00.0'],
  [62, 'Half'],
  [77, 'Half'],
  [78, 'Q3 12:00'],
  [140, 'Q4 :00.0'],
  [142, 'OT 5:00'],
  [158, 'OT2 4:36'],
])('%s minutes after the tip-off of a game with two overtimes the clock says %s', (since, text) => {
  expect(clockText(progressAt(minutes(since), 6))).toBe(text)
})
