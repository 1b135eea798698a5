import { describe, expect, test } from 'vitest'
import { card, declared, type HandMadeRacing, placed, price, result } from '../support/hand-made-racing.ts'
import { reply } from '../support/provider-server.ts'
import { type RacingWorld, startRacingWorld } from '../support/racing-world.ts'

const [day, next, later] = ['2025-10-06', '2025-10-07', '2025-10-08'] as const
const noon = (of: string) => `${of}T12:00:00Z`
const none = { inserted: 0, updated: 0, deleted: 0 }

/** At noon of the 7th, results of the 6th alone. */
const ofResults = (...races: ReturnType<typeof result>[]): HandMadeRacing => ({
  results: { [day]: races },
  cards: {},
  today: next,
})
const ofCard = (...races: ReturnType<typeof card>[]): HandMadeRacing => ({ results: {}, cards: { [next]: races }, today: next })

const results = { only: ['results'] }
const cards = { only: ['racecards'] }

const stored = async ({ sql }: RacingWorld) =>
  (
    await sql`
      select status, runner_count as listed, (select count(*)::int from runners u where u.race_id = r.provider_id) as runners,
        (select count(*)::int from runner_odds o where o.race_id = r.provider_id) as odds from races r`
  )[0]

describe('what is listed no more', () => {
  test('goes: the odds of a card, and its runners', async () => {
    const api = ofCard(card(next, 1))
    await using world = await startRacingWorld(api)
    await world.daily(noon(next), cards)
    expect(await stored(world)).toEqual({ status: 'scheduled', listed: 3, runners: 3, odds: 3 })
    const quoted = (odds: unknown) => card(next, 1, { runners: [4, 5, 6].map(n => declared(n, { odds })) })
    // A lower plan has none to tell of.
    api.cards[next] = [quoted(undefined)]
    expect(await world.daily(noon(next), cards)).toMatchObject({ rows: none })
    api.cards[next] = [quoted([])]
    expect(await world.daily(noon(next), cards)).toMatchObject({ rows: { ...none, deleted: 3 } })
    expect(await stored(world)).toEqual({ status: 'scheduled', listed: 3, runners: 3, odds: 0 })
    api.cards[next] = [card(next, 1, { runners: [] })]
    await world.daily(noon(next), cards)
    expect(await stored(world)).toEqual({ status: 'scheduled', listed: 0, runners: 0, odds: 0 })
  })

  test('goes: the places of a race that was abandoned after all', async () => {
    const api = ofResults(result(day, 1))
    await using world = await startRacingWorld(api)
    await world.daily(noon(next), results)
    api.results[day] = [result(day, 1, { is_abandoned: true, runners: [] })]
    expect(await world.daily(noon(next), results)).toMatchObject({ code: 0, rows: { deleted: 3 } })
    expect(await stored(world)).toEqual({ status: 'abandoned', listed: 0, runners: 0, odds: 0 })
  })

  test('stays where a result lacks a runner that it had, and its prose does not name him', async () => {
    const api = ofResults(result(day, 1))
    await using world = await startRacingWorld(api)
    await world.daily(noon(next), results)
    const two = [placed(4, 1), placed(6, 2)]
    api.results[day] = [result(day, 1, { runners: two })]
    expect(await world.daily(noon(next), results)).toMatchObject({ code: 1, rows: none })
    expect(await world.letters()).toMatchObject([
      {
        error_class: 'NotFinalError',
        message: 'The result of race rac_202510061 lacks 1 of the 3 runners that it had before, Horse 5 among them.',
      },
    ])
    expect(await stored(world)).toEqual({ status: 'final', listed: 3, runners: 3, odds: 0 })
    api.results[day] = [result(day, 1, { runners: two, non_runners: 'Horse 5 (withdrawn at the start)' })]
    expect(await world.daily(noon(next), results)).toMatchObject({ code: 0 })
    expect(await world.letters()).toEqual([])
    expect(await stored(world)).toEqual({ status: 'final', listed: 2, runners: 2, odds: 0 })
  })

  test('stays where the results of a day lack races that are final, which is told', async () => {
    const api = ofResults(...[1, 2, 3].map(n => result(day, n)))
    await using world = await startRacingWorld(api)
    await world.daily(noon(next), results)
    const findingsWith = async (...races: ReturnType<typeof result>[]) => {
      api.results[day] = races
      const run = await world.daily(noon(next), results)
      expect(run).toMatchObject({ code: 0, rows: none })
      return run.findings
    }
    expect(await findingsWith(result(day, 1), result(day, 3))).toEqual([
      {
        ...{ item: day, check: 'result-gone' },
        message: 'Race rac_202510062 is final, and no longer listed in the results of 2025-10-06. It stays final.',
      },
    ])
    expect((await findingsWith())?.map(({ message }) => message)).toEqual([
      '3 races are final, and no longer listed in the results of 2025-10-06, rac_202510061 among them. They stay final.',
    ])
    expect(await world.sql`select count(*)::int as count from races where status = 'final'`).toEqual([{ count: 3 }])
  })
})

