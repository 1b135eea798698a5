import { expect, test } from 'vitest'
import {
  card,
  declared,
  type HandMadeRacing,
  placed,
  price,
  result,
  type SentRace,
  type SentRunner,
} from '../support/hand-made-racing.ts'
import { type RacingWorld, startRacingWorld } from '../support/racing-world.ts'

const [day, next] = ['2025-10-06', '2025-10-07'] as const
const noon = (of: string) => `${of}T12:00:00Z`
const none = { inserted: 0, updated: 0, deleted: 0 }

/** At noon of the 7th. */
const asOf = (more: Partial<HandMadeRacing>): HandMadeRacing => ({ results: {}, cards: {}, today: next, pageSize: 50, ...more })

const cardsOf = (world: RacingWorld) => world.daily(noon(next), { only: ['racecards'] })
const resultsOf = (world: RacingWorld) => world.daily(noon(next), { only: ['results'] })
const messages = ({ findings = [] }: { findings?: { message: string }[] }) => findings.map(({ message }) => message)

async function withCards(...races: SentRace[]) {
  const world = await startRacingWorld(asOf({ cards: { [next]: races } }))
  return { world, run: await cardsOf(world) }
}

async function withResults(...races: SentRace[]) {
  const world = await startRacingWorld(asOf({ results: { [day]: races } }))
  return { world, run: await resultsOf(world) }
}

test('SP on a card is the starting price and no decimal price; a price that nobody knows is kept and told', async () => {
  const odds = [
    price('Bet One', 'SP', '0'),
    price('Bet Two', '9/4', '3.25'),
    price('Bet Three', 'later', '0.5'),
    price('Exchange', '17.5', '17.5'),
  ]
  const { world, run } = await withCards(card(next, 1, { runners: [declared(1, { odds })] }))
  await using _ = world
  expect(run.code).toBe(0)
  expect(messages(run)).toEqual([
    'Race rac_202510071, runner Horse 1, Bet Three: decimal "0.5" is not a decimal price.',
    'Race rac_202510071, runner Horse 1, Bet Three: fractional "later" is not a price.',
  ])
  const rows = await world.sql`select bookmaker, numerator, denominator, decimal, extra from runner_odds order by 1`
  expect(rows).toEqual([
    { bookmaker: 'Bet One', numerator: null, denominator: null, decimal: null, extra: null },
    { bookmaker: 'Bet Three', numerator: null, denominator: null, decimal: null, extra: { decimal: '0.5', fractional: 'later' } },
    { bookmaker: 'Bet Two', numerator: 9, denominator: 4, decimal: 3.25, extra: null },
    { bookmaker: 'Exchange', numerator: null, denominator: null, decimal: 17.5, extra: null },
  ])
  expect(await cardsOf(world)).toMatchObject({ rows: none })
})

test.each<[unknown, string, string[]]>([
  ['true', 'abandoned', []],
  ['False', 'scheduled', []],
  [1, 'abandoned', []],
  ['', 'scheduled', []],
  [null, 'scheduled', []],
  ['perhaps', 'scheduled', ['Race rac_202510071: is_abandoned "perhaps" is not true or false.']],
  [{ so: true }, 'scheduled', ['Race rac_202510071: is_abandoned "{\\"so\\":true}" is not true or false.']],
])('is_abandoned %j makes a race of the card %s', async (flag, status, told) => {
  const { world, run } = await withCards(card(next, 1, { is_abandoned: flag, big_race: 'true' }))
  await using _ = world
  expect(run.code).toBe(0)
  expect(messages(run)).toEqual(told)
  expect(await world.sql`select status, is_big_race as big from races`).toEqual([{ status, big: true }])
})

