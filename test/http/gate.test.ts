import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createGate } from '../../src/http/gate.ts'
import { defaultLimits } from '../../src/http/limits.ts'
import { createTestClock } from '../support/test-clock.ts'

const gapMs = 50
const limits = { ...defaultLimits, ratePerSecond: 1000 / gapMs }
const { signal } = new AbortController()

test('a start that a busy process delayed pushes back the next', async () => {
  const gate = createGate(limits, { clock: createTestClock(), maxPauseMs: 0 })
  const starts: number[] = []
  const turns = Array.from({ length: 3 }, () => gate.turn(async () => starts.push(performance.now()), signal))
  await turns[0]
  await delay(gapMs / 2)
  const busyUntil = performance.now() + gapMs
  while (performance.now() < busyUntil);
  await Promise.all(turns)
  const [, second = 0, third = 0] = starts
  // Planned starts alone would leave about half a gap.
  expect(third - second).toBeGreaterThan(gapMs * 0.8)
  await gate.close()
})

test('a pause does not end in a burst', async () => {
  const clock = createTestClock('2024-01-15T12:00:00Z', { held: true })
  const gate = createGate(limits, { clock, maxPauseMs: 60_000 })
  await gate.pauseUntil(new Date('2024-01-15T12:00:30Z'))
  const starts: number[] = []
  const turns = Array.from({ length: 4 }, () => gate.turn(async () => starts.push(performance.now()), signal))
  await clock.sleeping(4)
  const resumedMs = performance.now()
  clock.advance(30_000)
  await Promise.all(turns)
  for (const [n, start] of starts.entries()) expect(start - resumedMs).toBeGreaterThanOrEqual(n * gapMs)
  await gate.close()
})

test('a shorter pause does not end a longer one', async () => {
  const clock = createTestClock('2024-01-15T12:00:00Z')
  const gate = createGate(limits, { clock, maxPauseMs: 60_000 })
  await gate.pauseUntil(new Date('2024-01-15T12:00:30Z'))
  await gate.pauseUntil(new Date('2024-01-15T12:00:10Z'))
  await gate.turn(async () => {}, signal)
  expect(clock.waits).toEqual([30_000])
  await gate.close()
})

test('a clock that is set back does not make a pause longer', async () => {
  const clock = createTestClock('2024-01-15T12:00:00Z')
  let backMs = 0
  const now = () => new Date(clock.now().getTime() - backMs)
  const gate = createGate(limits, { clock: { ...clock, now }, maxPauseMs: 60_000 })
  await gate.pauseUntil(new Date('2024-01-15T12:00:30Z'))
  backMs = 3 * 3_600_000
  await gate.turn(async () => {}, signal)
  expect(clock.waits).toEqual([30_000])
  await gate.close()
})