describe('a runner who is listed twice', () => {
  test('counts once in a result, and does not dead-heat with himself', async () => {
    const runners = [placed(4, 1), placed(4, 1), placed(5, 2), placed(6, 3)]
    await using world = await startRacingWorld(ofResults(result(day, 1, { runners })))
    expect(await world.daily(noon(next), results)).toMatchObject({ code: 0, findings: [] })
    expect(await world.sql`select position, is_dead_heat as heat from runners order by 1`).toEqual(
      [1, 2, 3].map(position => ({ position, heat: false })),
    )
  })

  test('with two places makes the race a dead letter that names them, and the card stands', async () => {
    const api: HandMadeRacing = { ...ofCard(card(next, 1)), today: next }
    await using world = await startRacingWorld(api)
    await world.daily(noon(next), cards)
    Object.assign(api, { today: later })
    api.results[next] = [result(next, 1, { runners: [placed(4, 1), placed(5, 2), placed(5, 3), placed(6, 4)] }), result(next, 2)]
    expect(await world.daily(noon(later), results)).toMatchObject({ code: 1, items: [{ asked: 2, loaded: 1, dead: 1 }] })
    expect(await world.letters()).toMatchObject([
      {
        ...{ dataset: 'results', item: 'rac_202510071', error_class: 'PayloadError' },
        message:
          'The answer for race rac_202510071 lists runners (rac_202510071, hrs_105) twice, with different values: position 2 and 3, total_beaten_lengths 1.5 and 3.',
      },
    ])
    expect(await world.sql`select status from races order by name`).toEqual([{ status: 'scheduled' }, { status: 'final' }])
  })

  test('counts once on a card, as does a bookmaker; of two prices the last one counts, which is told', async () => {
    const twice = [price('Bet One', '3', '4'), price('Bet One', '3', '4'), price('Bet Two', '3', '4'), price('Bet Two', '5', '6')]
    const runners = [declared(4, { odds: twice }), declared(5), declared(5)]
    await using world = await startRacingWorld(ofCard(card(next, 1, { runners })))
    const run = await world.daily(noon(next), cards)
    expect(run).toMatchObject({ code: 0, items: [{ loaded: 1 }] })
    expect(run.findings?.map(({ message }) => message)).toEqual([
      'Race rac_202510071, runner Horse 4: Bet Two has several prices; the last one counts.',
    ])
    expect(await stored(world)).toEqual({ status: 'scheduled', listed: 2, runners: 2, odds: 3 })
    expect(await world.sql`select decimal from runner_odds where bookmaker = 'Bet Two'`).toEqual([{ decimal: 6 }])
  })
})

test('a card of another date than was asked for is a dead letter of that day', async () => {
  const api: HandMadeRacing = { results: {}, cards: { [next]: [card(next, 1), card(later, 2)] }, today: next, plan: 'pro' }
  await using world = await startRacingWorld(api, { SPORTS_INGEST_RACING_PLAN: 'pro' })
  expect(await world.daily(noon(next), cards)).toMatchObject({ code: 1, items: [{ loaded: 1, dead: 1 }] })
  expect(await world.letters()).toMatchObject([
    {
      dataset: 'racecards',
      message: 'Race rac_202510082 was sent with the racecards of 2025-10-07, and its date is 2025-10-08.',
    },
  ])
})

test('verify counts the runners of each race that is over', async () => {
  await using world = await startRacingWorld(ofResults(result(day, 1), result(day, 2)))
  await world.daily(noon(next))
  expect(await world.verify()).toMatchObject({ proven: true, holes: 0 })
  await world.sql`delete from runners where race_id = 'rac_202510062' and position = 3`
  expect(await world.verify()).toMatchObject({
    ...{ proven: false, holes: 1 },
    first: { id: 'rac_202510062', what: 'is over and lacks its lines in runners' },
  })
})

test('a result that is not complete holds the watermark of its year until it is, or its letter is discarded', async () => {
  const open = result(next, 1, { runners: [placed(4, 1), placed(5, ''), placed(6, 3)] })
  const api: HandMadeRacing = { results: { [day]: [result(day, 1)], [next]: [open], [later]: [result(later, 1)] }, cards: {} }
  await using world = await startRacingWorld(api)
  const load = () => world.backfill(noon('2025-10-09'), { from: day })
  expect(await load()).toMatchObject({ code: 1 })
  expect(await world.settled()).toEqual([day, later])
  await world.sql`update dead_letters set status = 'discarded'`
  expect(await load()).toMatchObject({ code: 0, requests: 1 })
  expect(await world.settled()).toEqual([day, next, later])
})

test('a day whose results failed holds the watermarks until they load, or their letter is discarded', async () => {
  const days = [day, next, later]
  const refused = (path: string) =>
    path.includes(`start_date=${next}`) ? reply(422, {}, { detail: [{ loc: ['query'], msg: 'no such day' }] }) : undefined
  const api: HandMadeRacing = {
    ...{
      results: Object.fromEntries(days.map(one => [one, [result(one, 1)]])),
      cards: {},
      today: '2025-10-09',
      instead: refused,
    },
  }
  await using world = await startRacingWorld(api)
  await world.daily(noon(next))
  expect(await world.watermark()).toBe(day)
  const daily = await world.daily(noon('2025-10-09'))
  expect(daily).toMatchObject({ code: 1, units: { failed: 1 } })
  expect(await world.watermark()).toBe(day)
  expect(await world.backfill(noon('2025-10-09'), { from: day })).toMatchObject({ code: 1 })
  expect(await world.settled()).toEqual([day, later])
  // Only what is not settled is asked for again.
  const again = await world.backfill(noon('2025-10-09'), { from: day })
  expect(again.asked).toEqual(daily.asked.filter(path => path.includes(`start_date=${next}`)))
  await world.sql`update dead_letters set status = 'discarded'`
  expect(await world.daily(noon('2025-10-09'))).toMatchObject({ code: 0 })
  expect(await world.watermark()).toBe(later)
})
