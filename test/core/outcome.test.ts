import { describe, expect, test } from 'vitest'
import * as errors from '../../src/core/errors.ts'
import {
  BugError,
  BusyError,
  ConfigError,
  CredentialsError,
  IngestError,
  NotFinalError,
  OwnJobError,
  PayloadError,
  ProviderRefusesError,
  ProviderRejectedError,
  ProviderUnavailableError,
  RateLimitedError,
  RowError,
  StoppedError,
  StoreError,
  TimedOutError,
  UnfitHostError,
  UsageError,
} from '../../src/core/errors.ts'
import { decideOutcome, type Outcome, toItemError, transientErrors } from '../../src/core/outcome.ts'

type Kind = Outcome['kind']

const retryAt = new Date('2025-01-15T13:00:00Z')

/** One or more of every class; what follows while attempts are left, and after the last one. */
const table: [error: IngestError, withAttemptsLeft: Kind, afterTheLast: Kind][] = [
  [new RateLimitedError('Slow down.', { retryAt }), 'snooze', 'snooze'],
  [new RateLimitedError('Slow down.'), 'snooze', 'snooze'],
  [new ProviderUnavailableError('No answer.'), 'retry', 'dead-letter'],
  [new ProviderRejectedError('No.', { kind: 'refused' }), 'dead-letter', 'dead-letter'],
  [new ProviderRejectedError('No.', { kind: 'not-found' }), 'dead-letter', 'dead-letter'],
  [new ProviderRejectedError('No.', { kind: 'rejected' }), 'dead-letter', 'dead-letter'],
  [new ProviderRefusesError('Not you.'), 'stop', 'stop'],
  [new PayloadError('Malformed.'), 'dead-letter', 'dead-letter'],
  [new NotFinalError('Not over yet.'), 'dead-letter', 'dead-letter'],
  [new StoreError('The database is gone.'), 'retry', 'stop'],
  [new RowError('Out of range.'), 'dead-letter', 'dead-letter'],
  [new OwnJobError('It exited with code 3.'), 'dead-letter', 'dead-letter'],
  [new BusyError('Already at work.'), 'stop', 'stop'],
  [new ConfigError('A wrong setting.'), 'stop', 'stop'],
  [new CredentialsError('A wrong password.'), 'stop', 'stop'],
  [new UsageError('No such sport.'), 'stop', 'stop'],
  [new StoppedError('SIGTERM'), 'stop', 'stop'],
  [new TimedOutError('daily_data', 60_000), 'stop', 'stop'],
  [new UnfitHostError('No account here.'), 'snooze', 'snooze'],
  [new BugError('Unexpected.'), 'dead-letter', 'dead-letter'],
]

const rows = table.map(([error, left, last]) => {
  const kind = error instanceof ProviderRejectedError ? ` (${error.kind})` : ''
  return { name: `${error.name}${kind}`, error, left, last }
})

test('every error class is in the table', () => {
  const classes = Object.values(errors).filter(one => one !== IngestError)
  const missing = classes.filter(one => !table.some(([error]) => error.constructor === one))
  expect(missing.map(({ name }) => name)).toEqual([])
})

describe('decideOutcome', () => {
  test.each(rows)('$name with attempts left: $left', ({ error, left }) => {
    for (const attempt of [1, 2]) expect(decideOutcome(error, { attempt, maxAttempts: 3 })).toMatchObject({ kind: left, error })
  })

  test.each(rows)('$name after the last attempt: $last', ({ error, last }) => {
    for (const attempt of [3, 4]) expect(decideOutcome(error, { attempt, maxAttempts: 3 })).toMatchObject({ kind: last, error })
  })

  test.each(rows)('$name without a number of attempts has none left: $last', ({ error, last }) => {
    expect(decideOutcome(error)).toMatchObject({ kind: last, error })
  })

  test('a request to wait has the instant that the provider named, where it named one', () => {
    const error = new RateLimitedError('Slow down.', { retryAt })
    expect(decideOutcome(error)).toEqual({ kind: 'snooze', until: retryAt, error })
    const without = new RateLimitedError('Slow down.')
    expect(decideOutcome(without)).toEqual({ kind: 'snooze', until: undefined, error: without })
  })

  test('no error is done', () => {
    expect(decideOutcome(undefined)).toEqual({ kind: 'done' })
    expect(decideOutcome(undefined, { attempt: 1, maxAttempts: 3 })).toEqual({ kind: 'done' })
  })

  test.each([
    ['an abort', new DOMException('This operation was aborted', 'AbortError')],
    ['an error of Node for an abort', Object.assign(new Error('The operation was aborted'), { name: 'AbortError' })],
    ['something thrown that is no error', 'stop'],
    ['null', null],
  ])('%s stops the run, whatever attempts are left', (_, error) => {
    expect(decideOutcome(error)).toEqual({ kind: 'stop', error })
    expect(decideOutcome(error, { attempt: 1, maxAttempts: 3 })).toEqual({ kind: 'stop', error })
  })

  test('any other error is a bug: a dead letter with its cause, not tried again', () => {
    const cause = new TypeError('x is not a function')
    const outcome = decideOutcome(cause, { attempt: 1, maxAttempts: 3 })
    expect(outcome).toMatchObject({
      kind: 'dead-letter',
      error: { name: 'BugError', message: 'Unexpected: x is not a function', cause },
    })
  })
})

describe('toItemError', () => {
  test.each(rows)('$name: $last', ({ error, last }) => {
    if (last === 'dead-letter') expect(toItemError(error)).toBe(error)
    else expect(() => toItemError(error)).toThrow(error)
  })

  test('a plain error becomes a bug; an abort is thrown as it is', () => {
    expect(toItemError(new TypeError('x is not a function'))).toMatchObject({ name: 'BugError' })
    const abort = new DOMException('This operation was aborted', 'AbortError')
    expect(() => toItemError(abort)).toThrow(abort)
  })
})

test('transient errors are classes of the table that are retried or waited for, and events that are not over', () => {
  const kinds = transientErrors.map(name => rows.find(row => row.error.name === name)?.left)
  expect(kinds).toEqual(['retry', 'snooze', 'dead-letter'])
})
