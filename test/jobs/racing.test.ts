import { describe, expect, test } from 'vitest'
import { eachDay } from '../../src/core/days.ts'
import { card, declared, type HandMadeRacing, placed, price, result } from '../support/hand-made-racing.ts'
import { reply } from '../support/provider-server.ts'
import { type Outcome, type RacingWorld, startRacingWorld } from '../support/racing-world.ts'

const [day, next, later] = ['2025-10-06', '2025-10-07', '2025-10-08'] as const
const noon = (of: string) => `${of}T12:00:00Z`
const pro = { SPORTS_INGEST_RACING_PLAN: 'pro' }
const none = { inserted: 0, updated: 0, deleted: 0 }

/** At noon of the 7th: results of the 6th, cards of the 7th and 8th. */
const asOf = (more: Partial<HandMadeRacing> = {}): HandMadeRacing => ({
  results: { [day]: [1, 2, 3].map(n => result(day, n)) },
  cards: { [next]: [card(next, 1), card(next, 2)], [later]: [card(later, 1)] },
  today: next,
  ...more,
})

describe('a daily run', () => {
  test('loads yesterday’s results and the cards of today and tomorrow; the second writes nothing', async () => {
    await using world = await startRacingWorld(asOf())
    const first = await world.daily(noon(next))
    expect(first, first.said).toMatchObject({ code: 0, items: [{ noun: 'races', asked: 6, loaded: 6, dead: 0 }] })
    expect(first.findings).toEqual([])
    expect(first.asked.sort()).toEqual([
      '/v1/racecards/standard?day=today&region_codes=gb&region_codes=ire&limit=500&skip=0',
      '/v1/racecards/standard?day=tomorrow&region_codes=gb&region_codes=ire&limit=500&skip=0',
      '/v1/results?start_date=2025-10-06&end_date=2025-10-06&region=gb&region=ire&limit=100&skip=0',
      '/v1/results?start_date=2025-10-06&end_date=2025-10-06&region=gb&region=ire&limit=100&skip=2',
    ])
    expect(await world.watermark()).toBe(day)
    expect(await world.sql`select race_date, status, count(*)::int as races from races group by 1, 2 order by 1`).toMatchObject([
      { status: 'final', races: 3 },
      { status: 'scheduled', races: 2 },
      { status: 'scheduled', races: 1 },
    ])
    expect(await world.sql`select count(*)::int as count, count(ran)::int as ran from runners`).toEqual([{ count: 18, ran: 9 }])
    expect(await world.sql`select name, country, sire, dam from horses where provider_id = 'hrs_104'`).toEqual([
      { name: 'Horse 4', country: 'IRE', sire: 'Old Sire', dam: 'Dam 4' },
    ])
    const second = await world.daily(noon(next))
    expect(second).toMatchObject({ code: 0, rows: none })
  })

  test('lets a result replace its card, and never a card a result', async () => {
    const api = asOf({ results: { [day]: [] } })
    await using world = await startRacingWorld(api)
    await world.daily(noon(next))
    expect(await world.sql`select status from races where race_date = ${next}`).toMatchObject([
      { status: 'scheduled' },
      { status: 'scheduled' },
    ])
    api.results[next] = [result(next, 1), result(next, 2)]
    api.today = later
    await world.daily(noon(later))
    const ofRace = () => world.sql`
      select r.status, u.horse, u.position, u.sp_numerator, u.ran from races r join runners u on u.race_id = r.provider_id
      where r.race_date = ${next} and r.name = 'Race 1' order by u.position`
    const final = [1, 2, 3].map(i => ({
      ...{ status: 'final', horse: `Horse ${3 + i}`, position: i, sp_numerator: 4 + i, ran: true },
    }))
    expect(await ofRace()).toEqual(final)
    // The card is still served as it was before the race.
    api.today = next
    expect(await world.daily(noon(next), { only: ['racecards'] })).toMatchObject({ code: 0, rows: none })
    expect(await ofRace()).toEqual(final)
  })

  test('keeps what a card of a higher plan or the card alone has told, and takes null and empty for none', async () => {
    const { jumps, course_id, big_race, distance, distance_round, ...lower } = card(next, 1)
    const api = asOf({ results: { [day]: [] }, cards: { [next]: [card(next, 1, { jumps: '8 fences', big_race: true })] } })
    await using world = await startRacingWorld(api)
    const load = async (now: string, only: string) => {
      expect(await world.daily(noon(now), { only: [only] })).toMatchObject({ code: 0 })
      const [race] = await world.sql`
        select going, jumps, course_id as course, is_big_race as big, distance, prize::int, field_size as size from races`
      return race
    }
    const whole = { going: 'Standard', jumps: '8 fences', course: 'crs_101', big: true, distance: '1m', prize: 5000, size: 3 }
    expect(await load(next, 'racecards')).toEqual(whole)
    api.cards[next] = [{ ...lower, going: 'Slow' } as typeof lower & ReturnType<typeof card>]
    expect(await load(next, 'racecards')).toEqual({ ...whole, going: 'Slow' })
    expect(await world.daily(noon(next), { only: ['racecards'] })).toMatchObject({ rows: none })
    api.cards[next] = [card(next, 1, { jumps: '', big_race: null, course_id: null, prize: '-' })]
    expect(await load(next, 'racecards')).toEqual({ ...whole, jumps: null, course: null, big: null, prize: null })
    api.cards[next] = [card(next, 1, { jumps: '8 fences', big_race: true })]
    await load(next, 'racecards')
    Object.assign(api, { today: later, results: { [next]: [result(next, 1)] } })
    expect(await load(later, 'results')).toEqual({ ...whole, jumps: null })
    expect(await world.daily(noon(later), { only: ['results'] })).toMatchObject({ rows: none })
  })

  test('lets no card put a race back on that its result calls void or abandoned', async () => {
    const results = [result(next, 1, { comments: 'Race void' }), result(next, 2, { is_abandoned: true })]
    const api = asOf({ results: { [next]: results }, cards: { [next]: [card(next, 1), card(next, 2)] } })
    await using world = await startRacingWorld(api)
    await world.daily(noon(later), { only: ['results'] })
    const states = () => world.sql`
      select status, (select array_agg(position order by horse_id) from runners where race_id = races.provider_id) as places from races order by name`
    const told = [
      { status: 'void', places: '{1,2,3}' },
      { status: 'abandoned', places: '{1,2,3}' },
    ]
    expect(await states()).toEqual(told)
    api.today = next
    expect(await world.daily(`${next}T21:00:00Z`, { only: ['racecards'] })).toMatchObject({ code: 0, rows: none })
    expect(await states()).toEqual(told)
  })

  test('puts a race back on that the card of the morning called off', async () => {
    const api = asOf({ results: {}, cards: { [next]: [card(next, 1, { is_abandoned: true })] } })
    await using world = await startRacingWorld(api)
    const status = async () => (await world.sql`select status from races`)[0]
    await world.daily(noon(next), { only: ['racecards'] })
    expect(await status()).toEqual({ status: 'abandoned' })
    api.cards[next] = [card(next, 1)]
    await world.daily(noon(next), { only: ['racecards'] })
    expect(await status()).toEqual({ status: 'scheduled' })
  })

  test('follows the card until the race is off: who is withdrawn, who rides, and the odds', async () => {
    const api = asOf({ cards: { [next]: [card(next, 1)] } })
    await using world = await startRacingWorld(api)
    await world.daily(noon(next), { only: ['racecards'] })
    const runners = [
      declared(4, { number: 'NR' }),
      declared(5, {
        jockey: 'Another Rider(7)',
        jockey_id: 'jky_999',
        odds: [price('Bet One', '3', '4'), price('Exchange', '10', '10')],
      }),
      declared(6, { number: 'R1' }),
    ]
    api.cards[next] = [card(next, 1, { runners, field_size: '1' })]
    await world.daily(noon(next), { only: ['racecards'] })
    expect(
      await world.sql`
        select number, declared, is_non_runner as withdrawn, is_reserve as reserve, jockey, jockey_claim_lbs as claim from runners order by horse_id`,
    ).toEqual([
      { number: null, declared: false, withdrawn: true, reserve: false, jockey: 'Rider 4', claim: null },
      { number: 5, declared: true, withdrawn: false, reserve: false, jockey: 'Another Rider', claim: 7 },
      { number: null, declared: false, withdrawn: false, reserve: true, jockey: 'Rider 6', claim: null },
    ])
    expect(
      await world.sql`select bookmaker, numerator, denominator, decimal from runner_odds where horse_id = 'hrs_105' order by 1`,
    ).toEqual([
      { bookmaker: 'Bet One', numerator: 3, denominator: 1, decimal: 4 },
      { bookmaker: 'Exchange', numerator: null, denominator: null, decimal: 10 },
    ])
    expect(await world.sql`select provider_id from bookmakers order by 1`).toEqual([
      { provider_id: 'Bet One' },
      { provider_id: 'Exchange' },
    ])
  })

  test('loads corrections of the days before', async () => {
    const api = asOf()
    await using world = await startRacingWorld(api)
    await world.daily(noon(next))
    api.results[day] = [
      result(day, 1),
      result(day, 2),
      result(day, 3, { runners: [placed(10, 2), placed(11, 1), placed(12, 'DSQ')] }),
    ]
    api.results[next] = []
    api.today = later
    const run = await world.daily(noon(later))
    expect(run.items).toMatchObject([{ corrected: 1 }])
    expect(
      await world.sql`select position, outcome, finished from runners where race_id = 'rac_202510063' order by horse_id`,
    ).toEqual([
      { position: 2, outcome: null, finished: true },
      { position: 1, outcome: null, finished: true },
      { position: null, outcome: 'disqualified', finished: false },
    ])
  })

  test('leaves horses, people and courses out where the settings say so', async () => {
    await using world = await startRacingWorld(asOf(), { SPORTS_INGEST_FEATURES_SKIP_ENTITY_EXTRACTION: 'true' })
    await world.daily(noon(next))
    const counts = await world.sql`
      select (select count(*) from horses)::int as horses, (select count(*) from courses)::int as courses, (select count(*) from runners)::int as runners`
    expect(counts).toEqual([{ horses: 0, courses: 0, runners: 18 }])
  })
})

