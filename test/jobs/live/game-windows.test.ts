import { expect, test } from 'vitest'
import { dayOf } from '../../../src/core/zones.ts'
import { findWindows, type WindowInput } from '../../../src/jobs/live/game-windows.ts'
import type { StoredEvent } from '../../../src/pipeline/events.ts'
import type { GameRow } from '../../../src/pipeline/rows.ts'
import { nfl } from '../../../src/sports/nfl/index.ts'
import { nflLive } from '../../../src/sports/nfl/live.ts'
import { toRow } from '../../support/live-world.ts'
import { at } from '../../support/test-clock.ts'

const zone = 'America/New_York'

const stored = (startsAt: string, more: Partial<GameRow> = {}, changedAt = '2025-01-01T00:00:00Z'): StoredEvent => {
  const day = dayOf(at(startsAt), zone)
  const row = toRow({ providerId: startsAt, gameDate: day, startsAt: at(startsAt), ...more })
  const { season, status } = row
  return { id: startsAt, day, season, status, startsAt: row.startsAt, name: 'A-B', changedAt: at(changedAt), row }
}

const windowsAt = (now: string, events: readonly StoredEvent[], more: Partial<WindowInput> = {}) =>
  findWindows({ now: at(now), sport: { zone, events: nfl.events, live: nflLive }, events, seasonStored: true, ...more })

const isOpen = (now: string, events: readonly StoredEvent[]) => windowsAt(now, events).open

const unscheduled = (now: string) => windowsAt(now, [], { seasonStored: false })

test.each([
  ['a Sunday at one', '2025-10-26T17:00:00Z'],
  ['London at half past nine in the morning', '2025-10-12T13:30:00Z'],
  ['a Saturday in December', '2025-12-20T22:00:00Z'],
  ['Christmas, a Thursday, at one', '2025-12-25T18:00:00Z'],
  ['the opener on a Wednesday', '2024-09-05T00:20:00Z'],
  ['the Sunday the clocks go back, after they did', '2025-11-02T18:00:00Z'],
  ['the Sunday the clocks go forward', '2026-03-08T17:00:00Z'],
])('%s opens a quarter of an hour before it and not earlier', (_, startsAt) => {
  const game = [stored(startsAt)]
  const before = (minutes: number) => new Date(at(startsAt).getTime() - minutes * 60_000).toISOString()
  expect(isOpen(before(16), game)).toBe(false)
  expect(windowsAt(before(16), game).opensAt).toEqual(at(before(15)))
  expect(isOpen(before(15), game)).toBe(true)
  expect(windowsAt(before(15), game)).toMatchObject({ games: game, days: [dayOf(at(startsAt), zone)], stuck: [] })
})

test('it is open until the game is over, and half an hour longer', () => {
  const live = stored('2025-10-26T17:00:00Z', { status: 'live' })
  expect(isOpen('2025-10-26T23:30:00Z', [live])).toBe(true)
  const final = stored('2025-10-26T17:00:00Z', { status: 'final' }, '2025-10-26T20:10:00Z')
  expect(isOpen('2025-10-26T20:39:59Z', [final])).toBe(true)
  expect(isOpen('2025-10-26T20:40:00Z', [final])).toBe(false)
  expect(windowsAt('2025-10-26T20:20:00Z', [final]).until).toEqual(at('2025-10-26T20:40:00Z'))
})

test('a correction the next morning opens nothing', () => {
  const corrected = stored('2025-10-26T17:00:00Z', { status: 'final' }, '2025-10-27T11:00:00Z')
  expect(isOpen('2025-10-27T11:01:00Z', [corrected])).toBe(false)
})

test('a game that has not begun in time is waited for; after twelve hours it is stuck and holds nothing open', () => {
  for (const status of ['scheduled', 'live'] as const) {
    const game = stored('2025-10-26T17:00:00Z', { status })
    expect(windowsAt('2025-10-27T04:59:00Z', [game])).toMatchObject({ open: true, stuck: [] })
    expect(windowsAt('2025-10-27T05:00:00Z', [game])).toMatchObject({ open: false, stuck: [game] })
  }
})

test('games that are postponed or cancelled are not waited for', () => {
  const games = (['postponed', 'cancelled'] as const).map(status => stored('2025-10-26T17:00:00Z', { status }))
  expect(windowsAt('2025-10-26T17:30:00Z', games)).toMatchObject({ open: false, stuck: [], opensAt: undefined })
})

test('a game without a time may be on in the usual hours of its weekday, or of any', () => {
  const onSunday = stored('2026-01-04T18:00:00Z', { startsAt: null })
  expect(windowsAt('2026-01-04T17:59:00Z', [onSunday])).toMatchObject({ open: false, opensAt: at('2026-01-04T18:00:00Z') })
  expect(windowsAt('2026-01-04T18:00:00Z', [onSunday])).toMatchObject({ open: true, days: ['2026-01-04'] })
  expect(isOpen('2026-01-05T04:00:00Z', [onSunday])).toBe(false)
  const onSaturday = stored('2026-01-03T18:00:00Z', { startsAt: null })
  expect(isOpen('2026-01-03T18:00:00Z', [onSaturday])).toBe(true)
})

test('a game without a time that is live is polled beyond the usual hours, as long as any', () => {
  const live = stored('2026-01-04T18:00:00Z', { startsAt: null, status: 'live' })
  expect(windowsAt('2026-01-05T04:30:00Z', [live])).toMatchObject({ open: true, games: [live], days: ['2026-01-04'] })
  expect(isOpen('2026-01-05T06:00:00Z', [live])).toBe(false)
})

test('a game after midnight is one of the day it began on', () => {
  const late = stored('2025-10-27T02:30:00Z', { status: 'live' })
  expect(windowsAt('2025-10-27T05:10:00Z', [late]).days).toEqual(['2025-10-26'])
})

test('without a stored season the usual hours hold, by the Eastern clock on both sides of a change', () => {
  expect(unscheduled('2025-10-26T16:59:59Z')).toMatchObject({ open: false, opensAt: at('2025-10-26T17:00:00Z') })
  expect(unscheduled('2025-10-26T17:00:00Z')).toMatchObject({
    open: true,
    games: [],
    days: ['2025-10-26'],
    until: at('2025-10-27T03:00:00Z'),
  })
  // An hour later by UTC on the day the clocks have gone back, an hour earlier once they have gone forward.
  expect(unscheduled('2025-11-02T17:59:59Z').open).toBe(false)
  expect(unscheduled('2025-11-02T18:00:00Z')).toMatchObject({ open: true, until: at('2025-11-03T04:00:00Z') })
  expect(unscheduled('2026-03-01T17:59:59Z').open).toBe(false)
  expect(unscheduled('2026-03-08T17:00:00Z')).toMatchObject({ open: true, until: at('2026-03-09T03:00:00Z') })
})

test('of Monday and Thursday the evening, of other days nothing', () => {
  const evenings = ['20', '21', '22', '23', '24', '25'].map(day => [day, unscheduled(`2025-10-${day}T00:30:00Z`).open])
  // 00:30 UTC is half past eight of the evening before: the 20th is Sunday's, the 21st Monday's, the 24th Thursday's.
  expect(evenings).toEqual([
    ['20', true],
    ['21', true],
    ['22', false],
    ['23', false],
    ['24', true],
    ['25', false],
  ])
})
