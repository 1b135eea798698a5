import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findNextDueTime, listDueTimes } from '../../src/schedule/due-times.ts'
import { hourMs, minuteMs, walkDueTimes, wallOf } from '../support/walk-due-times.ts'

const zones = ['America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'UTC'] as const

const offsetOf = (instant: number, zone: string) => wallOf(instant, zone).ms - instant

/** The instants of ten years at which a zone's offset changes. */
function transitionsOf(zone: string): number[] {
  const found: number[] = []
  const dayMs = 24 * hourMs
  for (let day = Date.UTC(2024, 0, 1); day < Date.UTC(2034, 0, 1); day += dayMs) {
    if (offsetOf(day, zone) === offsetOf(day + dayMs, zone)) continue
    let [low, high] = [day, day + dayMs]
    while (high - low > minuteMs) {
      const middle = low + Math.floor((high - low) / 2 / minuteMs) * minuteMs
      if (offsetOf(middle, zone) === offsetOf(low, zone)) low = middle
      else high = middle
    }
    found.push(high)
  }
  return found
}

const transitions = zones.flatMap(zone => {
  const ofZone = transitionsOf(zone)
  return (ofZone.length > 0 ? ofZone : [Date.UTC(2026, 2, 8, 7)]).map(at => ({ zone, at }))
})

const field = (low: number, high: number, common: string[]) => {
  const value = fc.integer({ min: low, max: high })
  const range = fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)
  return fc.oneof(
    fc.constantFrom(...common),
    value.map(String),
    fc.uniqueArray(value, { minLength: 2, maxLength: 4 }).map(list => list.sort((a, b) => a - b).join(',')),
    range,
    fc
      .tuple(fc.oneof(fc.constant('*'), range), fc.integer({ min: 1, max: Math.ceil(high / 2) }))
      .map(([of, step]) => `${of}/${step}`),
  )
}
const frequencies = fc.record({
  minute: field(0, 59, ['0', '30', '*/10', '*']),
  hour: field(0, 6, ['*', '2', '1', '1-3', '*/2']),
  day: fc.constantFrom('*', '*', '*', '8', '1-15'),
  weekday: fc.constantFrom('*', '*', '0', '1-5'),
})

describe('due times', () => {
  test('there are transitions of ten years to look at', () => {
    const count = (zone: string) => transitions.filter(transition => transition.zone === zone).length
    expect(zones.map(count)).toEqual([20, 20, 20, 1])
  })

  test.each(transitions)('around $zone, $at are those of walking the clock minute by minute', ({ zone, at }) => {
    fc.assert(
      fc.property(frequencies, ({ minute, hour, day, weekday }) => {
        const frequency = `${minute} ${hour} ${day} * ${weekday}`
        const [from, to] = [at - 4 * hourMs, at + 4 * hourMs]
        const found = listDueTimes({ frequency, timezone: zone }, { after: new Date(from), upTo: new Date(to) })
        expect({ frequency, due: found.map(due => due.toISOString()) }).toEqual({
          frequency,
          due: walkDueTimes(frequency, zone, from, to),
        })
      }),
      { numRuns: 15 },
    )
  })

  test.each([
    ['30 2 * * *', ['2026-03-08T07:00:00.000Z']],
    ['*/10 2 * * *', ['2026-03-08T07:00:00.000Z']],
    ['15 * * * *', ['2026-03-08T06:15:00.000Z', '2026-03-08T07:15:00.000Z']],
  ])('of %s in the hour that New York skips', (frequency, due) => {
    const span = { after: new Date('2026-03-08T05:59:00Z'), upTo: new Date('2026-03-08T07:59:00Z') }
    expect(listDueTimes({ frequency, timezone: 'America/New_York' }, span).map(one => one.toISOString())).toEqual(due)
  })

  test.each([
    ['30 1 * * *', 1],
    ['*/30 1 * * *', 2],
    ['30 * * * *', 2],
    ['*/30 * * * *', 4],
  ])('of %s in the hour that New York repeats are %i', (frequency, count) => {
    const span = { after: new Date('2026-11-01T04:59:00Z'), upTo: new Date('2026-11-01T06:59:00Z') }
    expect(listDueTimes({ frequency, timezone: 'America/New_York' }, span)).toHaveLength(count)
  })

  test('may never come', () => {
    expect(findNextDueTime({ frequency: '0 0 30 2 *', timezone: 'UTC' }, new Date('2026-01-01T00:00:00Z'))).toBeUndefined()
  })
})