describe('a result', () => {
  const load = async (...races: ReturnType<typeof result>[]) => {
    const world = await startRacingWorld(asOf({ results: { [day]: races } }))
    return { world, run: await world.daily(noon(next), { only: ['results'] }) }
  }

  test('has dead heats, those that did not finish, and prices of all kinds', async () => {
    const runners = [
      placed(1, 1, { sp: 'EvensF', prize: '€2000' }),
      placed(2, 2, { btn: 'nk', ovr_btn: 'nk', sp: '13/8J' }),
      placed(3, 2, { btn: 'dht', ovr_btn: 'nk', bsp: '4.2' }),
      placed(4, 4, { btn: 'dist', ovr_btn: '30' }),
      placed(5, 'PU', { btn: '-', ovr_btn: '-', time: '-' }),
      placed(6, 'RR', { btn: '-', ovr_btn: '-', time: '-' }),
    ]
    const { world, run } = await load(result(day, 1, { runners, non_runners: 'Horse 7 (unsuitable ground)' }))
    await using _ = world
    expect(run).toMatchObject({ code: 0, findings: [] })
    expect(
      await world.sql`
        select position as place, is_dead_heat as heat, outcome, finished, beaten_lengths as btn, sp_numerator as sp, favourite, bsp, prize::float8,
          prize_currency as currency from runners order by horse_id`,
    ).toEqual([
      {
        place: 1,
        heat: false,
        outcome: null,
        finished: true,
        btn: 0,
        sp: 1,
        favourite: 'favourite',
        bsp: null,
        prize: 2000,
        currency: 'EUR',
      },
      {
        place: 2,
        heat: true,
        outcome: null,
        finished: true,
        btn: 0.3,
        sp: 13,
        favourite: 'joint',
        bsp: null,
        prize: null,
        currency: null,
      },
      {
        place: 2,
        heat: true,
        outcome: null,
        finished: true,
        btn: 0,
        sp: 4,
        favourite: null,
        bsp: 4.2,
        prize: null,
        currency: null,
      },
      {
        place: 4,
        heat: false,
        outcome: null,
        finished: true,
        btn: 30,
        sp: 5,
        favourite: null,
        bsp: null,
        prize: null,
        currency: null,
      },
      {
        place: null,
        heat: null,
        outcome: 'pulled-up',
        finished: false,
        btn: null,
        sp: 6,
        favourite: null,
        bsp: null,
        prize: null,
        currency: null,
      },
      {
        ...{ place: null, heat: null, outcome: 'refused-to-race', finished: false, btn: null, sp: 7, favourite: null, bsp: null },
        ...{ prize: null, currency: null },
      },
    ])
    expect(await world.sql`select non_runners, tote_win::float8, tote_places, tote_currency from races`).toEqual([
      {
        non_runners: [{ horse: 'Horse 7', reason: 'unsuitable ground' }],
        ...{ tote_win: 3.25, tote_places: [1.7, 1.2], tote_currency: 'GBP' },
      },
    ])
  })

  test('keeps what nobody knows, and tells it', async () => {
    const runners = [placed(1), placed(2, 2, { sp: 'scratched', time: 'slow' }), placed(3, 'XX')]
    const { world, run } = await load(result(day, 1, { runners, dist_y: 'a mile' }))
    await using _ = world
    expect(run.code).toBe(0)
    expect(run.findings?.map(({ message }) => message)).toEqual([
      'Race rac_202510061: dist_y "a mile" is not a whole number.',
      'Race rac_202510061, runner Horse 2 (IRE): sp "scratched" is not a price.',
      'Race rac_202510061, runner Horse 2 (IRE): time "slow" is not a time.',
      'Race rac_202510061, runner Horse 3 (IRE): position "XX" is not known.',
    ])
    expect(await world.sql`select extra from runners order by horse_id`).toEqual([
      { extra: null },
      { extra: { sp: 'scratched', time: 'slow' } },
      { extra: { position: 'XX' } },
    ])
    expect(await world.sql`select distance_yards, extra from races`).toEqual([
      { distance_yards: 1760, extra: { dist_y: 'a mile' } },
    ])
  })

  test('that is not complete is a dead letter of its race, and is asked for until it is', async () => {
    const api = asOf({
      results: { [day]: [result(day, 1), result(day, 2, { runners: [placed(7), placed(8, ''), placed(9, '')] })] },
    })
    await using world = await startRacingWorld(api)
    expect(await world.daily(noon(next))).toMatchObject({ code: 1 })
    expect(await world.letters()).toMatchObject([
      {
        ...{ dataset: 'results', item: 'rac_202510062', error_class: 'NotFinalError' },
        message: 'The result of race rac_202510062 lacks the position of 2 of its 3 runners.',
      },
    ])
    for (const at of ['2025-10-12', '2025-10-15', '2025-10-20']) expect(await world.daily(noon(at))).toMatchObject({ code: 1 })
    api.results[day] = [result(day, 1), result(day, 2)]
    expect(await world.daily(noon('2025-10-25'))).toMatchObject({ code: 0 })
    expect(await world.letters()).toEqual([])
    expect(await world.sql`select count(*)::int as count from runners where ran`).toEqual([{ count: 6 }])
  })

  test('that lacks a runner of its card is a dead letter of its race, unless the prose says that he did not run', async () => {
    const api = asOf({ results: { [day]: [] }, cards: { [next]: [card(next, 1), card(next, 2)] } })
    await using world = await startRacingWorld(api)
    await world.daily(noon(next))
    const two = (n: number, more = {}) => result(next, n, { runners: [placed(3 * n + 1, 1), placed(3 * n + 3, 2)], ...more })
    api.results[next] = [two(1, { non_runners: "HORSE 5 (vet's certificate)" }), two(2)]
    api.today = later
    expect(await world.daily(noon(later))).toMatchObject({ code: 1 })
    expect(await world.letters()).toMatchObject([
      {
        ...{ item: 'rac_202510072', error_class: 'NotFinalError' },
        message: 'The result of race rac_202510072 lacks 1 of the 3 runners that were declared, Horse 8 among them.',
      },
    ])
    // The card stands until the result is whole.
    const states = () => world.sql`
      select r.status, count(u)::int as runners from races r join runners u on u.race_id = r.provider_id where race_date = ${next} group by r.name, 1 order by r.name`
    expect(await states()).toEqual([
      { status: 'final', runners: 2 },
      { status: 'scheduled', runners: 3 },
    ])
    api.results[next] = [two(1, { non_runners: "HORSE 5 (vet's certificate)" }), result(next, 2)]
    expect(await world.daily(noon('2025-10-20'), { catchUp: true })).toMatchObject({ code: 0 })
    expect(await world.letters()).toEqual([])
    expect(await states()).toEqual([
      { status: 'final', runners: 2 },
      { status: 'final', runners: 3 },
    ])
  })

  test('that never comes makes a dead letter of its card, which ends with the result, or when none is to be expected any more', async () => {
    const api = asOf({ results: { [day]: [] }, cards: { [next]: [card(next, 1), card(next, 2), card(next, 3)] } })
    await using world = await startRacingWorld(api)
    await world.daily(noon(next))
    api.results[next] = [result(next, 1)]
    api.today = later
    expect(await world.daily(noon(later))).toMatchObject({ code: 2 })
    expect((await world.letters()).map(({ message }) => message)).toEqual([
      'Race rac_202510072 at Seaview (AW) is on the card of 2025-10-07 and has no result.',
      'Race rac_202510073 at Seaview (AW) is on the card of 2025-10-07 and has no result.',
    ])
    expect(await world.watermark()).toBe(next)
    api.results[next] = [result(next, 1), result(next, 2)]
    expect(await world.daily(noon('2025-10-10'))).toMatchObject({ code: 1 })
    // Results that come later than that do not come.
    const last = await world.daily(noon('2025-10-12'))
    expect(last).toMatchObject({ code: 0 })
    expect(last.findings?.map(({ message }) => message)).toEqual([
      'Race rac_202510073 is on the card of 2025-10-07 and had no result within 3 days: stored as abandoned.',
    ])
    expect(await world.letters()).toEqual([])
    expect(await world.sql`select status from races where race_date = ${next} order by name`).toEqual([
      { status: 'final' },
      { status: 'final' },
      { status: 'abandoned' },
    ])
  })

  test('that is malformed is a dead letter of its race, and the others are loaded', async () => {
    const { world, run } = await load(result(day, 1), result(day, 2, { course: undefined }), result(day, 3))
    await using _ = world
    expect(run).toMatchObject({ code: 1, items: [{ asked: 3, loaded: 2, dead: 1 }] })
    expect((await world.letters())[0]?.message).toMatch(/^Race rac_202510062 of the results is malformed: course: /)
  })

  test.each([['2025-99-99'], ['garbage'], ['06/10/2025'], ['2025-10-05'], ['']])(
    'with the date %j is a dead letter of the day it was sent for, and the others are loaded',
    async date => {
      const bad = result(day, 2, { date, course: '' })
      const { world, run } = await load(result(day, 1), bad, result(day, 3))
      await using _ = world
      expect(run).toMatchObject({ code: 1, units: { failed: 0 }, items: [{ asked: 3, loaded: 2, dead: 1 }] })
      expect(await world.sql`select dataset, item, day::text from dead_letters`).toEqual([
        { dataset: 'results', item: 'rac_202510062', day },
      ])
      expect(await world.sql`select count(*)::int as count from races`).toEqual([{ count: 2 }])
    },
  )

  test('that is malformed or has no positions yet keeps its letter and its card, however late it is asked for', async () => {
    const broken = {
      [next]: [result(next, 1), result(next, 2, { runners: [placed(7), placed(8, '')] }), result(next, 3, { course: '' })],
    }
    const cards = { [next]: [card(next, 1), card(next, 2), card(next, 3)] }
    const states = (world: RacingWorld) =>
      world.sql`select status, (select count(*)::int from runners u where u.race_id = r.provider_id) as runners from races r order by name`
    const open = [
      { status: 'final', runners: 3 },
      { status: 'scheduled', runners: 3 },
      { status: 'scheduled', runners: 3 },
    ]
    // Asked for each day, and for the first time when results do not come late any more.
    for (const runs of [[later, '2025-10-09', '2025-10-11', '2025-10-12'], ['2025-10-12']]) {
      const api = asOf({ results: { [day]: [] }, cards })
      await using world = await startRacingWorld(api)
      await world.daily(noon(next))
      api.results = { ...broken }
      for (const run of runs) {
        api.today = run
        expect(await world.daily(noon(run))).toMatchObject({ code: 2 })
      }
      expect(await states(world)).toEqual(open)
      expect(await world.letters()).toMatchObject([
        { item: 'rac_202510072', error_class: 'NotFinalError' },
        { item: 'rac_202510073', error_class: 'PayloadError' },
      ])
      api.results[next] = [1, 2, 3].map(n => result(next, n))
      expect(await world.daily(noon('2025-10-14'))).toMatchObject({ code: 0 })
      expect(await states(world)).toEqual(Array(3).fill({ status: 'final', runners: 3 }))
      expect(await world.letters()).toEqual([])
    }
  })

  test.each<[string, object, string]>([
    ['abandoned', { is_abandoned: true, runners: [] }, 'abandoned'],
    ['abandoned, by its status', { race_status: 'abandoned', runners: [] }, 'abandoned'],
    ['void', { comments: 'Race void' }, 'void'],
  ])('may be of a race that was %s', async (_, more, status) => {
    const { world, run } = await load(result(day, 1, more))
    await using __ = world
    expect(run).toMatchObject({ code: 0 })
    expect(await world.sql`select status from races`).toEqual([{ status }])
  })

  test('of one runner who walked over is told apart from one of several', async () => {
    const { world } = await load(
      result(day, 1, { runners: [placed(1, 1, { btn: '', sp: '' })], comments: 'Walkover' }),
      result(day, 2),
    )
    await using _ = world
    expect(await world.sql`select is_walkover as walkover from races order by name`).toEqual([
      { walkover: true },
      { walkover: false },
    ])
  })
})

