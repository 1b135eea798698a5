import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays, type Day, eachDay } from '../../../src/core/days.ts'
import { type EventsPlan, type EventsRequest, planEvents, type SeasonState } from '../../../src/jobs/plan/season.ts'
import type { GameStatus } from '../../../src/pipeline/rows.ts'
import type { ScheduleEntry, SeasonSchedule } from '../../../src/pipeline/schedule.ts'
import { nbaEvents } from '../../../src/sports/nba/events.ts'
import { parseSchedule } from '../../../src/sports/nba/schedule.ts'
import { type HandMadeGame, idsOf, scheduleOf } from '../../support/hand-made-nba.ts'
import { game } from '../../support/nba-world.ts'

const seasonOf = (games: readonly HandMadeGame[]): SeasonSchedule => parseSchedule(scheduleOf(games))

const everything: EventsRequest = { since: undefined, from: undefined, to: '2025-06-22', chunkDays: undefined }
const nothing: SeasonState = {
  watermark: undefined,
  settled: new Set(),
  stored: new Map(),
  again: new Set<string>(),
  holes: new Set(),
  unlisted: [],
  only: undefined,
}

const stored = (...games: [number, GameStatus][]): Pick<SeasonState, 'stored'> => ({
  stored: new Map(
    games.map(([n, status]) => [game(n, '').id, { id: game(n, '').id, day: '2025-01-10', season: '2024-25', status }]),
  ),
})

describe('planEvents asks', () => {
  const games = [game(3, '2025-01-10'), game(1, '2025-01-11'), game(2, '2025-01-11'), game(4, '2025-01-12')]
  const settled = (...numbers: number[]) => ({ settled: new Set(numbers.map(n => game(n, '').id)) })

  test.each<[string, Partial<EventsRequest>, Partial<SeasonState>, number[]]>([
    ['for all games of a season of which nothing is known, by day and id', {}, {}, [3, 1, 2, 4]],
    ['for those of days that are over', { to: '2025-01-11' }, {}, [3, 1, 2]],
    ['for those from a day on', { from: '2025-01-11' }, {}, [1, 2, 4]],
    ['for those from an id on', { since: '0022400002' }, {}, [3, 2, 4]],
    ['for nothing up to the watermark', {}, { watermark: '0022400002' }, [3, 4]],
    ['for nothing that is settled beyond it', {}, { watermark: '0022400001', ...settled(3) }, [2, 4]],
    ['for what is stored and over, as long as it is not settled', {}, stored([3, 'final'], [4, 'cancelled']), [3, 1, 2, 4]],
    [
      'for what is stored and not over, wherever it is',
      {},
      { watermark: '0022400003', ...settled(4), ...stored([1, 'postponed'], [2, 'scheduled'], [3, 'final'], [4, 'live']) },
      [1, 2, 4],
    ],
    ['for what was called off and is on', {}, { watermark: '0022400004', ...stored([2, 'cancelled']) }, [2]],
    ['for holes', {}, { watermark: '0022400004', holes: new Set(['0022400003']) }, [3]],
    [
      'for holes, also where they are listed under another day',
      { from: '2025-01-12' },
      { holes: new Set(['0022400003']) },
      [3, 4],
    ],
    ['for what is settled and wanted again', {}, { watermark: '0022400004', again: new Set(['0022400002']) }, [2]],
    ['for that within the bounds', { from: '2025-01-12' }, { watermark: '0022400004', again: new Set(['0022400002']) }, []],
    ['for holes within the bounds', { since: '0022400004' }, { watermark: '0022400004', holes: new Set(['0022400003']) }, []],
    ['for games of some windows only', {}, { only: [{ from: '2025-01-10', to: '2025-01-10' }] }, [3]],
    ['for nothing of no windows', {}, { only: [] }, []],
    [
      'for stored games that are not listed any more',
      {},
      { watermark: '0022400004', ...stored([9, 'postponed']), unlisted: seasonOf([game(9, '2025-01-09')]).entries },
      [9],
    ],
  ])('%s', (_, request, state, numbers) => {
    const plan = planEvents(nbaEvents, seasonOf(games), { ...everything, ...request }, { ...nothing, ...state })
    expect(idsOf(plan.entries)).toEqual(numbers.map(n => game(n, '').id))
    expect(plan.chunks.flatMap(chunk => idsOf(chunk.entries))).toEqual(idsOf(plan.entries))
  })

  test('nothing of a game that was called off, also where its entry cannot be read any more', () => {
    const [off] = seasonOf([game(1, '2025-01-10', { status: 1, text: 'Cancelled' })]).entries
    const [broken] = seasonOf([game(2, '2025-01-10', { more: { homeTeam: 5 } })]).entries
    const calendar = { ...seasonOf(games), entries: [off, broken] as ScheduleEntry[] }
    const state = { ...nothing, watermark: '0022400002', ...stored([1, 'cancelled'], [2, 'cancelled']) }
    expect(planEvents(nbaEvents, calendar, everything, state)).toMatchObject({ entries: [], settled: 2 })
  })

  test('in chunks of days that have games: a thousand years without any cost nothing', () => {
    const { chunks } = planEvents(nbaEvents, seasonOf(games), { ...everything, chunkDays: 1, to: '9999-12-31' }, nothing)
    expect(chunks.map(({ from, to }) => [from, to])).toEqual(['2025-01-10', '2025-01-11', '2025-01-12'].map(day => [day, day]))
  })

  test('in chunks by 7: 1 to 15 October are 1 to 7, 8 to 14 and the 15th', () => {
    const october = eachDay('2024-10-01', '2024-10-15').map((day, i) => game(i + 1, day))
    const { chunks } = planEvents(nbaEvents, seasonOf(october), { ...everything, chunkDays: 7, to: '2024-10-15' }, nothing)
    expect(chunks.map(({ from, to, entries }) => [from, to, entries.length])).toEqual([
      ['2024-10-01', '2024-10-07', 7],
      ['2024-10-08', '2024-10-14', 7],
      ['2024-10-15', '2024-10-15', 1],
    ])
  })

  test('for nothing, in no chunk, of a span that ends before it begins', () => {
    const bounds = { from: '2025-01-11', to: '2025-01-10' }
    expect(planEvents(nbaEvents, seasonOf(games), { ...everything, ...bounds, chunkDays: 7 }, nothing).chunks).toEqual([])
  })
})

