import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createClock, createFastClock, createLeapingClock } from '../../src/core/clock.ts'

const start = new Date('2026-09-10T00:20:00Z')
const minuteMs = 60_000
const minutesOn = (clock: { now(): Date }) => Math.floor((clock.now().getTime() - start.getTime()) / minuteMs)

describe.each([
  ['the running clock', createClock],
  ['the leaping clock', createLeapingClock],
  ['a faster clock', (startAt: Date) => createFastClock(10, { startAt })],
])('%s', (_, create) => {
  test('reads the instant it was given and runs on from there', async () => {
    const clock = create(start)
    const before = clock.now().getTime()
    expect(before - start.getTime()).toBeLessThan(minuteMs)
    await clock.sleep(20)
    expect(clock.now().getTime()).toBeGreaterThan(before)
  })

  test.each([20, 60 * minuteMs])('ends a sleep of %s ms with the reason of the signal', async ms => {
    const clock = create(start)
    const stop = new AbortController()
    const reason = new Error('enough')
    const slept = clock.sleep(ms, stop.signal)
    stop.abort(reason)
    await expect(slept).rejects.toBe(reason)
    await expect(clock.sleep(ms, stop.signal)).rejects.toBe(reason)
  })
})

describe('the leaping clock', () => {
  test('sleeps an hour at once, and all its times have moved on by it', async () => {
    const clock = createLeapingClock(start)
    const [realMs, elapsedMs] = [performance.now(), clock.elapsedMs()]
    await clock.sleep(60 * minuteMs)
    expect(performance.now() - realMs).toBeLessThan(minuteMs)
    expect(minutesOn(clock)).toBe(60)
    expect(Math.floor((clock.elapsedMs() - elapsedMs) / minuteMs)).toBe(60)
  })

  test('moves to the earliest wake-up only: sleepers side by side wake in the order of their times', async () => {
    const clock = createLeapingClock(start)
    const woken: [string, number][] = []
    const sleepOften = async (name: string, minutes: number, times: number) => {
      for (let time = 0; time < times; time++) {
        await clock.sleep(minutes * minuteMs)
        woken.push([name, minutesOn(clock)])
      }
    }
    await Promise.all([sleepOften('slow', 30, 2), sleepOften('quick', 11, 5)])
    expect(woken).toEqual([
      ['quick', 11],
      ['quick', 22],
      ['slow', 30],
      ['quick', 33],
      ['quick', 44],
      ['quick', 55],
      ['slow', 60],
    ])
  })

  test('does not move for a sleeper that was told to stop', async () => {
    const clock = createLeapingClock(start)
    const stop = new AbortController()
    const slept = clock.sleep(60 * minuteMs, stop.signal)
    stop.abort(new Error('enough'))
    await expect(slept).rejects.toThrow('enough')
    await setImmediate()
    await setImmediate()
    expect(minutesOn(clock)).toBe(0)
  })

  test('really waits for short whiles, which are for other processes', async () => {
    const clock = createLeapingClock(start)
    const realMs = performance.now()
    await clock.sleep(30)
    expect(performance.now() - realMs).toBeGreaterThan(25)
  })
})

describe('a faster clock', () => {
  test('runs so many times faster, and waits so many times shorter', async () => {
    const clock = createFastClock(3600, { startAt: start })
    const realMs = performance.now()
    await clock.sleep(60 * minuteMs)
    const tookMs = performance.now() - realMs
    expect(tookMs).toBeGreaterThanOrEqual(999)
    expect(tookMs).toBeLessThan(30_000)
    expect(minutesOn(clock)).toBeGreaterThanOrEqual(59)
  })

  test('reads the same in all processes that know since when it runs', () => {
    const since = new Date(Date.now() - 10_000)
    const [one, other] = [1, 2].map(() => createFastClock(3600, { startAt: start, since }))
    expect(minutesOn(one as typeof one & object)).toBeGreaterThanOrEqual(600)
    expect(Math.abs((one?.now().getTime() ?? 0) - (other?.now().getTime() ?? 0))).toBeLessThan(60 * minuteMs)
  })
})