test('a card knows a walkover by its status, and a non-runner by what stands for the rider', async () => {
  const runners = [
    declared(1, { jockey: 'NON-RUNNER', jockey_id: '' }),
    declared(2, { jockey: 'Non Runner' }),
    declared(3, { number: '–' }),
    declared(4),
  ]
  const { world, run } = await withCards(card(next, 1, { race_status: 'walkover', runners }))
  await using _ = world
  expect(messages(run)).toEqual([])
  expect(await world.sql`select is_walkover as walkover from races`).toEqual([{ walkover: true }])
  const lines = await world.sql`
    select number_text as number, declared, is_non_runner as withdrawn, jockey from runners order by horse_id`
  expect(lines).toEqual([
    { number: null, declared: false, withdrawn: true, jockey: null },
    { number: null, declared: false, withdrawn: true, jockey: null },
    { number: null, declared: true, withdrawn: false, jockey: 'Rider 3' },
    { number: '4', declared: true, withdrawn: false, jockey: 'Rider 4' },
  ])
})

test('what a result says that no column holds is null, kept and told, and keeps nothing else out', async () => {
  const runners = [
    placed(1, 1, { number: '99999999999', prize: '12345678901' }),
    placed(2, 2, { btn: 'constructor', sire_id: '-', owner_id: 'own_', trainer_id: 'me' }),
    placed(3, 'constructor', { time: '1:75.10' }),
    placed(4, '0'),
  ]
  const { world, run } = await withResults(result(day, 1, { runners, course_id: 'toString' }), result(day, 2))
  await using _ = world
  expect(run).toMatchObject({ code: 0, items: [{ loaded: 2, dead: 0 }] })
  const of = (n: number, text: string) => `Race rac_202510061, runner Horse ${n} (IRE): ${text}`
  expect(messages(run)).toEqual([
    'Race rac_202510061: course_id "toString" is not an id that begins with crs_.',
    of(1, 'prize "12345678901" is not an amount of money.'),
    of(1, 'number "99999999999" is not a number of a saddlecloth.'),
    of(2, 'trainer_id "me" is not an id that begins with trn_.'),
    of(2, 'btn "constructor" is not a number of lengths.'),
    of(3, 'position "constructor" is not known.'),
    of(3, 'time "1:75.10" is not a time.'),
    of(4, 'position "0" is not known.'),
  ])
  const lines = await world.sql`
    select number, prize, beaten_lengths as btn, trainer_id as trainer, owner_id as owner, position, outcome, finished, time::text, extra
    from runners where race_id = 'rac_202510061' order by horse_id`
  const usual = { prize: null, btn: 1.5, finished: false, outcome: null, position: null, time: '00:01:43.25', extra: null }
  const own = (n: number) => ({ number: n, trainer: `trn_10${n}`, owner: `own_10${n}` })
  expect(lines).toEqual([
    {
      ...{ ...usual, ...own(1), number: null, btn: 0, position: 1, finished: true },
      extra: { number: '99999999999', prize: '12345678901' },
    },
    {
      ...{ ...usual, ...own(2), btn: null, trainer: null, owner: null, position: 2, finished: true },
      extra: { btn: 'constructor', trainer_id: 'me' },
    },
    { ...usual, ...own(3), time: null, extra: { position: 'constructor', time: '1:75.10' } },
    { ...usual, ...own(4), extra: { position: '0' } },
  ])
})

test('a result of another day is a dead letter of the day that was asked for, and is not stored', async () => {
  const other = result('2025-10-09', 7)
  const api = asOf({ results: { [day]: [result(day, 1), other] } })
  await using world = await startRacingWorld(api)
  expect(await world.daily(noon(next))).toMatchObject({ code: 1 })
  expect(await world.letters()).toMatchObject([
    {
      ...{ item: other.race_id, error_class: 'PayloadError' },
      message: 'Race rac_202510097 was sent with the results of 2025-10-06, and its date is 2025-10-09.',
    },
  ])
  expect(await world.sql`select provider_id from races`).toEqual([{ provider_id: 'rac_202510061' }])
  Object.assign(api, { results: { [day]: [result(day, 1)], '2025-10-09': [other] }, today: '2025-10-10' })
  expect(await world.daily(noon('2025-10-10'))).toMatchObject({ code: 0 })
  expect(await world.letters()).toEqual([])
})

