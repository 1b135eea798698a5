import { describe, expect, test } from 'vitest'
import { Failure, type FailureKind } from '../../src/http/failure.ts'
import { decideRetry, maxObeyedWaits, type Tally } from '../../src/http/retry.ts'
import { at } from '../support/test-clock.ts'

const policy = { maxAttempts: 5, initialDelayMs: 5_000, backoffFactor: 2, maxRetryAfterMs: 900_000 }
const now = at('2024-01-15T12:00:00Z')
const fresh: Tally = { attempts: 0, obeyedWaits: 0, obeyedMs: 0, previous: undefined }

const decide = (kind: FailureKind, tally: Partial<Tally> = {}, { random = 1, retryAt = undefined as Date | undefined } = {}) =>
  decideRetry(new Failure(kind, 'failed', retryAt ? { retryAt } : {}), { ...fresh, ...tally }, policy, now, random)

describe('a failure that may pass', () => {
  test.each(['unavailable', 'block-page', 'malformed'] as const)('%s is tried again until the attempts are used up', kind => {
    expect(decide(kind)).toEqual({ kind: 'retry', waitMs: 5_000, everyone: false, counts: true })
    expect(decide(kind, { attempts: 3 })).toEqual({ kind: 'retry', waitMs: 40_000, everyone: false, counts: true })
    expect(decide(kind, { attempts: 4 })).toEqual({ kind: 'give-up' })
  })

  test.each([
    [0, 0],
    [0.5, 5_000],
    [0.999, 9_990],
  ])('waits a random part of its delay: %d of 10 s is %d ms', (random, waitMs) => {
    expect(decide('unavailable', { attempts: 1 }, { random })).toMatchObject({ waitMs })
  })

  test('never waits longer than the longest pause', () => {
    const patient = { ...policy, maxAttempts: 100 }
    const decision = decideRetry(new Failure('unavailable', 'failed'), { ...fresh, attempts: 50 }, patient, now, 1)
    expect(decision).toMatchObject({ kind: 'retry', waitMs: 900_000 })
  })
})

test.each(['refused', 'not-found', 'rejected', 'too-large'] as const)('%s is not tried again', kind => {
  expect(decide(kind)).toEqual({ kind: 'give-up' })
})

describe('throttled with Retry-After', () => {
  const retryAt = at('2024-01-15T12:00:30Z')

  test('everyone waits exactly that long, without jitter, and it costs no attempt', () => {
    const expected = { kind: 'retry', waitMs: 30_000, everyone: true, counts: false }
    expect(decide('throttled', {}, { retryAt, random: 0.1 })).toEqual(expected)
    expect(decide('throttled', { attempts: 4 }, { retryAt })).toEqual(expected)
  })

  test('an instant that has passed is no wait', () => {
    expect(decide('throttled', {}, { retryAt: at('2024-01-15T11:00:00Z') })).toMatchObject({ kind: 'retry', waitMs: 0 })
  })

  test('is not waited for beyond the longest pause, also where many waits add up to it', () => {
    const late = at('2024-01-15T12:15:01Z')
    expect(decide('throttled', {}, { retryAt: late })).toEqual({ kind: 'give-up', retryAt: late })
    expect(decide('throttled', { obeyedMs: 880_000 }, { retryAt })).toEqual({ kind: 'give-up', retryAt })
  })

  test('is obeyed a bounded number of times', () => {
    expect(decide('throttled', { obeyedWaits: maxObeyedWaits - 1 }, { retryAt })).toMatchObject({ kind: 'retry' })
    expect(decide('throttled', { obeyedWaits: maxObeyedWaits }, { retryAt })).toEqual({ kind: 'give-up', retryAt })
  })
})

test('throttled without Retry-After backs off for everyone, and ends with an instant to come back', () => {
  expect(decide('throttled', { attempts: 1 })).toEqual({ kind: 'retry', waitMs: 10_000, everyone: true, counts: true })
  expect(decide('throttled', { attempts: 4 })).toEqual({ kind: 'give-up', retryAt: at('2024-01-15T12:01:20Z') })
})

test('an unasked 304 is asked again at once, but not twice in a row', () => {
  expect(decide('unasked-304')).toEqual({ kind: 'retry', waitMs: 0, everyone: false, counts: false })
  expect(decide('unasked-304', { previous: 'unasked-304' })).toEqual({ kind: 'give-up' })
})
