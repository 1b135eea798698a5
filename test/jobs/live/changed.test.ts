import { describe, expect, test } from 'vitest'
import { backoffMs } from '../../../src/jobs/live/backoff.ts'
import { hasChanged, pairUp, withoutSchedule } from '../../../src/jobs/live/changed.ts'
import type { StoredEvent } from '../../../src/pipeline/events.ts'
import type { LiveGame, LiveState } from '../../../src/pipeline/live-feed.ts'
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

describe('a game of the feed', () => {
  const day = '2022-09-11'
  const storedAs = (id: string, homeTeamId: string | null, awayTeamId: string | null = 'JAX'): StoredEvent => {
    const row = toRow({ providerId: id, gameDate: day, startsAt: null, homeTeamId, awayTeamId })
    const { season, status, startsAt } = row
    return { id, day, season, status, startsAt, name: '', changedAt: at('2022-09-11T12:00:00Z'), row }
  }
  const listed = (id: string, homeTeamId: string, awayTeamId = 'JAX', on = day): LiveGame => ({
    id,
    name: `${awayTeamId}-${homeTeamId}`,
    state: live,
    raw: {},
    day: on,
    sides: { homeTeamId, awayTeamId },
  })
  const paired = ({ pairs }: ReturnType<typeof pairUp>) =>
    pairs.map(({ live: { id, state }, stored }) => [id, stored.id, state.awayScore, state.homeScore])

  test('is found by its number, by what its number stands for, or by day and clubs', () => {
    const stored = [storedAs('1', 'WAS'), storedAs('2', 'ATL'), storedAs('3', 'CHI')]
    const games = [listed('1', 'WAS'), listed('402', 'ATL'), listed('9', 'CHI'), listed('10', 'CHI', 'JAX', '2022-09-12')]
    const found = pairUp(games, stored, new Map([['402', '2']]))
    expect(paired(found)).toEqual([
      ['1', '1', 48, 50],
      ['402', '2', 48, 50],
      ['9', '3', 48, 50],
    ])
    expect([found.unknown.map(({ id }) => id), found.findings]).toEqual([['10'], []])
  })

  test('has each score on the side on which the stored game has its club, however it was found', () => {
    const stored = [storedAs('1', 'WAS'), storedAs('2', 'ATL'), storedAs('3', 'CHI')]
    const games = [listed('1', 'JAX', 'WAS'), listed('402', 'JAX', 'ATL'), listed('9', 'JAX', 'CHI')]
    expect(paired(pairUp(games, stored, new Map([['402', '2']])))).toEqual([
      ['1', '1', 50, 48],
      ['402', '2', 50, 48],
      ['9', '3', 50, 48],
    ])
    const { sides: _, ...nameless } = listed('1', 'JAX', 'WAS')
    expect(paired(pairUp([nameless], stored, new Map()))).toEqual([['1', '1', 48, 50]])
  })

  test('is not taken where one of the clubs is another; where it is not known yet who plays it is', () => {
    const stored = [storedAs('1', 'WAS'), storedAs('2', null, null), storedAs('3', 'CHI')]
    const found = pairUp([listed('1', 'JAX', 'CHI'), listed('2', 'ATL'), listed('3', 'CHI', 'CHI')], stored, new Map())
    expect(paired(found)).toEqual([['2', '2', 48, 50]])
    const message = (what: string, id: string, theirs: string, ours: string) =>
      `The scoreboard's ${what} (${id}) is of the clubs ${theirs}, and game ${id} of ${ours}: it is skipped.`
    expect([found.unknown, found.findings]).toEqual([
      [],
      [
        { item: '1', check: 'other-clubs', message: message('CHI-JAX', '1', 'CHI and JAX', 'JAX and WAS') },
        { item: '3', check: 'other-clubs', message: message('CHI-CHI', '3', 'CHI and CHI', 'JAX and CHI') },
      ],
    ])
  })

  test('is one entry where several mean it: that with its number, else that with the least', () => {
    const stored = [storedAs('1', 'WAS'), storedAs('2', 'ATL')]
    const games = [listed('9', 'WAS'), listed('1', 'WAS'), listed('8', 'ATL'), listed('7', 'ATL')]
    for (const some of [games, games.toReversed()]) {
      const { pairs, findings } = pairUp(some, stored, new Map())
      expect(new Set(pairs.map(({ live: { id } }) => id))).toEqual(new Set(['1', '7']))
      expect(new Set(findings.map(({ item, check, message }) => [item, check, message].join(' ')))).toEqual(
        new Set([
          "1 listed-twice The scoreboard's JAX-WAS (9) is game 1, which another entry is, too: it is skipped.",
          "2 listed-twice The scoreboard's JAX-ATL (8) is game 2, which another entry is, too: it is skipped.",
        ]),
      )
    }
  })

  test('is not guessed by its clubs where they have two games on that day', () => {
    const found = pairUp([listed('9', 'JAX', 'CHI')], [storedAs('3', 'CHI'), storedAs('4', 'JAX', 'CHI')], new Map())
    expect([found.pairs, found.unknown.map(({ id }) => id)]).toEqual([[], ['9']])
  })
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
