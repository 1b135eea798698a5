import { describe, expect, test } from 'vitest'
import { coursesPath, regionsPath, resultsPath } from '../../../src/providers/the-racing-api.ts'
import { type CardRace, createRacingWorld } from './world.ts'

const world = createRacingWorld()
const now = '2025-10-13T12:00:00Z'
const week = 'start_date=2025-10-05&end_date=2025-10-11'

describe('results', () => {
  test('come newest first, in pages that together are all', () => {
    const { total, limit, skip, results } = world.page(week, now)
    expect({ limit, skip, sent: results.length }).toEqual({ limit: 50, skip: 0, sent: 50 })
    const pages = Array.from({ length: Math.ceil(total / 30) }, (_, i) => world.page(`${week}&limit=30&skip=${30 * i}`, now))
    const all = pages.flatMap(page => page.results)
    expect([all.length, new Set(all.map(({ race_id }) => race_id)).size]).toEqual([total, total])
    const times = all.map(({ off_dt }) => Date.parse(off_dt))
    expect(times).toEqual([...times].sort((a, b) => b - a))
    expect(all.slice(0, 50)).toEqual(results)
    expect(world.page(`${week}&skip=${total}`, now).results).toEqual([])
  })

  test('are of the regions that are asked for, whose codes are repeated in the query', () => {
    const totals = ['', '&region=gb', '&region=ire', '&region=gb&region=ire', '&region=fr'].map(
      more => world.page(week + more, now).total,
    )
    const [all = 0, gb = 0, ire = 0, both, fr] = totals
    expect([gb + ire, both, fr, gb > ire && ire > 0]).toEqual([all, all, 0, true])
    const path = resultsPath('2025-10-11', ['gb', 'ire'], 50)
    expect(world.ask<{ query: unknown }>(path, now).query).toEqual([
      ['limit', '50'],
      ['skip', '0'],
      ['start_date', '2025-10-11'],
      ['end_date', '2025-10-11'],
      ['region', 'gb'],
      ['region', 'ire'],
    ])
  })

  test('are of the last 365 days where no days are named, and none are of the future', () => {
    const { total, results } = world.page('limit=1', now)
    expect(total).toBeGreaterThan(5_000)
    expect(Date.parse(results[0]?.off_dt ?? '')).toBeLessThan(Date.parse(now))
    expect(world.page('start_date=2025-10-14&end_date=2026-01-01', now).total).toBe(0)
    expect(world.page('start_date=2025-10-11&end_date=2025-10-10', now).total).toBe(0)
  })
})

describe('cards', () => {
  const cardsOf = (query: string, plan = 'standard') =>
    world.ask<{ racecards: CardRace[]; total: number }>(`/v1/racecards/${plan}${query}`, now)

  test('are of today or tomorrow, or for pro of any day, earliest first', () => {
    const dayOf = ({ racecards }: { racecards: CardRace[] }) => [...new Set(racecards.map(({ off_dt }) => off_dt.slice(0, 10)))]
    const days = [cardsOf(''), cardsOf('?day=today'), cardsOf('?day=tomorrow'), cardsOf('?date=2024-02-03', 'pro')].map(dayOf)
    expect(days).toEqual([['2025-10-13'], ['2025-10-13'], ['2025-10-14'], ['2024-02-03']])
    expect(cardsOf('?date=2023-01-22', 'pro').total).toBe(0)
    const times = cardsOf('').racecards.map(({ off_dt }) => off_dt)
    expect(times).toEqual([...times].sort())
    const some = cardsOf('?region_codes=ire&region_codes=fr').racecards
    expect(some.filter(({ region }) => region !== 'IRE')).toEqual([])
    expect(cardsOf('?limit=2&skip=1').racecards).toEqual(cardsOf('').racecards.slice(1, 3))
  })

  test('have more in each plan: free ones have no ids, basic ones no odds', () => {
    const [free, basic, standard, pro] = ['free', 'basic', 'standard', 'pro'].map(plan => {
      const [race] = cardsOf('', plan).racecards
      return {
        race: Object.keys(race ?? {}),
        runner: Object.keys(race?.runners[0] ?? {}),
        price: Object.keys(race?.runners.flatMap(({ odds = [] }) => odds)[0] ?? {}),
      }
    })
    expect(free?.race.filter(key => key.endsWith('_id'))).toEqual([])
    expect(free?.runner.filter(key => key.endsWith('_id'))).toEqual([])
    expect(basic?.race).toEqual(expect.arrayContaining([...(free?.race ?? []), 'race_id', 'course_id']))
    expect(basic?.runner).toEqual(expect.arrayContaining([...(free?.runner ?? []), 'horse_id', 'jockey_id']))
    expect([basic?.runner.includes('odds'), standard?.runner.includes('odds')]).toEqual([false, true])
    expect([standard?.price.includes('history'), pro?.price.includes('history')]).toEqual([false, true])
  })
})

test('courses and regions are listed, under other names than races have', () => {
  const list = world.ask<{ courses: { id: string; course: string }[]; total: number }>(coursesPath(['gb', 'ire']), now)
  expect([list.courses.length, new Set(list.courses.map(({ id }) => id)).size]).toEqual([list.total, list.total])
  expect(list.courses.some(({ course }) => course.endsWith('-AW'))).toBe(true)
  const ire = world.ask<{ total: number }>(coursesPath(['ire']), now)
  expect(ire.total).toBeLessThan(list.total)
  expect(world.ask<{ total: number }>(coursesPath([]), now).total).toBe(list.total)
  expect(world.ask(regionsPath, now)).toContainEqual({ region: 'Great Britain', region_code: 'gb' })
})

describe('what cannot be', () => {
  test.each(['/v1/nothing', '/v1/racecards/gold', '/v1/results/rac_1', '/'])('is not found: %s', path => {
    expect([world.status(path, now), world.ask(path, now)]).toEqual([404, { detail: 'Not Found' }])
  })

  test.each([
    ['/v1/results?limit=0', 'limit', 'value_error.number.not_ge'],
    ['/v1/results?limit=101', 'limit', 'value_error.number.not_le'],
    ['/v1/results?limit=ten', 'limit', 'type_error.integer'],
    ['/v1/results?skip=-1', 'skip', 'value_error.number.not_ge'],
    ['/v1/results?start_date=2025-02-30', 'start_date', 'value_error.date'],
    ['/v1/results?start_date=2024-01-01&end_date=2025-06-01', 'start_date', 'value_error'],
    ['/v1/racecards/standard?day=yesterday', 'day', 'value_error.str.regex'],
    ['/v1/racecards/standard?limit=501', 'limit', 'value_error.number.not_le'],
    ['/v1/racecards/pro?date=soon', 'date', 'value_error.date'],
  ])('is refused by its name: %s', (path, name, type) => {
    expect(world.status(path, now)).toBe(422)
    expect(world.ask(path, now)).toMatchObject({ detail: [{ loc: ['query', name], type, msg: expect.any(String) }] })
  })
})
