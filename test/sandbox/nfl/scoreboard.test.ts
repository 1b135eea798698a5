import { describe, expect, test } from 'vitest'
import { createWorld, type Event, every, scoreOf, sideOf } from './world.ts'

const world = createWorld()
const sunday = 'dates=20261129'
const afterSeason = '2027-03-01T12:00:00Z'
const rows = new Map(world.games(afterSeason).map(row => [row['espn'], row]))
const season = [...rows.values()].filter(row => row['season'] === '2026')
const days = [...new Set(season.map(row => row['gameday'] ?? ''))].sort()
const queryOf = (day: string) => `dates=${day.replaceAll('-', '')}`
const namesOf = (events: Event[]) => events.map(({ status }) => status.type.name)

describe('which games', () => {
  test('of a day are those of the Eastern day, with its night game', () => {
    const dates = world.board(sunday, '2026-11-25T12:00:00Z').events.map(({ date }) => date)
    expect(dates.at(0)).toBe('2026-11-29T18:00Z')
    expect(dates.at(-1)).toBe('2026-11-30T01:20Z')
    expect(dates.join()).toMatch(/^(20\d\d-\d\d-\d\dT\d\d:\d\dZ,?)+$/)
  })

  test('are those of the week that is on where no day is named; from May the first one, from February the last', () => {
    const weekAt = (now: string) => {
      const { season, week, events } = world.board('', now)
      return [season.year, season.type, week.number, events.length]
    }
    expect(weekAt('2026-06-25T12:00:00Z')).toEqual([2026, 2, 1, 16])
    expect(weekAt('2026-11-25T06:59:00Z')).toEqual([2026, 2, 11, 13])
    expect(weekAt('2026-11-25T07:00:00Z')).toEqual([2026, 2, 12, 13])
    expect(weekAt('2027-01-18T12:00:00Z')).toEqual([2026, 3, 1, 6])
    expect(weekAt('2027-03-18T12:00:00Z')).toEqual([2026, 3, 5, 1])
  })

  test('are as many as asked for', () => {
    expect(world.board(`${sunday}&limit=3`, afterSeason).events).toHaveLength(3)
  })

  test.each(['dates=20261129-20261130', 'dates=2026-11-29', 'dates=20261131', 'dates=soon'])('are refused for %s', query => {
    expect(world.status(query, afterSeason)).toBe(400)
  })

  test('of a day without games are none', () => {
    expect(world.board('dates=20261202', afterSeason).events).toEqual([])
  })
})