describe('pages', () => {
  const skipsOf = (run: Outcome) => run.asked.map(path => /skip=(\d+)/.exec(path)?.[1])
  const five = [1, 2, 3, 4, 5].map(n => result(day, n))

  test('count a race once that two of them show, because one was put in between', async () => {
    const api = asOf({ results: { [day]: five.slice(0, 4) } })
    api.instead = path => {
      if (path.endsWith('skip=2')) api.results[day] = [five[4] as (typeof five)[number], ...five.slice(0, 4)]
      return undefined
    }
    await using world = await startRacingWorld(api)
    // The fifth is new on the first page, which has been read: the total tells that it is missing, and they are read again.
    const run = await world.daily(noon(next), { only: ['results'] })
    expect(run).toMatchObject({ code: 0, items: [{ loaded: 5 }] })
    expect(skipsOf(run)).toEqual(['0', '2', '4', '0', '2', '4'])
  })

  test('are read again where one race fewer is there than before, which moves the others', async () => {
    const api = asOf({ results: { [day]: five } })
    api.instead = path => {
      if (path.endsWith('skip=2')) api.results[day] = five.slice(1)
      return undefined
    }
    await using world = await startRacingWorld(api)
    const run = await world.daily(noon(next), { only: ['results'] })
    expect(run).toMatchObject({ code: 0, items: [{ loaded: 4 }] })
    expect(skipsOf(run)).toEqual(['0', '2', '0', '2'])
    expect(await world.sql`select name from races order by name`).toEqual([2, 3, 4, 5].map(n => ({ name: `Race ${n}` })))
  })

  const says = 'the-racing-api says that results of 2025-10-06 has'
  const twoOf = (total: number, skip: number, from = skip) =>
    reply(200, {}, { results: five.slice(from, from + 2), total, limit: 2, skip, query: [] })
  const skipIn = (path: string) => Number(/skip=(\d+)/.exec(path)?.[1])
  test.each<[string, (path: string) => ReturnType<typeof reply>, string, number]>([
    [
      'tell another total each time',
      path => twoOf(skipIn(path) > 0 ? 3 : 5, skipIn(path)),
      `${says} 5 races on one page and 3 on another, each of the 3 times it was read.`,
      6,
    ],
    [
      'have more races than their total',
      () => reply(200, {}, { results: five, total: 3, limit: 50, skip: 0, query: [] }),
      `${says} 3 races, and sent 5.`,
      1,
    ],
    ['have races and a total of 0', path => twoOf(0, skipIn(path)), `${says} 0 races, and sent 2.`, 1],
    ['are the first one whatever is asked for', path => twoOf(5, skipIn(path), 0), `${says} 5 races, and sent 2.`, 9],
    [
      'are the first one and say so',
      () => twoOf(5, 0),
      'the-racing-api does not turn the pages of results of 2025-10-06: behind GET /v1/results?start_date=2025-10-06&end_date=2025-10-06&region=gb&region=ire&limit=100&skip=2 it names that one again.',
      2,
    ],
  ])('that %s leave the day a dead letter, which the next answer resolves', async (_, answer, said, requests) => {
    const api = asOf({ results: { [day]: five }, instead: answer })
    await using world = await startRacingWorld(api)
    const run = await world.daily(noon(next), { only: ['results'] })
    expect(run).toMatchObject({ code: 1, requests, units: { failed: 1 }, said: `2025-10-06: ${said}` })
    expect(await world.sql`select 1 from races`).toEqual([])
    api.instead = () => undefined
    expect(await world.retry(noon(next))).toMatchObject({ code: 0 })
    expect(await world.sql`select count(*)::int as count from races`).toEqual([{ count: 5 }])
  })

  test('are read by what the envelope says of them, whatever was asked for', async () => {
    await using world = await startRacingWorld(asOf({ results: { [day]: five }, pageSize: 1 }))
    const run = await world.daily(noon(next), { only: ['results'] })
    expect(run).toMatchObject({ code: 0, items: [{ loaded: 5 }] })
    expect(skipsOf(run)).toEqual(['0', '1', '2', '3', '4'])
  })

  test('of which one fails in the middle leave the day unsettled, and nothing is there twice afterwards', async () => {
    const api = asOf({ results: { [day]: five } })
    api.instead = path => (path.endsWith('skip=2') ? reply(500) : undefined)
    await using world = await startRacingWorld(api)
    const run = await world.daily(noon(next))
    expect(run).toMatchObject({ code: 1, units: { failed: 1 } })
    expect(await world.sql`select count(*)::int as count from races where race_date = ${day}`).toEqual([{ count: 0 }])
    expect(await world.watermark()).toBeUndefined()
    api.instead = () => undefined
    expect(await world.daily(noon(next))).toMatchObject({ code: 0 })
    expect(await world.watermark()).toBe(day)
    expect(await world.sql`select count(*)::int as count from runners where race_id like 'rac_20251006%'`).toEqual([
      { count: 15 },
    ])
  })

  test('of which one is refused for the rate are asked for again: at once, or when the answer says', async () => {
    const api = asOf({ results: { [day]: five } })
    const refusals = [reply(429), reply(429, { 'retry-after': '1' })]
    api.instead = path => (path.endsWith('skip=2') ? refusals.shift() : undefined)
    await using world = await startRacingWorld(api)
    const run = await world.daily(noon(next), { only: ['results'] })
    expect(run).toMatchObject({ code: 0, items: [{ loaded: 5 }] })
    expect(skipsOf(run)).toEqual(['0', '2', '2', '2', '4'])
  })

  test('may have null for no races at all', async () => {
    const api = asOf({ results: {}, instead: () => reply(200, {}, { results: null, total: 0, limit: 50, skip: 0, query: [] }) })
    await using world = await startRacingWorld(api)
    expect(await world.daily(noon(next), { only: ['results'] })).toMatchObject({ code: 0, requests: 1 })
  })
})

