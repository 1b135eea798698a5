import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDays, eachDay } from '../../../src/core/days.ts'
import { firstDayCovered, loadedBy } from '../../../src/jobs/plan/days.ts'
import { joinChanges } from '../../../src/jobs/retention/join-changes.ts'
import type { NumberedChange } from '../../../src/store/watermarks.ts'

const first = '2025-01-01'
const days = eachDay(first, '2025-02-10')

/** How a watermark of days moves: by runs, a day or several at a time; by hand, anywhere; back and away by a run whose clock was wrong. */
const histories = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ by: fc.constant('run' as const), to: fc.nat(4) }) },
      { weight: 2, arbitrary: fc.record({ by: fc.constant('hand' as const), to: fc.nat(30) }) },
      { weight: 1, arbitrary: fc.record({ by: fc.constant('back' as const), to: fc.nat(30) }) },
      { weight: 1, arbitrary: fc.record({ by: fc.constant('away' as const), to: fc.constant(0) }) },
    ),
    { maxLength: 40 },
  )
  .map(moves => {
    const changes: NumberedChange[] = []
    let stood: string | null = null
    for (const [i, { by, to }] of moves.entries()) {
      const value: string | null = by === 'away' ? null : by === 'run' ? addDays(stood ?? first, to + 1) : addDays(first, to)
      const isBack = by === 'back' && (stood === null || value === null || value >= stood)
      // What a person has set a run leaves where it is, or moves on.
      const isOfPerson = (by === 'back' || by === 'away') && changes.at(-1)?.runId === null
      if (value === stood || isBack || isOfPerson || (value ?? '') > '2025-02-09') continue
      changes.push({ id: i + 1, previous: stood, value, runId: by === 'hand' ? null : 100 + i })
      stood = value
    }
    return changes
  })

/** By a person, by runs with a wrong clock, and by a person again. */
const setBackTwice: NumberedChange[] = [
  { id: 1, previous: null, value: '2025-01-03', runId: null },
  { id: 2, previous: '2025-01-03', value: '2025-01-04', runId: 101 },
  { id: 3, previous: '2025-01-04', value: '2025-01-02', runId: 102 },
  { id: 4, previous: '2025-01-02', value: '2025-01-01', runId: 103 },
  { id: 5, previous: '2025-01-01', value: '2025-01-02', runId: null },
]

/** As `listOldHistories` chooses them. */
function keptOf(changes: readonly NumberedChange[]): Set<number> {
  const byHand = changes.filter(({ runId }) => runId === null)
  const begins = byHand.filter(({ previous, value }) => previous === null && value !== null)
  const [begin] = begins.toSorted((a, b) => ((a.value ?? '') < (b.value ?? '') ? -1 : 1))
  const kept = [changes[0], changes.at(-1), byHand[0], byHand.at(-1), begin]
  return new Set(kept.flatMap(change => change?.id ?? []))
}

function applied(changes: readonly NumberedChange[], { gone, previous }: ReturnType<typeof joinChanges>): NumberedChange[] {
  return changes
    .filter(({ id }) => !gone.includes(id))
    .map(change => ({ ...change, previous: previous.get(change.id) ?? change.previous }))
}

const answersOf = (changes: readonly NumberedChange[]) => {
  const byHand = changes.filter(({ runId }) => runId === null)
  return {
    first: firstDayCovered(changes),
    loaded: days.filter(loadedBy(changes)),
    // `planSeason`, `planFiles`, `checkingStored` and `readBelieved` read the last by hand, and whether it is the newest.
    byHand: byHand.at(-1),
    isNewest: changes.at(-1)?.runId === null,
  }
}

test('joined changes of a daily watermark say of the same days that they are loaded, at whatever age and however often', () => {
  fc.assert(
    fc.property(histories, fc.array(fc.nat(40), { minLength: 1, maxLength: 3 }), (changes, ages) => {
      let left: readonly NumberedChange[] = changes
      for (const age of [...ages.toSorted((a, b) => a - b), 41]) {
        const old = left.filter(({ id }) => id <= age)
        left = applied(left, joinChanges(old, keptOf(left), true))
        expect(answersOf(left)).toEqual(answersOf(changes))
      }
      const again = joinChanges(left, keptOf(left), true)
      expect(again).toEqual({ gone: [], previous: new Map() })
    }),
    { numRuns: 2000, examples: [[setBackTwice, [0]]] },
  )
})

test('a year of daily changes becomes three, and one more for each stretch that was passed by hand', () => {
  const year = eachDay('2024-01-01', '2024-12-31')
  const byRuns = year.map((value, i) => ({ id: i + 1, previous: i === 0 ? null : addDays(value, -1), value, runId: i }))
  const joined = applied(byRuns, joinChanges(byRuns, keptOf(byRuns), true))
  expect(joined.map(({ previous, value }) => [previous, value])).toEqual([
    [null, '2024-01-01'],
    ['2024-01-01', '2024-12-30'],
    ['2024-12-30', '2024-12-31'],
  ])
})

test('of a season’s watermark only what people did counts', () => {
  const changes = ['1', '2', '3', '4', '5', '6'].map((value, i) => ({
    ...{ id: i + 1, previous: i === 0 ? null : String(i), value },
    runId: value === '3' || value === '4' ? null : i,
  }))
  expect(joinChanges(changes, keptOf(changes), false)).toEqual({ gone: [2, 5], previous: new Map() })
})
