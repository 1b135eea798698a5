import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createDeadline } from '../../src/http/deadline.ts'

const reason = new Error('stop')

test('aborts with its parent, also where that aborted before', () => {
  const parent = new AbortController()
  using early = createDeadline(parent.signal)
  parent.abort(reason)
  using late = createDeadline(parent.signal)
  expect([early.signal.reason, late.signal.reason]).toEqual([reason, reason])
})

test('has nothing to do with its parent once it is disposed of', () => {
  const parent = new AbortController()
  const deadline = createDeadline(parent.signal)
  deadline[Symbol.dispose]()
  parent.abort(reason)
  expect(deadline.signal.aborted).toBe(false)
})

test('is late after its time-out, which does not run while it is paused', async () => {
  const late = new Error('late')
  using deadline = createDeadline(undefined, 100, () => late)
  deadline.pause()
  deadline.pause()
  // Twice as long as it has.
  await delay(200)
  expect(deadline.signal.aborted).toBe(false)
  deadline.resume()
  deadline.resume()
  await once(deadline.signal, 'abort')
  expect(deadline.signal.reason).toBe(late)
})

test('has no time-out any more once it is disposed of', async () => {
  const deadline = createDeadline(undefined, 10, () => new Error('late'))
  deadline[Symbol.dispose]()
  deadline.resume()
  await delay(50)
  expect(deadline.signal.aborted).toBe(false)
})

test('follows its parent while it is paused', () => {
  const parent = new AbortController()
  using deadline = createDeadline(parent.signal, 10, () => new Error('late'))
  deadline.pause()
  parent.abort(reason)
  expect(deadline.signal.reason).toBe(reason)
})