describe('an account', () => {
  test('that is not accepted is told apart from an endpoint that is not in its plan', async () => {
    await using world = await startRacingWorld(asOf({ account: 'user:other' }))
    expect(await world.daily(noon(next))).toMatchObject({
      code: 101,
      said: expect.stringContaining('the-racing-api does not accept the username and password.'),
    })
    await using basic = await startRacingWorld(asOf({ plan: 'basic' }))
    expect(await basic.daily(noon(next))).toMatchObject({
      code: 101,
      said: 'the-racing-api accepts the account, but /v1/results is not in its plan; racing.plan is standard. Hint: Set racing.plan to what the account pays for, or leave the dataset out with --only.',
    })
    expect(await basic.watermark()).toBeUndefined()
  })

  test('that is no longer accepted in the middle ends the run, and the next one goes on where it was', async () => {
    const days = ['2025-01-01', '2025-01-02', '2025-01-03', '2025-01-04']
    const api = asOf({ results: Object.fromEntries(days.map(one => [one, [1, 2, 3].map(n => result(one, n))])) })
    // The second page of the third day is the first answer under the new password.
    api.instead = path => {
      if (!path.includes('start_date=2025-01-03') || !path.endsWith('skip=2')) return undefined
      api.account = 'user:other'
      return reply(401, {}, { detail: 'Not authenticated' })
    }
    await using world = await startRacingWorld(api)
    const first = await world.backfill(noon('2025-01-05'), { concurrency: 1 })
    expect(first).toMatchObject({
      code: 101,
      said: expect.stringContaining('the-racing-api does not accept the username and password.'),
    })
    const stored = () => world.sql`select race_date::text as day, count(*)::int as races from races group by 1 order by 1`
    expect(await stored()).toEqual(days.slice(0, 2).map(one => ({ day: one, races: 3 })))
    expect(await world.watermark('racing:2025')).toBe('2025-01-02')
    Object.assign(api, { account: undefined, instead: undefined })
    expect(await world.backfill(noon('2025-01-05'))).toMatchObject({ code: 0 })
    expect(await stored()).toEqual(days.map(one => ({ day: one, races: 3 })))
    expect(await world.watermark('racing:2025')).toBe('2025-01-04')
  })

  test('that is missing is told before anything is asked', async () => {
    await using world = await startRacingWorld(asOf(), { RACING_API_PASSWORD: '' })
    const run = await world.daily(noon(next))
    expect(run).toMatchObject({ code: 101, asked: [] })
    expect(run.said).toContain('the-racing-api wants an account, and its password is not set.')
    expect(await world.sql`select 1 from ingest_runs`).toEqual([])
  })

  test('of the plan pro asks for the cards of any day, also of those that are over', async () => {
    const api = asOf({ plan: 'pro', cards: { [day]: [card(day, 1)] }, results: { [day]: [result(day, 1)] } })
    await using world = await startRacingWorld(api, pro)
    const run = await world.backfill(noon(later), { from: day, to: day })
    expect(run).toMatchObject({ code: 0 })
    expect(run.asked.sort()).toEqual([
      '/v1/racecards/pro?date=2025-10-06&region_codes=gb&region_codes=ire&limit=500&skip=0',
      '/v1/results?start_date=2025-10-06&end_date=2025-10-06&region=gb&region=ire&limit=100&skip=0',
    ])
    // A result does not tell what the prize is.
    expect(await world.sql`select name, status, prize::int from races order by name`).toEqual([
      { name: 'Race 1', status: 'final', prize: 5000 },
    ])
  })

  test('of the plan pro misses what a card of the same answer has and the results lack, however often it is asked', async () => {
    const two = result(day, 2, { runners: [placed(7, 1), placed(9, 2)] })
    const api = asOf({
      plan: 'pro',
      cards: { [day]: [card(day, 1), card(day, 2), card(day, 4), card(day, 5, { off_dt: '', off_time: '' })] },
      results: { [day]: [result(day, 1), two, result(day, 3, { course: '' })] },
    })
    await using world = await startRacingWorld(api, pro)
    const dayAlone = { date: day, catchUp: false, only: ['racecards', 'results'] }
    const states = () => world.sql`
      select name, status, (select count(*)::int from runners u where u.race_id = r.provider_id) as runners from races r order by name`
    const letters = ['rac_202510062', 'rac_202510063', 'rac_202510064', 'rac_202510065']
    const open = [
      { name: 'Race 1', status: 'final', runners: 3 },
      ...[2, 4, 5].map(n => ({ name: `Race ${n}`, status: 'scheduled', runners: 3 })),
    ]
    for (const run of [world.backfill(noon(later), { from: day, to: day }), world.daily(noon(later), dayAlone)]) {
      expect(await run).toMatchObject({ code: 4 })
      expect((await world.letters()).map(({ item }) => item)).toEqual(letters)
      expect(await states()).toEqual(open)
    }
    expect((await world.letters())[0]?.message).toBe(
      'The result of race rac_202510062 lacks 1 of the 3 runners that were declared, Horse 8 among them.',
    )
    // When results do not come late any more.
    const over = open.map(race => (['Race 4', 'Race 5'].includes(race.name) ? { ...race, status: 'abandoned' } : race))
    expect(await world.daily(noon('2025-10-20'), dayAlone)).toMatchObject({ code: 2 })
    for (let n = 0; n < 2; n++) {
      expect(await states()).toEqual(over)
      expect((await world.letters()).map(({ item }) => item)).toEqual(letters.slice(0, 2))
      expect(await world.daily(noon('2025-10-20'), dayAlone)).toMatchObject({ code: 2, rows: none })
    }
    await using fresh = await startRacingWorld(api, pro)
    expect(await fresh.backfill(noon('2025-10-20'), { from: day, to: day })).toMatchObject({ code: 2 })
    expect(await fresh.sql`select name, status from races order by name`).toEqual(over.map(({ runners, ...race }) => race))
  })

  test('of the plan pro keeps the odds of races that are over, also where the results came first', async () => {
    const api = asOf({ plan: 'pro', cards: { [day]: [card(day, 1)] }, results: { [day]: [result(day, 1)] } })
    const load = async (...only: string[][]) => {
      await using world = await startRacingWorld(api, pro)
      for (const some of [...only, []]) await world.daily(noon(next), { date: day, catchUp: false, only: some })
      expect(await world.daily(noon(next), { date: day, catchUp: false })).toMatchObject({ code: 0, rows: none })
      const tables = ['races', 'runners', 'runner_odds', 'bookmakers', 'horses', 'jockeys']
      const rows = tables.map(
        table =>
          world.sql`select to_jsonb(t) - '{row_hash,created_at,updated_at}'::text[] as row from ${world.sql(table)} t order by provider_id`,
      )
      return (await Promise.all(rows)).map(found => [...found])
    }
    const [races, runners, odds, bookmakers] = await load()
    expect([races, runners, odds, bookmakers].map(rows => rows?.length)).toEqual([1, 3, 3, 1])
    expect(races?.[0]).toMatchObject({ row: { status: 'final', prize: 5000, going: 'Standard' } })
    const whole = await load()
    expect(await load(['results'])).toEqual(whole)
    expect(await load(['racecards'], ['results'])).toEqual(whole)
  })
})

