import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays, eachDay } from '../../../src/core/days.ts'
import { dayOf } from '../../../src/core/zones.ts'
import { type DaysRequest, planDays } from '../../../src/jobs/plan/days.ts'
import { nextLoadedDay } from '../../../src/pipeline/frontier.ts'

const request: DaysRequest = {
  today: '2025-01-16',
  date: undefined,
  daysBack: 1,
  daysAhead: 0,
  watermark: undefined,
  since: undefined,
  catchUp: true,
}

describe('planDays', () => {
  test.each<[string, Partial<DaysRequest>, string[]]>([
    ['loads yesterday', {}, ['2025-01-15']],
    ['loads the day asked for', { date: '2025-01-03' }, ['2025-01-03']],
    ['loads days back', { daysBack: 3 }, ['2025-01-13', '2025-01-14', '2025-01-15']],
    ['loads days ahead: 1 is today', { daysAhead: 2 }, ['2025-01-15', '2025-01-16', '2025-01-17']],
    ['catches up on every day missed', { watermark: '2025-01-11' }, ['2025-01-12', '2025-01-13', '2025-01-14', '2025-01-15']],
    ['loads the target again where nothing was missed', { watermark: '2025-01-15' }, ['2025-01-15']],
    ['leaves a gap when told to', { watermark: '2025-01-11', catchUp: false }, ['2025-01-15']],
    ['loads a day behind the watermark', { watermark: '2025-01-14', date: '2025-01-10' }, ['2025-01-10']],
    ['catches up only to the day asked for', { watermark: '2025-01-08', date: '2025-01-10' }, ['2025-01-09', '2025-01-10']],
    [
      'catches up since the first run, where none has set a watermark',
      { since: '2025-01-13' },
      ['2025-01-13', '2025-01-14', '2025-01-15'],
    ],
    ['joins days back and days missed', { watermark: '2025-01-10', daysBack: 2 }, eachDay('2025-01-11', '2025-01-15')],
  ])('%s', (_, change, days) => expect(planDays({ ...request, ...change }).days).toEqual(days))

  test('in twenty years of mornings run at any hour, with outages, every day is planned and the watermark has no gap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2007, 0, 1), max: Date.UTC(2027, 0, 1) }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 30 }),
        (startMs, hoursBetween) => {
          let now = startMs
          let watermark: string | undefined
          const loaded = new Set<string>()
          for (const hours of hoursBetween) {
            now += hours * 3_600_000
            const today = dayOf(new Date(now), 'America/New_York')
            const plan = planDays({ ...request, today, watermark })
            for (const day of plan.days) {
              loaded.add(day)
              const next = watermark === undefined ? plan.next : addDays(watermark, 1)
              watermark = nextLoadedDay(next, { from: day, to: day }, today) ?? watermark
            }
            expect(watermark).toBe(addDays(today, -1))
          }
          const [first, last] = [[...loaded].sort()[0] as string, watermark as string]
          expect([...loaded].sort()).toEqual(eachDay(first, last))
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('nextLoadedDay', () => {
  const on = (day: string) => ({ from: day, to: day })
  test('is the day that was loaded', () => expect(nextLoadedDay('2025-01-15', on('2025-01-15'), '2025-01-16')).toBe('2025-01-15'))
  test('is none beyond a day that was not loaded', () =>
    expect(nextLoadedDay('2025-01-14', on('2025-01-15'), '2025-01-16')).toBeUndefined())
  test('is none that is not over', () => expect(nextLoadedDay('2025-01-16', on('2025-01-16'), '2025-01-16')).toBeUndefined())
  test('is none behind the watermark', () => expect(nextLoadedDay('2025-01-16', on('2025-01-10'), '2025-01-17')).toBeUndefined())
})
