import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays, type Day, eachDay } from '../../../src/core/days.ts'
import { type Window, windowsOfDays, windowsOfEvents } from '../../../src/jobs/plan/windows.ts'

const span = fc
  .tuple(fc.integer({ min: Date.UTC(2007, 2, 11), max: Date.UTC(2027, 2, 11) }), fc.integer({ min: 0, max: 500 }))
  .map(([ms, days]): Window => {
    const from = new Date(ms).toISOString().slice(0, 10)
    return { from, to: addDays(from, days) }
  })

/** Across leap days and every change of the clocks: no gap, no overlap, every day once. */
const covers = (windows: Window[], { from, to }: Window) =>
  expect(windows.flatMap(window => eachDay(window.from, window.to))).toEqual(eachDay(from, to))

describe('windows of days', () => {
  test('1 to 15 October by 7 are 1 to 7, 8 to 14 and the 15th', () => {
    expect([...windowsOfDays({ from: '2024-10-01', to: '2024-10-15' }, 7)]).toEqual([
      { from: '2024-10-01', to: '2024-10-07' },
      { from: '2024-10-08', to: '2024-10-14' },
      { from: '2024-10-15', to: '2024-10-15' },
    ])
  })

  test('have every day once', () => {
    fc.assert(
      fc.property(span, fc.integer({ min: 1, max: 40 }), (window, size) => {
        covers([...windowsOfDays(window, size)], window)
      }),
    )
  })

  test('are lazy: the first of a thousand years is there at once', () => {
    const first = windowsOfDays({ from: '1900-01-01', to: '2900-01-01' }, 1).next()
    expect(first.value).toEqual({ from: '1900-01-01', to: '1900-01-01' })
  })

  test('of a span that ends before it begins there are none', () => {
    expect([...windowsOfDays({ from: '2024-10-02', to: '2024-10-01' }, 7)]).toEqual([])
  })
})

describe('windows of games', () => {
  /** Some days have many games, some none; by the day itself, so that it is the same each time. */
  const gamesOn = (day: Day) => (Number(day.slice(8)) * 7 + Number(day.slice(5, 7))) % 15

  test('have every day once, and none is fuller than its last day makes it', () => {
    fc.assert(
      fc.property(span, fc.integer({ min: 1, max: 80 }), (window, size) => {
        const windows = [...windowsOfEvents(window, gamesOn, size)]
        covers(windows, window)
        const count = (days: Day[]) => days.reduce((sum, day) => sum + gamesOn(day), 0)
        for (const { from, to } of windows) {
          expect(count(eachDay(from, addDays(to, -1)))).toBeLessThan(size)
          if (to !== window.to) expect(count(eachDay(from, to))).toBeGreaterThanOrEqual(size)
        }
      }),
    )
  })

  test('a span without games is one window', () => {
    expect([...windowsOfEvents({ from: '2024-07-01', to: '2024-09-30' }, () => 0, 50)]).toEqual([
      { from: '2024-07-01', to: '2024-09-30' },
    ])
  })
})