test('a backfill loads results by day, resumes, and moves the watermark of its year day by day', async () => {
  const results = Object.fromEntries(['2025-01-01', '2025-01-02', '2025-01-03'].map(one => [one, [result(one, 1)]]))
  const api = asOf({ results, instead: path => (path.includes('2025-01-02') ? reply(404) : undefined) })
  await using world = await startRacingWorld(api)
  const first = await world.backfill(noon('2025-01-05'), { concurrency: 1 })
  expect(first).toMatchObject({ code: 1, units: { planned: 4, failed: 1 } })
  api.instead = () => undefined
  const second = await world.backfill(noon('2025-01-05'), { retryFailed: true })
  expect(second).toMatchObject({ code: 0 })
  expect(second.asked.filter(path => path.startsWith('/v1/results'))).toHaveLength(1)
  expect(await world.watermark('racing:2025')).toBe('2025-01-04')
  expect(await world.sql`select count(*)::int as count from races`).toEqual([{ count: 3 }])
})

test('the list of courses names them better than races do, whichever comes first', async () => {
  const courses = [{ id: 'crs_101', course: 'Seaview-AW', region_code: 'gb', region: 'Great Britain' }]
  const named = async (...order: ('daily' | 'reference')[]) => {
    await using world = await startRacingWorld(asOf({ courses }))
    for (const job of order) expect(await world[job](noon(next))).toMatchObject({ code: 0 })
    return [...(await world.sql`select name, region, is_listed as listed from courses`)]
  }
  const listed = [{ name: 'Seaview-AW', region: 'GB', listed: true }]
  expect(await named('daily')).toEqual([{ name: 'Seaview (AW)', region: 'GB', listed: false }])
  expect(await named('daily', 'reference')).toEqual(listed)
  expect(await named('reference', 'daily')).toEqual(listed)
})

