import { expect, test } from 'vitest'
import { Failure, retryLine, type Story, toError } from '../../src/http/failure.ts'
import { at } from '../support/test-clock.ts'

const story: Story = {
  provider: 'nba-cdn',
  request: 'GET /x',
  tries: 5,
  alike: true,
  elapsedMs: 12_000,
  now: at('2024-01-15T12:00:00Z'),
}
const told = (changes: Partial<Story>, did = 'answered 500 to') =>
  toError(new Failure('unavailable', did), { ...story, ...changes }, undefined).message

test.each([
  [{}, 'nba-cdn answered 500 to GET /x, 5 times in 12 s.'],
  [{ tries: 1 }, 'nba-cdn answered 500 to GET /x.'],
  [{ alike: false }, 'nba-cdn answered 500 to GET /x, the last of 5 attempts in 12 s.'],
  [{ elapsedMs: 340 }, 'nba-cdn answered 500 to GET /x, 5 times in 0.3 s.'],
  [{ elapsedMs: 600_000 }, 'nba-cdn answered 500 to GET /x, 5 times in 10 min.'],
])('with %j the story is told as: %s', (changes, message) => {
  expect(told(changes)).toBe(message)
})

test.each([
  ['2024-01-15T14:05:00Z', 'nba-cdn answered 429 to GET /x; trying again at 14:05:00Z'],
  ['2024-01-16T00:00:00Z', 'nba-cdn answered 429 to GET /x; trying again at 2024-01-16T00:00:00Z'],
])('what is tried again at %s names the time', (retryAt, line) => {
  expect(retryLine(new Failure('throttled', 'answered 429 to'), story, at(retryAt))).toBe(line)
})
