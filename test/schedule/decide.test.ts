import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Decision, decide, type JobState, type ScheduledJob } from '../../src/schedule/decide.ts'
import { listDueTimes } from '../../src/schedule/due-times.ts'
import { at } from '../support/test-clock.ts'

const daily: ScheduledJob = {
  ...{ name: 'daily_data', frequency: '0 6 * * *', timezone: 'UTC', enabled: true },
  ...{ missed: 'once', missedWindowMs: 3 * 86_400_000, overlap: 'skip' },
}
const state = (more: Partial<JobState> = {}): JobState => ({
  ...{ decidedUntil: at('2026-03-01T06:10:00Z'), hasRun: true, isBusy: false, waiting: [] },
  ...more,
})

const told = (decisions: readonly Decision[]) =>
  decisions.map(({ dueAt, status, ...more }) => {
    const reason = 'reason' in more ? ` ${more.reason}` : ''
    const by = 'by' in more && more.by ? ` by ${more.by.getUTCDate()}` : ''
    return `${dueAt.getUTCDate()} ${status}${reason}${by}`
  })

const decided = (job: Partial<ScheduledJob>, now: string, more: Partial<JobState> = {}) =>
  told(decide({ ...daily, ...job }, state(more), at(now)))

describe('a due time', () => {
  test('makes the job run', () => {
    expect(decided({}, '2026-03-02T05:59:00Z')).toEqual([])
    expect(decided({}, '2026-03-02T06:00:00Z')).toEqual(['2 waiting'])
  })

  test('is skipped while the job is switched off', () => {
    expect(decided({ enabled: false }, '2026-03-03T07:00:00Z')).toEqual(['2 skipped disabled', '3 skipped disabled'])
    expect(decided({ enabled: false }, '2026-03-03T07:00:00Z', { decidedUntil: undefined, hasRun: false })).toEqual([])
  })

  test('is now for a job that has never run, whatever passed before', () => {
    expect(decided({}, '2026-03-03T07:00:00Z', { decidedUntil: undefined, hasRun: false })).toEqual(['3 waiting'])
    expect(decide(daily, state({ hasRun: false }), at('2026-03-03T07:00:00Z'))).toMatchObject([
      { status: 'merged' },
      { status: 'merged' },
      { dueAt: at('2026-03-03T07:00:00Z'), status: 'waiting' },
    ])
  })

  test.each<[ScheduledJob['missed'], string[]]>([
    ['skip', ['2 skipped missed', '3 skipped missed', '4 skipped missed', '5 skipped missed', '6 skipped missed']],
    ['once', ['2 skipped too-old', '3 skipped too-old', '4 skipped made-up by 6', '5 skipped made-up by 6', '6 waiting']],
    ['merge', ['2 skipped too-old', '3 skipped too-old', '4 merged by 6', '5 merged by 6', '6 waiting']],
    ['all', ['2 skipped too-old', '3 skipped too-old', '4 waiting', '5 waiting', '6 waiting']],
  ])('that passed while nothing ran, with missed: %s', (missed, outcomes) => {
    expect(decided({ missed }, '2026-03-06T08:00:00Z')).toEqual(outcomes)
  })

  test('is on time for a quarter of an hour where the job makes up for none', () => {
    expect(decided({ missed: 'skip' }, '2026-03-02T06:15:00Z')).toEqual(['2 waiting'])
    expect(decided({ missed: 'skip' }, '2026-03-02T06:15:01Z')).toEqual(['2 skipped missed'])
  })

  test('while the job still runs is skipped, or waits for its end', () => {
    const now = '2026-03-03T07:00:00Z'
    expect(decided({}, now, { isBusy: true })).toEqual(['2 skipped overlap', '3 skipped overlap'])
    expect(decided({ overlap: 'queue' }, now, { isBusy: true })).toEqual(['2 waiting', '3 merged by 2'])
    const waiting = [at('2026-03-01T06:00:00Z')]
    expect(decided({ overlap: 'queue' }, now, { isBusy: true, waiting })).toEqual(['2 merged by 1', '3 merged by 1'])
    expect(decided({ overlap: 'queue', missed: 'all' }, now, { isBusy: true, waiting })).toEqual(['2 waiting', '3 waiting'])
  })

  test('is decided once, in whatever steps and states time goes by', () => {
    const job = fc.record({
      enabled: fc.boolean(),
      missed: fc.constantFrom('skip' as const, 'once' as const, 'merge' as const, 'all' as const),
      overlap: fc.constantFrom('skip' as const, 'queue' as const),
    })
    const step = fc.record({ minutes: fc.integer({ min: -200, max: 3_000 }), isBusy: fc.boolean(), job })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), steps => {
        const first = at('2026-03-27T00:00:00Z')
        const frequency = { frequency: '*/20 1-3 * * *', timezone: 'Europe/London' }
        let [now, decidedUntil] = [first, first]
        const all: string[] = []
        for (const { minutes, isBusy, job: more } of steps) {
          now = new Date(now.getTime() + minutes * 60_000)
          const decisions = decide({ ...daily, ...more, ...frequency }, { decidedUntil, hasRun: true, isBusy, waiting: [] }, now)
          all.push(...decisions.map(({ dueAt }) => dueAt.toISOString()))
          if (now > decidedUntil) decidedUntil = now
        }
        expect(all).toEqual(listDueTimes(frequency, { after: first, upTo: decidedUntil }).map(due => due.toISOString()))
      }),
    )
  })
})