test('bookmakers are found in the odds of the cards', async () => {
  await using world = await startRacingWorld(asOf())
  expect(await world.reference(noon(next), ['bookmakers'])).toMatchObject({ code: 0 })
  expect(await world.sql`select name from bookmakers`).toEqual([{ name: 'Bet One' }])
  expect(await world.sql`select 1 from races`).toEqual([])
})

test('the plan of a backfill tells days, requests, time and what must be paid for', async () => {
  const results = { '2025-01-02': [result('2025-01-02', 1)] }
  await using world = await startRacingWorld(asOf({ results }), { SPORTS_INGEST_RACING_RATE_LIMIT: '2' })
  const now = noon('2025-02-01')
  expect(await world.forecast(now)).toMatchObject({
    ...{ season: '2025', watermarks: [{ season: '2025', value: null }], settled: 0, units: 31 },
    ...{ from: '2025-01-01', to: '2025-01-31', requests: 31, ratePerSecond: 2, durationMs: 15_500 },
    prices: [{ dataset: 'results', price: 'the plan standard' }],
  })
  expect(await world.forecast(noon('2026-09-01'), { season: '2024' })).toMatchObject({
    requests: 366,
    prices: [{ price: 'the plan standard, and the add-on for results before 2025-09-01' }],
  })
})

