import { describe, expect, test } from 'vitest'
import { addDays } from '../../../src/core/days.ts'
import { type CardRace, createRacingWorld, daysOf, type ResultRace } from './world.ts'

const world = createRacingWorld()
const day = '2025-10-11'
const before = addDays(day, -1)
const after = addDays(day, 3)

const idsOf = (races: readonly { race_id?: string }[]) => races.map(({ race_id }) => race_id)
const minutesAfter = (instant: string, minutes: number) => new Date(Date.parse(instant) + minutes * 60_000).toISOString()

test('the same instant has the same bytes, in another process too, whatever was asked before', () => {
  const paths = [`/v1/results?start_date=${day}&end_date=${day}`, '/v1/racecards/standard', '/v1/racecards/pro?date=2025-10-12']
  const at = `${day}T14:30:00Z`
  const first = paths.map(path => world.bytes(path, at))
  for (const minute of [-600, 45, 6000]) for (const path of paths) world.bytes(path, minutesAfter(at, minute))
  expect(paths.map(path => world.bytes(path, at))).toEqual(first)
  expect(paths.map(path => createRacingWorld().bytes(path, at)).toReversed()).toEqual(first.toReversed())
  for (const [i, path] of paths.entries()) expect(createRacingWorld(2).bytes(path, at)).not.toBe(first[i])
})

describe('a day of racing', () => {
  test('is by the clock of the United Kingdom, from noon to nine, in summer and in winter', () => {
    for (const one of daysOf('2025-01-01', 365)) {
      const races = world.results(one, '2026-06-01T00:00:00Z')
      const isSummer = one >= '2025-03-30' && one < '2025-10-26'
      for (const { off_dt } of races) {
        expect(off_dt).toMatch(isSummer ? /:00\+01:00$/ : /:00\+00:00$/)
        expect(off_dt.slice(0, 10)).toBe(one)
        expect(off_dt.slice(11, 16) >= '12:00' && off_dt.slice(11, 16) <= '21:00').toBe(true)
      }
      expect(new Set(idsOf(races)).size).toBe(races.length)
    }
  })

  test('has the flat in summer, jumps in winter, and none at Christmas', () => {
    const kinds = (from: string) =>
      Map.groupBy(
        daysOf(from, 60).flatMap(one => world.results(one, '2026-06-01T00:00:00Z')),
        ({ type }) => type,
      )
    const [summer, winter] = [kinds('2025-06-01'), kinds('2025-01-02')]
    const countOf = (of: typeof summer, type: string) => of.get(type)?.length ?? 0
    expect(countOf(summer, 'Flat')).toBeGreaterThan(4 * countOf(summer, 'Chase'))
    expect(countOf(winter, 'Hurdle') + countOf(winter, 'Chase')).toBeGreaterThan(countOf(winter, 'Flat'))
    expect(world.results('2025-12-25', '2026-06-01T00:00:00Z')).toEqual([])
    expect(world.results('2020-01-01', '2026-06-01T00:00:00Z').length).toBeGreaterThan(5)
    expect(world.results('2019-12-31', '2026-06-01T00:00:00Z')).toEqual([])
  })

  test('has no horse twice, and no horse that ran in the days before', () => {
    const ran = daysOf('2025-05-01', 14).flatMap(one =>
      world.results(one, '2026-06-01T00:00:00Z').flatMap(({ runners }) => runners.map(({ horse_id }) => horse_id)),
    )
    expect(new Set(ran).size).toBe(ran.length)
  })

  test('has cards of the flat from ten o’clock two days before, of jumps a day before', () => {
    const kindsAt = (now: string) => [...new Set(world.cards('2025-10-05', now).map(({ surface, type }) => `${surface} ${type}`))]
    expect(kindsAt('2025-10-03T08:59:00Z')).toEqual([])
    const flat = kindsAt('2025-10-03T09:00:00Z')
    expect(flat.length).toBeGreaterThan(0)
    expect(flat.filter(kind => !kind.endsWith(' Flat') || kind.endsWith('NH Flat'))).toEqual([])
    for (const one of daysOf('2025-11-01', 20)) {
      const [early, late] = ['09:59', '10:00'].map(time => world.cards(one, `${addDays(one, -1)}T${time}:00Z`))
      expect(early?.filter(({ type }) => type === 'Chase')).toEqual([])
      expect(late?.length).toBeGreaterThanOrEqual(early?.length ?? 0)
    }
  })
})

