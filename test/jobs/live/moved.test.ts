import { expect, test } from 'vitest'
import { backoffMs } from '../../../src/jobs/live/backoff.ts'
import { hasMoved, pairUp, withoutSchedule } from '../../../src/jobs/live/moved.ts'
import type { LiveState } from '../../../src/pipeline/contract.ts'
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
])('%s', (_, stored, change, moved) => {
  expect(hasMoved(stored, { ...live, ...change })).toBe(moved)
})

test('a game is found by its number, by what its number stands for, or by day and sides', () => {
  const fixture = (providerId: string, homeTeamId: string) => ({
    game: toRow({ providerId, gameDate: '2022-09-11', startsAt: null, homeTeamId, awayTeamId: 'JAX' }),
    name: '',
    changedAt: at('2022-09-11T12:00:00Z'),
  })
  const stored = [fixture('1', 'WAS'), fixture('2', 'ATL'), fixture('3', 'CHI')]
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
  expect(pairs.map(pair => [pair.live.id, pair.fixture.game.providerId])).toEqual([
    ['1', '1'],
    ['402', '2'],
    ['9', '3'],
  ])
  expect(unknown.map(({ id }) => id)).toEqual(['10'])
})

test('a game that only a list knows is taken from one of these days, and not from one of long ago', () => {
  const now = at('2026-02-11T20:00:00Z')
  const listed = (id: string, gameDate: string) => ({
    id,
    name: '',
    state: live,
    raw: {},
    unscheduled: { game: toRow({ providerId: id, gameDate, startsAt: null }), teams: [] },
  })
  const games = [listed('1', '2026-02-11'), listed('2', '2026-02-10'), listed('3', '2024-02-11'), listed('4', '2026-03-11')]
  const nameless = { id: '5', name: '', state: live, raw: {} }
  const { pairs, unknown } = withoutSchedule([...games, nameless], now)
  expect(pairs.map(pair => pair.live.id)).toEqual(['1', '2'])
  expect(unknown.map(({ id }) => id)).toEqual(['3', '4', '5'])
})

test('pauses double up to the interval of the looks, and hosts that failed together come back apart', () => {
  const minutes = (interval: number) => [1, 2, 3, 4, 5, 9].map(failures => backoffMs(failures, interval * 60_000, 0.5) / 60_000)
  expect(minutes(5)).toEqual([0.5, 1, 2, 4, 5, 5])
  expect(minutes(30)).toEqual([0.5, 1, 2, 4, 8, 15])
  expect(backoffMs(1, 10_000, 0.5)).toBe(10_000)
  expect([0, 1].map(random => backoffMs(1, 300_000, random))).toEqual([24_000, 36_000])
})