describe('with a daily quota', () => {
  const january = { from: '2025-01-01', to: '2025-01-12' }
  const eachWithResults = Object.fromEntries(
    eachDay(january.from, january.to).map((day, i): [string, ReturnType<typeof result>[]] => [day, [result(day, i + 1)]]),
  )
  const settings = {
    SPORTS_INGEST_PROVIDERS_THE_RACING_API_DAILY_QUOTA: '5',
    SPORTS_INGEST_PROVIDERS_THE_RACING_API_PRICE: '0.02',
  }

  test('a backfill says beforehand that it will not do, loads what it can, and the rest on the days after', async () => {
    await using world = await startRacingWorld(asOf({ results: eachWithResults }), settings)
    const now = noon('2025-02-01')
    expect(await world.forecast(now, january)).toMatchObject({
      costs: [{ provider: 'the-racing-api', requests: 12, price: 0.24, dailyQuota: 5, leftToday: 5 }],
    })
    const first = await world.backfill(now, january)
    expect(first).toMatchObject({
      asked: { length: 5 },
      findings: [{ item: 'the-racing-api', check: 'quota', message: expect.stringMatching(/about 12 .* 5 of .* 5 .* 3 days/) }],
    })
    expect(first.code).toBeGreaterThan(0)
    expect(first.said).toMatch(/has had its daily_quota of 5 requests before GET/)
    expect(await world.settled()).toHaveLength(5)
    expect(await world.letters()).toEqual([])
    const second = await world.backfill(now, january)
    expect(second).toMatchObject({ asked: { length: 5 } })
    const third = await world.backfill(now, january)
    expect(third).toMatchObject({ code: 0, asked: { length: 2 }, findings: [] })
    expect(await world.settled()).toHaveLength(12)
  })
})