test('of the races of one day the later one names horses, people and courses, whichever is listed or loaded first', async () => {
  const [early, late] = [1, 2].map(n => {
    const name = ['', 'Early', 'Late'][n]
    const runner = placed(1, 1, { horse: `${name} Name (IRE)`, trainer: `${name} Trainer` })
    return result(day, n, { course: `${name} Park`, off_dt: `${day}T1${n}:00:00+01:00`, runners: [runner] })
  }) as [SentRace, SentRace]
  const names = async (world: RacingWorld) =>
    (
      await world.sql`select (select name from horses) as horse, (select name from trainers) as trainer, (select name from courses) as course`
    )[0]
  const latest = { horse: 'Late Name', trainer: 'Late Trainer', course: 'Late Park' }
  for (const races of [
    [late, early],
    [early, late],
  ]) {
    const { world } = await withResults(...races)
    await using _ = world
    expect(await names(world)).toEqual(latest)
  }
  // A result that comes later is of the race before.
  const api = asOf({ results: { [day]: [late] } })
  await using world = await startRacingWorld(api)
  await resultsOf(world)
  api.results[day] = [early]
  await resultsOf(world)
  expect(await names(world)).toEqual(latest)
  // Its own race may be put forward, and still corrects its names.
  api.results[day] = [{ ...late, off_dt: `${day}T11:30:00+01:00`, course: 'Lake Park' }]
  await resultsOf(world)
  expect(await names(world)).toEqual({ ...latest, course: 'Lake Park' })
})

test('what a race does not say of a horse stays as it was; a person whose id it does not say beside the name may be another', async () => {
  const untold = [
    ...['region', 'draw', 'sire', 'dam', 'damsire', 'jockey', 'sp', 'prize'],
    ...['jockey_id', 'trainer_id', 'owner_id', 'sire_id', 'dam_id', 'damsire_id'],
  ]
  const lean = (runner: SentRunner) =>
    Object.fromEntries(Object.entries(runner).filter(([name]) => !untold.includes(name))) as SentRunner
  const api = asOf({ results: { [day]: [] }, cards: { [next]: [card(next, 1, { runners: [declared(4, { region: 'FR' })] })] } })
  await using world = await startRacingWorld(api)
  const load = async (now: string, only: string) => {
    expect(await world.daily(noon(now), { only: [only] })).toMatchObject({ code: 0, findings: [] })
    const [horse] = await world.sql`select country, sire_id as sire, dam, damsire from horses`
    const [runner] = await world.sql`
      select jockey_id as jockey, trainer_id as trainer, draw, sp_numerator as sp, prize::int from runners`
    return { ...horse, ...runner }
  }
  const onCard = {
    country: 'FR',
    sire: 'sir_101',
    dam: 'Dam 4',
    damsire: 'Older Sire',
    jockey: 'jky_104',
    trainer: 'trn_104',
    draw: 4,
  }
  expect(await load(next, 'racecards')).toEqual({ ...onCard, sp: null, prize: null })
  api.cards[next] = [card(next, 1, { runners: [lean(declared(4))] })]
  expect(await load(next, 'racecards')).toEqual({ ...onCard, trainer: null, sp: null, prize: null })
  const place = placed(4, 1, { horse: 'Horse 4 (FR)', prize: '900', draw: '0' })
  Object.assign(api, { today: '2025-10-08', results: { [next]: [result(next, 1, { runners: [place] })] } })
  const inResult = { ...onCard, draw: null, sp: 5, prize: 900 }
  expect(await load('2025-10-08', 'results')).toEqual(inResult)
  api.results[next] = [result(next, 1, { runners: [{ ...lean(place), sire: 'New Sire' }] })]
  expect(await load('2025-10-08', 'results')).toEqual({ ...inResult, trainer: null, sire: null })
})
