import { describe, expect, test } from 'vitest'
import { jobDefaults } from '../../src/core/config/config.ts'
import { type RehearsedJob, rehearse } from '../../src/schedule/rehearse.ts'

const minuteMs = 60_000
const day = { from: new Date('2026-01-10T00:00:00Z'), to: new Date('2026-01-11T00:00:00Z') }

interface Wanted extends Partial<Omit<RehearsedJob['job'], 'frequency'>> {
  /** Of each run, of the provider `a`. */
  requests?: number
  usualMs?: number
}

function job(name: string, frequency: string, { requests = 0, usualMs = 0, ...rest }: Wanted = {}): RehearsedJob {
  return {
    job: { ...jobDefaults, name, frequency, timezone: 'UTC', ...rest },
    requests: () => new Map([['a', requests]].filter(([, count]) => count !== 0) as [string, number][]),
    usualMs,
  }
}

/** One line for each due time: `06:00 daily runs 06:00-06:05`. */
function play(jobs: RehearsedJob[], ratePerSecond = 1, span = day) {
  const { occurrences, loads } = rehearse(jobs, {
    ...span,
    everyMs: 10 * minuteMs,
    ratePerSecond: new Map([['a', ratePerSecond]]),
  })
  const clock = (at: Date | null) => at?.toISOString().slice(11, 16)
  const lines = occurrences.map(({ job: name, dueAt, status, reason, startsAt, endsAt, isTimedOut }) =>
    [
      ...[clock(dueAt), name, reason ?? status],
      ...(startsAt ? [`${clock(startsAt)}-${clock(endsAt)}`] : []),
      ...(isTimedOut ? ['timed out'] : []),
    ].join(' '),
  )
  return { lines, loads }
}

describe('a rehearsal', () => {
  test('runs one job after the other, what is due at the end of the one before, too, for the time that requests need', () => {
    const jobs = [job('first', '0 6 * * *', { requests: 300 }), job('second', '2 6 * * *', { requests: 60 })]
    const { lines, loads } = play(jobs)
    expect(lines).toEqual(['06:00 first runs 06:00-06:05', '06:02 second runs 06:05-06:06'])
    expect(loads).toMatchObject([
      {
        ...{ provider: 'a', requests: 360, busiestDay: { day: '2026-01-10', requests: 360 }, fullHours: [] },
        busiestMinute: { requests: 60 },
      },
    ])
  })

  test('of many jobs over a month is played in seconds', () => {
    const jobs = Array.from({ length: 60 }, (_, i) =>
      job(`job_${i}`, `${i} */6 * * *`, { requests: 5, timezone: 'Europe/London' }),
    )
    const startedMs = performance.now()
    const { lines } = play(jobs, 2, { from: new Date('2026-03-10T00:00:00Z'), to: new Date('2026-04-09T00:00:00Z') })
    expect(lines).toHaveLength(60 * 121)
    expect(performance.now() - startedMs).toBeLessThan(6_000)
  })

  test('lets runs that ask the same provider at the same time share its rate', () => {
    // From 06:00 the first asks alone, from 06:10 both: 600 are left of it, and 300 of the other.
    const jobs = [job('long', '0 6 * * *', { requests: 1200 }), job('short', '5 6 * * *', { requests: 300 })]
    expect(play(jobs).lines).toEqual(['06:00 long runs 06:00-06:25', '06:05 short runs 06:10-06:20'])
  })

  test('knows from earlier runs how long one without requests takes, and what its timeout does', () => {
    const jobs = [job('slow', '0 6 * * *', { usualMs: 30 * minuteMs }), job('late', '0 8 * * *', { usualMs: 120 * minuteMs })]
    expect(play(jobs).lines).toEqual(['06:00 slow runs 06:00-06:30', '08:00 late runs 08:00-09:00 timed out'])
  })

  test.each([
    ['skip', ['06:00 a runs 06:00-06:25', '06:10 a overlap', '06:20 a overlap', '06:30 a runs 06:30-06:55']],
    ['queue', ['06:00 a runs 06:00-06:25', '06:10 a runs 06:25-06:50', '06:20 a merged', '06:30 a runs 06:50-07:15']],
  ] as const)('tells what becomes of due times while the job runs, with overlap: %s', (overlap, expected) => {
    const { lines } = play([job('a', '0,10,20,30 6 * * *', { overlap, usualMs: 25 * minuteMs })])
    expect(lines).toEqual(expected)
  })

  test('finds the hours in which more requests are wanted than the rate has', () => {
    const { loads } = play([job('much', '0 6 * * *', { requests: 4000, timeoutMs: 6 * 60 * minuteMs })])
    expect(loads[0]?.fullHours).toEqual([{ at: new Date('2026-01-10T06:00:00Z'), requests: 4000 }])
    expect(loads[0]?.requests).toBe(4000)
  })

  test('skips due times between two calls, and begins and ends with its span', () => {
    const span = { from: day.from, to: new Date('2026-01-10T00:20:00Z') }
    const { lines } = play([job('often', '*/5 * * * *')], 1, span)
    expect(lines).toEqual([
      ...['00:00 often runs 00:00-00:00', '00:05 often made-up', '00:10 often runs 00:10-00:10'],
      '00:15 often runs 00:20-00:20',
    ])
  })
})