test('a race is told in order: card, odds that move, off, result, prices of the exchange; the card stays as it was at the off', () => {
  const [race] = world.results(day, `${after}T12:00:00Z`).filter(({ comments }) => comments === '') as [ResultRace]
  const { race_id: id, off_dt: off } = race
  const cardAt = (now: string) => world.cards(day, now).find(card => card.race_id === id)
  const resultAt = (now: string) => world.results(day, now).find(one => one.race_id === id)
  expect(cardAt(`${before}T08:00:00Z`)?.is_abandoned ?? false).toBe(false)

  const every20 = Array.from({ length: 40 }, (_, i) => minutesAfter(off, 20 * i - 600))
  const oddsAt = (now: string) => JSON.stringify(cardAt(now)?.runners.map(({ odds }) => odds))
  const told = every20.map(now => ({ hasOdds: oddsAt(now), result: resultAt(now) }))
  const changes = told.slice(1).filter(({ hasOdds }, i) => hasOdds !== told[i]?.hasOdds).length
  expect(changes).toBeGreaterThan(3)
  expect(oddsAt(minutesAfter(off, 1))).toBe(oddsAt(minutesAfter(off, 900)))
  expect(resultAt(minutesAfter(off, 4))).toBeUndefined()

  const first = told.findIndex(({ result }) => result)
  expect(told.slice(first).every(({ result }) => result)).toBe(true)
  const [fresh, settled] = [told[first]?.result, resultAt(`${after}T12:00:00Z`)]
  expect(fresh?.runners.every(({ bsp }) => bsp === '')).toBe(true)
  expect(settled?.runners.every(({ bsp }) => Number(bsp) > 1)).toBe(true)
  const withoutBsp = (one: ResultRace | undefined) => ({ ...one, runners: one?.runners.map(runner => ({ ...runner, bsp: '' })) })
  expect(withoutBsp(settled)).toEqual(withoutBsp(fresh))
  // Those on the card that were to run are those that ran, under the same numbers and with the same riders.
  const starters = cardAt(off)?.runners.filter(({ number }) => /^\d+$/.test(number))
  const facts = (runners: readonly { horse_id?: string; number: string; jockey_id: string }[] = []) =>
    runners.map(({ horse_id, number, jockey_id }) => `${horse_id} ${number} ${jockey_id}`).sort()
  expect(facts(starters)).toEqual(facts(race.runners))
  expect(cardAt(off)?.field_size).toBe(String(race.runners.length))
})

