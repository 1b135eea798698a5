import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { wallClock } from '../../src/core/zones.ts'
import { listDueTimes } from '../../src/schedule/due-times.ts'
import { fieldsIn } from '../../src/schedule/fields-in-zone.ts'

const now = new Date('2026-11-28T10:00:00Z')

describe('cron fields of a job in another zone', () => {
  test.each([
    ['0 6 * * *', 'America/New_York', ['Etc/UTC', 'UTC'], '0 10,11 * * *'],
    ['0 23 * * 0', 'Europe/London', ['UTC'], '0 22,23 * * 0'],
    ['*/30 8-20 * * *', 'Europe/London', ['UTC'], '0,30 7-20 * * *'],
    // Also on the days before and after, where that is another day.
    ['0 21 * * 0', 'America/New_York', ['UTC'], '0 1,2 * * *'],
    ['0 6 1 * *', 'Asia/Kolkata', ['UTC'], '30 0 1 * *'],
    ['*/10 * * * *', 'Asia/Kathmandu', ['UTC'], '5,15,25,35,45,55 * * * *'],
    // On a clock that changes by other rules, at each hour.
    ['0 3 * * *', 'America/New_York', ['Europe/London'], '0 * * * *'],
    ['0 3 * * *', 'UTC', ['UTC', 'Europe/London'], '0 * * * *'],
    // On the same clock, also at the time that a skipped one is made up for.
    ['0 6 * * *', 'America/New_York', ['America/New_York'], '0 6 * * *'],
    ['30 2 * * *', 'America/New_York', ['America/New_York'], '0,30 2,3 * * *'],
    ['0 6 1 * 1', 'UTC', ['UTC'], '0 6 * * *'],
  ])('%s %s in %s', (frequency, timezone, zones, fields) => {
    expect(fieldsIn({ frequency, timezone }, zones, now)).toBe(fields)
  })

  const zone = fc.constantFrom(
    'UTC',
    'America/New_York',
    'America/Chicago',
    'Europe/London',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
  )
  const frequency = fc
    .tuple(
      fc.constantFrom('0', '30', '*/10', '5,35', '10-20/5'),
      fc.constantFrom('0', '1', '2', '3', '6', '23', '*', '*/2', '1-3', '0,12'),
      fc.constantFrom('*', '1', '15', '*/2'),
      fc.constantFrom('*', '3', '10-11'),
      fc.constantFrom('*', '0', '1-5', 'sun', '*/2'),
    )
    .map(fields => fields.join(' '))
  /** Days around which clocks change, and some others. */
  const around = fc.constantFrom(
    ...'2027-03-14 2027-03-28 2027-04-04 2027-07-01 2027-10-03 2027-10-31 2027-11-07 2028-11-05'.split(' '),
  )

  test('a cron that reads them starts something at each due time of the job', () => {
    fc.assert(
      fc.property(frequency, zone, zone, around, (frequency, timezone, host, day) => {
        const fields = fieldsIn({ frequency, timezone }, [host], now)
        const middle = Date.parse(`${day}T12:00:00Z`)
        const span = { after: new Date(middle - 40 * 3_600_000), upTo: new Date(middle + 40 * 3_600_000) }
        const late = listDueTimes({ frequency, timezone }, span).filter(due => !starts(fields, due, host))
        expect({ fields, late: late.map(due => due.toISOString()) }).toEqual({ fields, late: [] })
      }),
      { numRuns: 100 },
    )
  })
})

/**
 * Whether Debian's cron starts a line at an instant. It starts one with fixed hours no second time where the clock repeats an hour; that it
 * makes up for a skipped one is not relied upon. Where a field for the day begins with `*`, both fields have to hold.
 */
function starts(fields: string, at: Date, zone: string): boolean {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields.split(' ')
  const shown = (instant: Date) => wallClock(instant, zone, 'm H d M i')
  const isRepeated = [30, 60].some(minutes => shown(new Date(at.getTime() - minutes * 60_000)) === shown(at))
  if (isRepeated && !hour.startsWith('*')) return false
  const [m, h, d, mo, w] = shown(at).split(' ').map(Number) as [number, number, number, number, number]
  const [isDay, isWeekday] = [holds(day, d, 1), holds(weekday, w % 7) || holds(weekday, w)]
  const isIn = day.startsWith('*') || weekday.startsWith('*') ? isDay && isWeekday : isDay || isWeekday
  return holds(minute, m) && holds(hour, h) && holds(month, mo, 1) && isIn
}

const holds = (field: string, value: number, low = 0): boolean =>
  field.split(',').some(part => {
    const [range = '', step = '1'] = part.replace('sun', '0').split('/')
    const [from = 0, to = from] = range === '*' ? [low, 59] : range.split('-').map(Number)
    return value >= from && value <= to && (value - from) % Number(step) === 0
  })
