import { expect, test } from 'vitest'
import {
  BugError,
  type IngestError,
  PayloadError,
  ProviderRefusesError,
  ProviderRejectedError,
  ProviderUnavailableError,
  RateLimitedError,
  RowError,
} from '../../src/core/errors.ts'
import { type LogFields, silentLog } from '../../src/core/log.ts'
import { createProviderHealth } from '../../src/pipeline/provider-health.ts'

const patience = 3

/** The health of a provider, and what was logged of it. */
function createHealth() {
  const logged: { level: string; event: string; fields: LogFields }[] = []
  const emit =
    (level: string) =>
    (event: string, fields: LogFields = {}) =>
      void logged.push({ level, event, fields })
  const health = createProviderHealth({ ...silentLog, warn: emit('warn'), error: emit('error'), info: emit('info') })
  const note = (...errors: (IngestError | undefined)[]) => {
    for (const error of errors) health.note(error, patience)
  }
  return { health, note, logged }
}

const stopped = (error: IngestError) => [{ level: 'warn', event: 'provider.stopped', fields: { reason: error.message } }]

const unavailable = (n = 1) => new ProviderUnavailableError(`No answer ${n}.`)
const refused = (n = 1) => new ProviderRejectedError(`No ${n}.`, { kind: 'refused' })

test('it begins open, with nothing seen', () => {
  const { health, logged } = createHealth()
  expect(health).toMatchObject({ answered: false, refused: 0, unanswered: 0, closedBy: undefined })
  expect(logged).toEqual([])
})

test.each([
  ['throttles', new RateLimitedError('Rate limited until 13:00:00Z.')],
  ['refuses us', new ProviderRefusesError('All 3 games asked for were refused.')],
])('a provider that %s is closed at once', (_, error) => {
  const { health, note, logged } = createHealth()
  note(error)
  expect(health.closedBy).toBe(error)
  expect(logged).toEqual(stopped(error))
})

test.each<[string, (n?: number) => IngestError]>([
  ['gives no answer', unavailable],
  ['answers no (403)', refused],
])('one that %s is closed when it has done so `patience` times in a row, for the first reason', (_, fail) => {
  const { health, note, logged } = createHealth()
  const [first, second, third] = [1, 2, 3].map(fail) as [IngestError, IngestError, IngestError]
  note(first, second)
  expect([health.closedBy, logged]).toEqual([undefined, []])
  note(third)
  expect(health.closedBy).toBe(first)
  expect(logged).toEqual(stopped(first))
})

test('with a patience of one the first failure closes it', () => {
  const { health } = createHealth()
  const error = unavailable()
  health.note(error, 1)
  expect(health.closedBy).toBe(error)
})

test('no answer and a no count together', () => {
  const { health, note } = createHealth()
  const first = refused()
  note(first, unavailable(), refused())
  expect(health.closedBy).toBe(first)
})

test.each<[string, IngestError | undefined]>([
  ['a success', undefined],
  ['a malformed payload', new PayloadError('Malformed.')],
  ['a file that is missing', new ProviderRejectedError('No such file.', { kind: 'not-found' })],
  ['a row that the database refuses', new RowError('Out of range.')],
  ['a bug', new BugError('Unexpected.')],
])('%s in between begins the count anew', (_, between) => {
  const { health, note, logged } = createHealth()
  note(unavailable(1), unavailable(2), between, unavailable(3), unavailable(4))
  expect([health.closedBy, logged]).toEqual([undefined, []])
  note(unavailable(5))
  expect(health.closedBy?.message).toBe('No answer 3.')
})

test('failures that say nothing of the provider never close it', () => {
  const { health, note, logged } = createHealth()
  note(...Array.from({ length: 5 }, () => new PayloadError('Malformed.')))
  expect([health.closedBy, logged]).toEqual([undefined, []])
})

test('it is reported once, and stays closed for its first reason', () => {
  const { health, note, logged } = createHealth()
  const error = new RateLimitedError('Rate limited until 13:00:00Z.')
  note(error, new ProviderRefusesError('All were refused.'), unavailable(), unavailable(), unavailable(), undefined)
  expect(health.closedBy).toBe(error)
  expect(logged).toEqual(stopped(error))
})