const days = eachDay('2024-10-04', '2025-06-22')
const statuses: GameStatus[] = ['scheduled', 'live', 'final', 'postponed', 'cancelled']

/** A season of games in any order, and anything that may be known of it. */
const season = fc
  .array(fc.record({ day: fc.constantFrom(...days), settled: fc.boolean(), status: fc.option(fc.constantFrom(...statuses)) }), {
    minLength: 1,
    maxLength: 400,
    // Else fast-check keeps them short, and one chunk would hold them all.
    size: 'max',
  })
  .chain(games =>
    fc.record({
      games: fc.constant(games.map((one, i) => ({ ...one, id: game(i + 1, one.day).id }))),
      watermark: fc.option(fc.integer({ min: 0, max: games.length }), { nil: undefined }),
      from: fc.option(fc.constantFrom(...days), { nil: undefined }),
      to: fc.constantFrom(...days),
      since: fc.option(fc.integer({ min: 0, max: games.length }), { nil: undefined }),
      chunkDays: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
    }),
  )

type Season = typeof season extends fc.Arbitrary<infer T> ? T : never

interface Planned {
  plan: EventsPlan
  chunks: { from: Day; to: Day; entries: ScheduleEntry[] }[]
  meant: readonly { id: string; day: Day }[]
  isAsked(id: string): boolean
}

function planOf({ games, watermark, from, to, since, chunkDays }: Season): Planned {
  const idOf = (n: number | undefined) => (n === undefined ? undefined : game(n, '').id)
  const known: SeasonState = {
    ...nothing,
    watermark: idOf(watermark),
    settled: new Set(games.filter(({ id, settled }) => settled && id > (idOf(watermark) ?? '')).map(({ id }) => id)),
    stored: new Map(
      games.flatMap(({ id, day, status }) => (status ? [[id, { id, day, season: '2024-25', status }] as const] : [])),
    ),
  }
  const calendar = seasonOf(games.map(({ id, day }) => ({ id, day })))
  const plan = planEvents(nbaEvents, calendar, { since: idOf(since), from, to, chunkDays }, known)
  const meant = games.filter(({ id, day }) => day >= (from ?? '') && day <= to && id >= (idOf(since) ?? ''))
  const asked = new Set(idsOf(plan.entries))
  return { plan, chunks: plan.chunks, meant, isAsked: id => asked.has(id) }
}

const holds = (property: (planned: Planned, of: Season) => void) => fc.assert(fc.property(season, of => property(planOf(of), of)))

describe('of any season, a plan', () => {
  test('has each game of its bounds that is not settled, in exactly one chunk, under its day', () =>
    holds(({ plan, chunks, meant }, { games, watermark }) => {
      const [mark, known] = [watermark === undefined ? '' : game(watermark, '').id, new Map(games.map(one => [one.id, one]))]
      const isDone = (id: string) => {
        const { settled, status } = known.get(id) ?? {}
        // All entries of the calendar are of games that are on: one that was called off is asked for.
        return (settled || id <= mark) && (status === null || status === 'final')
      }
      const wanted = meant.filter(({ id }) => !isDone(id)).map(({ id }) => id)
      expect(chunks.flatMap(chunk => idsOf(chunk.entries)).sort()).toEqual(wanted.sort())
      expect(plan.settled).toBe(meant.length - wanted.length)
      for (const { from, to, entries: within } of chunks) expect(within.filter(({ day }) => day < from || day > to)).toEqual([])
    }))

  test('has chunks in the order of their days, none empty and none over another', () =>
    holds(({ chunks }) => {
      for (const [i, { from, to, entries }] of chunks.entries()) {
        expect(entries).not.toEqual([])
        expect(from <= to).toBe(true)
        expect(from > (chunks[i - 1]?.to ?? '')).toBe(true)
      }
    }))

  test('has chunks of as many days as are asked for, but for the last', () =>
    holds(({ plan, chunks }, { chunkDays, from, to }) => {
      if (!chunkDays) return
      const first = from ?? plan.entries[0]?.day
      for (const chunk of chunks) {
        expect(chunk.to).toBe([addDays(chunk.from, chunkDays - 1), to].sort()[0])
        expect(eachDay(first ?? '', chunk.from).length % chunkDays).toBe(1 % chunkDays)
      }
    }))

  test('has chunks without a gap between them where they have 50 games each', () =>
    holds(({ chunks }, { chunkDays }) => {
      if (chunkDays) return
      for (const [i, { from }] of chunks.entries()) if (i > 0) expect(from).toBe(addDays(chunks[i - 1]?.to ?? '', 1))
    }))

  test('has chunks of at least 50 games else, none of which could have ended a day earlier, and a last one of what is left', () =>
    holds(({ plan, chunks }, { chunkDays }) => {
      if (chunkDays) return
      for (const { to, entries } of chunks.slice(0, -1)) {
        expect(entries.length).toBeGreaterThanOrEqual(50)
        expect(entries.filter(({ day }) => day < to).length).toBeLessThan(50)
      }
      expect(chunks.at(-1)?.to).toBe(plan.entries.at(-1)?.day)
    }))
})