describe('a game', () => {
  const live = every(3, '2026-11-29T17:00:00Z', '2026-11-30T05:30:00Z')

  test('says the same within a minute and moves on with the next', () => {
    const at = (now: string) => world.bytes.scoreboard(sunday, now)
    expect(at('2026-11-29T19:00:59Z')).toBe(at('2026-11-29T19:00:00Z'))
    expect(at('2026-11-29T19:01:00Z').equals(at('2026-11-29T19:00:00Z'))).toBe(false)
    expect(createWorld().bytes.scoreboard(sunday, '2026-11-29T19:00:00Z').equals(at('2026-11-29T19:00:00Z'))).toBe(true)
    // Nothing moves on a day whose games are long over.
    expect(at('2026-12-04T12:00:00Z').equals(at('2026-12-04T12:30:00Z'))).toBe(true)
  })

  test('goes one way: states, periods, and scores that only grow', () => {
    const order = ['pre', 'in', 'post']
    const last = new Map<string, number[]>()
    for (const now of live)
      for (const event of world.board(sunday, now).events) {
        const { type, period } = event.status
        const step = [order.indexOf(type.state), period, scoreOf(event, 'home'), scoreOf(event, 'away')]
        for (const [index, value] of step.entries()) expect(value).toBeGreaterThanOrEqual(last.get(event.id)?.[index] ?? 0)
        expect(type.completed).toBe(type.state === 'post')
        last.set(event.id, step)
      }
    expect([...last.values()].every(([state]) => state === 2)).toBe(true)
  })

  test('is scheduled, in progress, between quarters, at half-time, and final', () => {
    const seen = new Set(live.flatMap(now => namesOf(world.board(sunday, now).events)))
    expect([...seen].sort()).toEqual([
      'STATUS_END_PERIOD',
      'STATUS_FINAL',
      'STATUS_HALFTIME',
      'STATUS_IN_PROGRESS',
      'STATUS_SCHEDULED',
    ])
  })

  test('has a situation while it is live, and only then', () => {
    for (const now of live.filter((_, index) => index % 10 === 0))
      for (const { competitions, status } of world.board(sunday, now).events)
        expect(competitions[0]?.situation !== undefined).toBe(status.type.state === 'in')
  })

  test('takes a good three hours', () => {
    const [first] = world.board(sunday, afterSeason).events
    const end = every(1, '2026-11-29T18:00:00Z', '2026-11-29T22:30:00Z').find(
      now => world.board(sunday, now).events.find(({ id }) => id === first?.id)?.status.type.state === 'post',
    )
    const hours = (Date.parse(end ?? '') - Date.parse(first?.date ?? '')) / 3_600_000
    expect(hours).toBeGreaterThan(3)
    expect(hours).toBeLessThan(3.5)
  })

  test('names the home side by homeAway, which is not always the first, and WAS and LA in its own way', () => {
    const events = days.slice(0, 12).flatMap(day => world.board(queryOf(day), afterSeason).events)
    const firsts = new Set(events.map(({ competitions }) => competitions[0]?.competitors[0]?.homeAway))
    expect(firsts).toEqual(new Set(['home', 'away']))
    const codes = new Set(events.map(event => sideOf(event, 'home')?.team.abbreviation))
    for (const code of ['WSH', 'LAR', 'LAC', 'JAX', 'LV']) expect(codes).toContain(code)
    for (const code of ['WAS', 'LA']) expect(codes).not.toContain(code)
  })
})

describe('a whole season', () => {
  const finals = days.flatMap(day => world.board(queryOf(day), afterSeason).events)

  test('ends game for game as the list of games says, by their common id', () => {
    expect(finals).toHaveLength(285)
    for (const event of finals) {
      const row = rows.get(event.id)
      expect([sideOf(event, 'home')?.score, sideOf(event, 'away')?.score], event.id).toEqual([
        row?.['home_score'],
        row?.['away_score'],
      ])
      expect(event.status.period > 4 ? '1' : '0').toBe(row?.['overtime'])
      const sum = sideOf(event, 'home')?.linescores?.reduce((total, { value }) => total + value, 0)
      expect(String(sum)).toBe(row?.['home_score'])
    }
  })

  test('has some overtimes', () => {
    const details = new Set(finals.map(({ status }) => status.type.detail))
    expect(details).toContain('Final')
    expect(details).toContain('Final/OT')
  })

  test('has one game called off on its day: postponed, which is post but not completed, then there on its new day', () => {
    const early = new Map(world.games('2026-07-01T12:00:00Z').map(row => [row['game_id'], row]))
    const moved = season.find(row => {
      const first = early.get(row['game_id'])?.['gameday']
      return first !== undefined && Date.parse(row['gameday'] ?? '') - Date.parse(first) > 86_400_000
    })
    const day = early.get(moved?.['game_id'] ?? '')?.['gameday'] ?? ''
    const eventAt = (on: string, now: string) => world.board(queryOf(on), now).events.find(({ id }) => id === moved?.['espn'])
    expect(eventAt(day, `${day}T18:30:00Z`)?.status.type).toMatchObject({
      name: 'STATUS_POSTPONED',
      state: 'post',
      completed: false,
    })
    const later = moved?.['gameday'] ?? ''
    expect(eventAt(day, `${later}T12:00:00Z`)).toBeUndefined()
    expect(eventAt(later, `${later}T12:00:00Z`)?.status.type.name).toBe('STATUS_SCHEDULED')
    expect(eventAt(later, afterSeason)?.status.type.name).toBe('STATUS_FINAL')
  })
})