describe('in the course of a season', () => {
  const now = '2026-06-01T00:00:00Z'
  const days = daysOf('2025-09-01', 150)
  const races = days.flatMap(one => world.results(one, now))
  const cards = days.flatMap(one => world.cards(one, now))
  const known = new Set(idsOf(races))
  const runners = cards
    .filter(({ is_abandoned }) => !is_abandoned)
    .flatMap(card => card.runners.map(runner => ({ card, runner })))

  test('there are dead heats, and places behind them that are left out', () => {
    const heats = races.filter(race => race.runners.some(({ position, btn }) => position !== '1' && btn === '0'))
    expect(heats.length).toBeGreaterThan(5)
    for (const { runners: ran } of heats) {
      const places = ran.flatMap(({ position }) => (/^\d+$/.test(position) ? Number(position) : []))
      expect(places.every((place, i) => place === i + 1 || place === places[i - 1])).toBe(true)
    }
  })

  test('horses fall, are pulled up or unseat their riders, over jumps alone', () => {
    const lost = races.flatMap(({ type, runners: ran, comments }) =>
      ran.flatMap(({ position }) => (/^\d+$/.test(position) || comments ? [] : [[type, position] as const])),
    )
    expect(new Set(lost.map(([, position]) => position))).toEqual(new Set(['PU', 'F', 'UR', 'BD', 'RR', 'SU', 'RO', 'REF']))
    expect(new Set(lost.map(([type]) => type))).toEqual(new Set(['Chase', 'Hurdle']))
  })

  test('prices are of every kind', () => {
    const prices = races.flatMap(({ runners: ran }) => ran.map(({ sp }) => sp))
    for (const kind of [/^\d+\/\d+$/, /^\d+\/\d+F$/, /J$/, /C$/, /^EvensF$/])
      expect(
        prices.some(price => kind.test(price)),
        String(kind),
      ).toBe(true)
    const exchange = runners.flatMap(({ runner }) => runner.odds.filter(({ bookmaker }) => bookmaker.endsWith('Exchange')))
    expect(exchange.every(({ fractional, decimal }) => fractional === decimal)).toBe(true)
  })

  test('horses are withdrawn on the day, which cards and results say; a card counts neither them nor reserves', () => {
    const gone = runners.filter(({ runner }) => runner.number === 'NR')
    expect(gone.length).toBeGreaterThan(300)
    const byId = new Map(races.map(race => [race.race_id, race]))
    for (const { card, runner } of gone) {
      const race = byId.get(card.race_id ?? '')
      expect(race?.non_runners).toContain(`${runner.horse} (`)
      expect(race?.runners.some(({ horse_id }) => horse_id === runner.horse_id)).toBe(false)
      expect([runner.jockey, runner.odds]).toEqual(['NON-RUNNER', []])
    }
    for (const { runners: all, field_size } of cards)
      expect(Number(field_size)).toBe(all.filter(({ number }) => /^\d+$/.test(number)).length)
  })

  test('reserves wait, and some of them come in; some horses get another rider', () => {
    const early = days.slice(0, 60).flatMap(one => world.cards(one, `${one}T05:00:00Z`))
    const late = new Map(cards.map(card => [card.race_id, card]))
    const both = early.flatMap(card =>
      card.runners.map(runner => ({
        early: runner,
        late: late.get(card.race_id)?.runners.find(one => one.horse_id === runner.horse_id),
      })),
    )
    const reserves = both.filter(one => /^R\d$/.test(one.early.number))
    expect(reserves.length).toBeGreaterThan(20)
    expect(reserves.filter(one => /^\d+$/.test(one.late?.number ?? '')).length).toBeGreaterThan(0)
    expect(reserves.filter(one => one.late?.number === one.early.number).length).toBeGreaterThan(10)
    const others = both.filter(one => one.late?.jockey !== one.early.jockey && one.late?.number !== 'NR')
    expect(others.length).toBeGreaterThan(20)
  })

  test('meetings are abandoned on the day: their cards say so, and there is no result', () => {
    const abandoned = cards.filter(({ is_abandoned }) => is_abandoned)
    expect(abandoned.length).toBeGreaterThan(10)
    expect(abandoned.length).toBeLessThan(cards.length / 20)
    expect(idsOf(abandoned).filter(id => known.has(id ?? ''))).toEqual([])
    expect(idsOf(cards.filter(({ is_abandoned }) => !is_abandoned)).filter(id => !known.has(id ?? ''))).toEqual([])
    const morning = (card: CardRace) => world.cards(card.off_dt.slice(0, 10), `${card.off_dt.slice(0, 10)}T06:00:00Z`)
    expect(
      abandoned
        .slice(0, 5)
        .flatMap(morning)
        .some(({ is_abandoned }) => is_abandoned),
    ).toBe(false)
  })

  test('some results come hours late or the next morning', () => {
    const some = races.filter(({ date }) => date < '2025-10-20')
    const waits = some.map(race => {
      const isThereAt = (now: string) => idsOf(world.results(race.date, now)).includes(race.race_id)
      if (isThereAt(minutesAfter(race.off_dt, 25))) return 'minutes'
      return isThereAt(`${addDays(race.date, 1)}T06:00:00Z`) ? 'hours' : 'next morning'
    })
    const countOf = (wait: string) => waits.filter(one => one === wait).length
    expect(countOf('hours')).toBeGreaterThan(5)
    expect(countOf('next morning')).toBeGreaterThan(2)
    expect(countOf('minutes')).toBeGreaterThan(some.length * 0.95)
  })

  test('now and then one runner is left, who walks over, or a race is void: neither has times, prices or dividends', () => {
    const ended = (words: string) => races.filter(({ comments }) => comments === words)
    const [walkovers, voids] = [ended('Walkover'), ended('Race void')]
    expect(Math.min(walkovers.length, voids.length)).toBeGreaterThan(2)
    expect(walkovers.length + voids.length).toBeLessThan(races.length / 50)
    for (const { runners: ran } of walkovers) expect(ran.map(({ position }) => position)).toEqual(['1'])
    for (const { runners: ran } of voids) expect(new Set(ran.map(({ position }) => position))).toEqual(new Set(['VOI']))
    for (const { runners: ran, tote_win } of [...walkovers, ...voids])
      expect(ran.flatMap(({ sp, bsp }) => [sp, bsp, tote_win]).join('')).toBe('')
  })

  test('some are put right the day after or two days after, and then stay: two places swapped, or the winner out', () => {
    const kinds = { swapped: 0, disqualified: 0 }
    for (const race of races.filter(({ comments }) => comments.startsWith('Placings altered'))) {
      const at = (later: number, time: string) =>
        world.results(race.date, `${addDays(race.date, later)}T${time}:00Z`).find(({ race_id }) => race_id === race.race_id)
      const [dayAfter, twoAfter, third] = [at(1, '10:30'), at(2, '10:30'), at(3, '00:00')]
      expect(dayAfter?.comments).toBe('')
      expect([dayAfter, race]).toContainEqual(twoAfter)
      expect(third).toEqual(race)
      expect(third?.tote_win).toBe(dayAfter?.tote_win)
      const first = dayAfter?.runners[0]?.horse_id
      const place = race.runners.find(({ horse_id }) => horse_id === first)?.position
      kinds[place === 'DSQ' ? 'disqualified' : 'swapped']++
      expect(['DSQ', '2']).toContain(place)
    }
    expect(Math.min(...Object.values(kinds))).toBeGreaterThan(5)
  })
})
