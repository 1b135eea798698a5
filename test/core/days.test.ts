import { fromZonedTime } from 'date-fns-tz'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays, eachDay, parseDay } from '../../src/core/days.ts'
import { dayOf, instantOf } from '../../src/core/zones.ts'

const zone = 'America/New_York'
const twentyYears = { min: Date.UTC(2007, 2, 11), max: Date.UTC(2027, 2, 11) }

describe('parseDay', () => {
  test.each(['2025-01-15', '2024-02-29', '2000-12-31', '1800-01-01'])('takes %s', day => expect(parseDay(day)).toBe(day))
  test.each([
    '2025-02-30',
    '2025-02-29',
    '2025-13-01',
    '2025-1-5',
    '15.01.2025',
    '2025-01-15T00:00:00Z',
    '',
    'yesterday',
    '0000-01-01',
    '1799-12-31',
  ])('finds no day in %j', text => expect(parseDay(text)).toBeUndefined())
})

describe('the civil day of an instant', () => {
  test.each([
    ['the last second of standard time on the eve', '2025-03-09T04:59:59Z', '2025-03-08'],
    ['midnight before the spring change', '2025-03-09T05:00:00Z', '2025-03-09'],
    ['midnight after it, an hour earlier in UTC', '2025-03-10T04:00:00Z', '2025-03-10'],
    ['the last second before that', '2025-03-10T03:59:59Z', '2025-03-09'],
    ['midnight before the autumn change', '2025-11-02T04:00:00Z', '2025-11-02'],
    ['the 25-hour day is still that day', '2025-11-03T04:59:59Z', '2025-11-02'],
    ['midnight after it', '2025-11-03T05:00:00Z', '2025-11-03'],
    ['a late game falls on the next UTC date', '2025-01-16T03:30:00Z', '2025-01-15'],
  ])('%s', (_, instant, day) => expect(dayOf(new Date(instant), zone)).toBe(day))

  test('agrees with the system calendar at any instant of twenty years', () => {
    const calendar = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
    fc.assert(
      fc.property(fc.integer(twentyYears), ms => {
        expect(dayOf(new Date(ms), zone)).toBe(calendar.format(new Date(ms)))
      }),
      { numRuns: 2_000 },
    )
  })

  test('yesterday is the one day before today around every change of twenty years, at every quarter of an hour', () => {
    for (let year = 2007; year <= 2027; year++) {
      for (const [month, firstSunday] of [
        [2, 8],
        [10, 1],
      ] as const) {
        const change = new Date(Date.UTC(year, month, firstSunday))
        change.setUTCDate(firstSunday + ((7 - change.getUTCDay()) % 7))
        const days: string[] = []
        for (let quarter = -100; quarter <= 200; quarter++) days.push(dayOf(new Date(change.getTime() + quarter * 900_000), zone))
        // As the quarters pass, each day comes right after the one before it: none is skipped, none comes back.
        expect([...new Set(days)]).toEqual(eachDay(days[0] as string, days.at(-1) as string))
        for (const today of days) expect(eachDay(addDays(today, -1), today)).toEqual([addDays(today, -1), today])
      }
    }
  })
})

describe('the instant of a wall-clock time', () => {
  // Midnight is left out in Beirut and Santiago, an island changes by half an hour, and Apia has left out a whole day.
  test.each(['America/New_York', 'Europe/London', 'Asia/Beirut', 'America/Santiago', 'Australia/Lord_Howe', 'Pacific/Apia'])(
    'is the one that asking for it alone finds, around each change of the clocks: %s',
    place => {
      for (const day of [...eachDay('2011-12-25', '2012-01-02'), ...eachDay('2023-01-01', '2023-12-31')])
        for (const time of ['00:00', '00:30', '01:30', '02:30', '12:00', '23:59'])
          expect(instantOf(day, time, place), `${day} ${time}`).toEqual(fromZonedTime(`${day}T${time}:00`, place))
    },
  )

  test.each([
    ['2026-02-30', '13:00'],
    ['2026-11-01', '24:30'],
    ['', ''],
  ])('is none where %j at %j is none', (day, time) => {
    expect(instantOf(day, time, zone)).toEqual(fromZonedTime(`${day}T${time}:00`, zone))
  })
})

describe('civil arithmetic', () => {
  const day = fc.integer(twentyYears).map(ms => new Date(ms).toISOString().slice(0, 10))

  test('a day added and taken away is the same day', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -4_000, max: 4_000 }), (from, count) => {
        expect(addDays(addDays(from, count), -count)).toBe(from)
      }),
    )
  })

  test('eachDay has every day once, in order, without a gap', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: 0, max: 800 }), (from, count) => {
        const days = eachDay(from, addDays(from, count))
        expect(days).toHaveLength(count + 1)
        for (let i = 1; i < days.length; i++)
          expect(Date.parse(days[i] as string) - Date.parse(days[i - 1] as string)).toBe(86_400_000)
      }),
    )
  })

  test('a window that ends before it begins has no day', () => expect(eachDay('2025-01-15', '2025-01-14')).toEqual([]))
  test('leap days are there', () => expect(addDays('2024-02-28', 1)).toBe('2024-02-29'))
})
