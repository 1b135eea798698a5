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
