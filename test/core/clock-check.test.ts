import { expect, test } from 'vitest'
import { hasPassed } from '../../src/core/clock.ts'
import { checkClock } from '../../src/core/clock-check.ts'
import { ConfigError } from '../../src/core/errors.ts'
import { at, createTestClock } from '../support/test-clock.ts'

const database = at('2025-01-15T12:00:00Z')
const later = (seconds: number) => new Date(database.getTime() + seconds * 1000)

test.each([0, 1, -1, 119, -119])('a clock that is %i s ahead of the database is right', seconds => {
  expect(checkClock(later(seconds), database)).toBeUndefined()
})

test.each([120, -120, 3599, -3599])('one that is %i s ahead is told', seconds => {
  const host = `${later(seconds).toISOString().slice(0, 19)}Z`
  const message = `The clock of this host says ${host}, and that of the database 2025-01-15T12:00:00Z.`
  expect(checkClock(later(seconds), database)).toBe(message)
})

test.each([3600, -3600, 86_400, -365 * 86_400])('one that is %i s ahead is refused', seconds => {
  expect(() => checkClock(later(seconds), database)).toThrow(ConfigError)
})

test.each<[string, boolean]>([
  ['2025-01-15T11:59:00Z', true],
  ['2025-01-15T11:59:01Z', false],
  ['2025-01-15T12:00:00Z', false],
  ['2025-01-15T12:00:01Z', true],
  ['2026-01-15T12:00:00Z', true],
])('a minute has passed since %s at noon of the 15th of January 2025: %s', (since, passed) => {
  expect(hasPassed(createTestClock('2025-01-15T12:00:00Z'), at(since), 60_000)).toBe(passed)
})
