import { expect, test } from 'vitest'
import { firstDayCovered } from '../../src/jobs/plan/days.ts'

type Change = Parameters<typeof firstDayCovered>[0][number]

const byRun = (previous: string | null, value: string): Change => ({ previous, value, runId: 1 })
const byHand = (previous: string | null, value: string): Change => ({ previous, value, runId: null })

test.each<[string, Change[], string | undefined]>([
  ['never set', [], undefined],
  ['a run began', [byRun(null, '2025-01-10'), byRun('2025-01-10', '2025-01-11')], '2025-01-10'],
  ['a person said where to begin', [byHand(null, '2025-01-10'), byRun('2025-01-10', '2025-01-11')], '2025-01-11'],
  [
    'set forward by hand: the days between are claimed all the same',
    [byRun(null, '2025-01-10'), byHand('2025-01-10', '2025-01-20')],
    '2025-01-10',
  ],
  [
    'set back before the beginning, and loaded again from there',
    [byRun(null, '2025-01-10'), byHand('2025-01-10', '2025-01-05'), byRun('2025-01-05', '2025-01-06')],
    '2025-01-06',
  ],
])('the first day covered: %s', (_, changes, day) => expect(firstDayCovered(changes)).toBe(day))
