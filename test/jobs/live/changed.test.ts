import { expect, test } from 'vitest'
import { backoffMs } from '../../../src/jobs/live/backoff.ts'
import { hasChanged, pairUp, withoutSchedule } from '../../../src/jobs/live/changed.ts'
import type { StoredEvent } from '../../../src/pipeline/events.ts'
import type { LiveState } from '../../../src/pipeline/live-feed.ts'
import { toRow } from '../../support/live-world.ts'
import { at } from '../../support/test-clock.ts'

const live: LiveState = { status: 'live', statusText: 'Q2 4:24', period: 2, homeScore: 50, awayScore: 48 }
const final: LiveState = { status: 'final', statusText: 'Final', period: 4, homeScore: 101, awayScore: 99 }
const none = { statusText: null, period: null, homeScore: null, awayScore: null }

test.each<[string, LiveState, Partial<LiveState>, boolean]>([
  ['the clock', live, { statusText: 'Q2 4:20' }, true],
  ['a score', live, { homeScore: 52 }, true],
  ['the period', live, { period: 3 }, true],
  ['nothing', live, {}, false],
  ['the end', live, final, true],
  ['the start', { ...none, status: 'scheduled' }, live, true],
  [
    'only the words of the schedule',
    { ...none, status: 'scheduled' },
    { ...none, status: 'scheduled', statusText: '7:30 pm ET' },
    false,
  ],
  ['a date put off', { ...none, status: 'scheduled' }, { ...none, status: 'postponed', statusText: 'PPD' }, true],
  ['the words for a game that is over', { ...final, statusText: null, period: null }, final, false],
  ['a score corrected at the end', final, { ...final, homeScore: 103 }, true],
  ['a game that is over and said to go on', final, live, false],
])('%s', (_, stored, change, isChanged) => {
  expect(hasChanged(stored, { ...live, ...change })).toBe(isChanged)
})

test('a game is found by its number, by what its number stands for, or by day and sides', () => {
  const storedAs = (id: string, homeTeamId: string): StoredEvent => {
    const day = '2022-09-11'
    const row = toRow({ providerId: id, gameDate: day, startsAt: null, homeTeamId, awayTeamId: 'JAX' })
    const { season, status, startsAt } = row
    return { id, day, season, status, startsAt, name: '', changedAt: at('2022-09-11T12:00:00Z'), row }
  }
  const stored = [storedAs('1', 'WAS'), storedAs('2', 'ATL'), storedAs('3', 'CHI')]
  const listed = (id: string, day: string, homeTeamId: string) => ({
    id,
    name: '',
    state: live,
    raw: {},
    fixture: { day, homeTeamId, awayTeamId: 'JAX' },
  })
  const games = [
    listed('1', '2022-09-12', ''),
    listed('402', '', ''),
    listed('9', '2022-09-11', 'CHI'),
    listed('10', '2022-09-12', 'CHI'),
  ]
  const { pairs, unknown } = pairUp(games, stored, new Map([['402', '2']]))
  expect(pairs.map(pair => [pair.live.id, pair.stored.id])).toEqual([
    ['1', '1'],
    ['402', '2'],
    ['9', '3'],
  ])
  expect(unknown.map(({ id }) => id)).toEqual(['10'])
})

test('a game that only the live feed has is taken from a feed of these days, and not from an old one', () => {
  const now = at('2026-02-11T20:00:00Z')
  const listed = (id: string, gameDate: string) => ({
    id,
    name: '',
    state: live,
    raw: {},
    unscheduled: { event: toRow({ providerId: id, gameDate, startsAt: null }), related: [] },
  })
  const games = [listed('1', '2026-02-11'), listed('2', '2026-02-10'), listed('3', '2024-02-11'), listed('4', '2026-03-11')]
  const nameless = { id: '5', name: '', state: live, raw: {} }
  const { pairs, unknown } = withoutSchedule([...games, nameless], now)
  expect(pairs.map(pair => pair.live.id)).toEqual(['1', '2'])
  expect(unknown.map(({ id }) => id)).toEqual(['3', '4', '5'])
})

test('waits double up to the interval between two polls, with a jitter that keeps hosts apart', () => {
  const minutes = (interval: number) => [1, 2, 3, 4, 5, 9].map(failures => backoffMs(failures, interval * 60_000, 0.5) / 60_000)
  expect(minutes(5)).toEqual([0.5, 1, 2, 4, 5, 5])
  expect(minutes(30)).toEqual([0.5, 1, 2, 4, 8, 15])
  expect(backoffMs(1, 10_000, 0.5)).toBe(10_000)
  expect([0, 1].map(random => backoffMs(1, 300_000, random))).toEqual([24_000, 36_000])
})
