import { expect, test } from 'vitest'
import { createServerTime } from '../../src/store/server-time.ts'

/** The server's clock is 1000 s ahead; the answers come after these times, the server being asked half way. */
function learn(time: ReturnType<typeof createServerTime>, sentMs: number, outMs: number, backMs: number, aheadMs = 1_000_000) {
  time.learn(sentMs, sentMs + outMs + backMs, sentMs + outMs + aheadMs)
}

test('a slow answer does not move what a quick one told', () => {
  const time = createServerTime()
  learn(time, 0, 1, 1)
  learn(time, 100, 1, 60)
  expect(time.toOwn(1_000_500)).toBe(500)
  expect(time.tripMs).toBe(2)
})

test('a server whose clock is set is believed at once', () => {
  const time = createServerTime()
  learn(time, 0, 1, 1)
  learn(time, 100, 2, 2, 5000)
  expect(Math.abs(time.toOwn(5500) - 500)).toBeLessThanOrEqual(2)
})

test('a clock that goes wrong slowly is followed', () => {
  const time = createServerTime()
  learn(time, 0, 0.5, 0.5)
  for (let n = 1; n <= 8; n++) learn(time, n * 1000, 1, 1, 1_000_000 + n)
  expect(Math.abs(time.toOwn(1_010_008) - 10_000)).toBeLessThanOrEqual(7)
})
