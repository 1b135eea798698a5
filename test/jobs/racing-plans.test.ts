import { expect, test } from 'vitest'
import { eachDay } from '../../src/core/days.ts'
import { card, declared, type HandMadeRacing, result } from '../support/hand-made-racing.ts'
import { reply } from '../support/provider-server.ts'
import { startRacingWorld } from '../support/racing-world.ts'

const [day, next, later] = ['2025-10-06', '2025-10-07', '2025-10-08'] as const
const noon = (of: string) => `${of}T12:00:00Z`

/** At noon of the 7th. */
const asOf = (more: Partial<HandMadeRacing> = {}): HandMadeRacing => ({
  results: { [day]: [1, 2, 3].map(n => result(day, n)) },
  cards: { [next]: [card(next, 1)], [later]: [card(later, 1)] },
  today: next,
  ...more,
})

const ofPlan = (plan: 'free' | 'basic' | 'pro', more: Partial<HandMadeRacing> = {}) =>
  startRacingWorld(asOf({ plan, ...more }), { SPORTS_INGEST_RACING_PLAN: plan })

test('the plan basic loads the cards of today and tomorrow, asks for no results, and moves no watermark', async () => {
  await using world = await ofPlan('basic')
  const run = await world.daily(noon(next))
  expect(run, run.said).toMatchObject({ code: 0, items: [{ asked: 2, loaded: 2 }] })
  expect(run.asked.every(path => path.startsWith('/v1/racecards/basic?'))).toBe(true)
  expect(await world.watermark()).toBeUndefined()
  expect(await world.reference(noon(next))).toMatchObject({ code: 0 })
})

test('the plan free loads cards that have ids, and tells of those that have names alone', async () => {
  const { race_id, course_id, ...nameless } = card(next, 1)
  const { horse_id, ...runner } = declared(1)
  const api = asOf({ pageSize: 50 })
  api.cards[next] = [nameless as unknown as ReturnType<typeof card>, card(next, 2), card(next, 3, { runners: [runner] })]
  await using world = await ofPlan('free', api)
  const run = await world.daily(noon(next))
  expect(run, run.said).toMatchObject({ code: 0, items: [{ asked: 2, loaded: 2, dead: 0 }] })
  expect(run.findings).toEqual([
    {
      ...{ item: next, check: 'no-ids' },
      message:
        '2 of 3 races of the racecards have no ids, and are not stored. The plan free does not always have them; set racing.plan to what the account pays for.',
    },
  ])
  expect(await world.letters()).toEqual([])
  const reference = await world.reference(noon(next))
  expect(reference).toMatchObject({ code: 0 })
  expect(reference.asked.sort()).toEqual(['/v1/courses/regions', '/v1/courses?region_codes=gb&region_codes=ire'])
})

test('the letter of a day’s cards is discarded when no card of that day can be had any more', async () => {
  const down = (path: string) => (path.startsWith('/v1/racecards') ? reply(500) : undefined)
  const api = asOf({ instead: down })
  await using world = await startRacingWorld(api)
  expect(await world.daily(noon(next))).toMatchObject({ code: 2 })
  expect((await world.letters()).map(({ item }) => item)).toEqual([next, later])
  Object.assign(api, { instead: undefined, today: later, results: { ...api.results, [next]: [result(next, 1)] } })
  const run = await world.daily(noon(later))
  expect(run).toMatchObject({ code: 0 })
  expect(run.findings?.map(({ message }) => message)).toEqual([
    'Dead letter 1 is discarded: racecards of 2025-10-07 can no longer be had: the plan standard has cards of today and tomorrow only.',
  ])
  expect(await world.letters()).toEqual([])
  const closed = await world.sql`select item, status, discarded_by as by from dead_letters order by item`
  expect(closed).toEqual([
    { item: next, status: 'discarded', by: 'sports-ingest' },
    { item: later, status: 'resolved', by: null },
  ])
})

test('so is it by a retry, which asks for nothing then; of the plan pro it is asked for', async () => {
  const down = (path: string) => (path.startsWith('/v1/racecards') ? reply(500) : undefined)
  const api = asOf({ instead: down })
  await using world = await startRacingWorld(api)
  await world.daily(noon(next))
  api.instead = () => undefined
  expect(await world.retry(noon('2025-10-10'))).toMatchObject({ code: 0, asked: [], stillOpen: 0 })
  expect(await world.letters()).toEqual([])

  const other = asOf({ instead: down, plan: 'pro' })
  await using pro = await startRacingWorld(other, { SPORTS_INGEST_RACING_PLAN: 'pro' })
  await pro.daily(noon(next))
  other.instead = () => undefined
  const again = await pro.retry(noon('2025-10-10'))
  expect(again, again.said).toMatchObject({ code: 0, stillOpen: 0 })
  const states = await pro.sql`select distinct status from dead_letters`
  expect(states).toEqual([{ status: 'resolved' }])
})

test('the plan of a backfill forecasts its requests within 2 %, of which most days have one and a full day two', async () => {
  const days = eachDay('2025-01-01', '2025-04-10')
  const races = (one: string) => Array.from({ length: one === '2025-03-01' ? 101 : 2 }, (_, n) => result(one, n + 1))
  const results = Object.fromEntries(days.map(one => [one, races(one)]))
  await using world = await startRacingWorld(asOf({ results, pageSize: 100 }))
  const now = noon('2025-04-11')
  const { requests, units } = await world.forecast(now)
  const run = await world.backfill(now)
  expect(run, run.said).toMatchObject({ code: 0, units: { planned: units, done: units } })
  expect([requests, run.requests]).toEqual([100, 101])
  expect(Math.abs(run.asked.length - requests) / run.asked.length).toBeLessThanOrEqual(0.02)
  expect(await world.forecast(now)).toMatchObject({ settled: 100, units: 0, requests: 0, prices: [] })
})

test('of the plan pro, a card that is malformed is a dead letter also beside a good result, and ends when it can be read, though its race is over', async () => {
  const api: HandMadeRacing = {
    results: { [day]: [result(day, 1)] },
    cards: { [day]: [card(day, 1, { runners: 'none' as never })] },
    today: next,
    plan: 'pro',
  }
  await using world = await startRacingWorld(api, { SPORTS_INGEST_RACING_PLAN: 'pro' })
  expect(await world.backfill(noon(next), { from: day, to: day })).toMatchObject({ code: 1, items: [{ dead: 1 }] })
  expect(await world.letters()).toMatchObject([{ dataset: 'racecards', item: 'rac_202510061' }])
  expect(await world.sql`select status from races`).toEqual([{ status: 'final' }])
  // By then the results of that day are not asked for beside its cards.
  expect(await world.retry(noon(next))).toMatchObject({ code: 1 })
  api.cards[day] = [card(day, 1)]
  expect(await world.retry(noon(next))).toMatchObject({ code: 0, findings: [] })
  expect(await world.letters()).toEqual([])
  expect(await world.sql`select status from races`).toEqual([{ status: 'final' }])
})
