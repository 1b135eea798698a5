import { describe, expect, test } from 'vitest'
import { classify, parseJson, parseRetryAfter } from '../../src/http/classify.ts'
import { Failure } from '../../src/http/failure.ts'
import { at } from '../support/test-clock.ts'

const now = at('2024-01-15T12:00:00Z')
const kindOf = (status: number, body = '{}', headers = {}, accept: 'json' | 'any' = 'json') =>
  classify({ status, headers, body: Buffer.from(body) }, accept, now)?.kind

describe('a reply', () => {
  test.each([
    [200, undefined],
    [206, 'malformed'],
    [302, 'rejected'],
    [400, 'rejected'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'not-found'],
    [408, 'unavailable'],
    [410, 'not-found'],
    [422, 'rejected'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
    [520, 'unavailable'],
  ])('with status %i is %s', (status, kind) => {
    expect(kindOf(status)).toBe(kind)
  })

  test('503 with Retry-After is throttled, like 429', () => {
    expect(kindOf(503, '', { 'retry-after': '5' })).toBe('throttled')
  })

  test.each([
    ['{"a":1}', 'application/json', undefined],
    ['\uFEFF [1]', 'application/json', undefined],
    ['{"a":1}', 'text/html', undefined],
    ['null', 'application/json', undefined],
    ['<!doctype html><p>Access denied', 'text/html', 'block-page'],
    ['\n <html>', 'application/json', 'block-page'],
    ['Blocked.', 'text/html; charset=utf-8', 'block-page'],
    ['<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', 'application/xml', 'block-page'],
    ['Service busy', 'text/plain', 'malformed'],
    ['', 'application/json', 'malformed'],
  ])('200 with the body %j as %s is %s where JSON was expected', (body, type, kind) => {
    expect(kindOf(200, body, { 'content-type': type })).toBe(kind)
  })

  test('200 may be anything but empty where anything is welcome', () => {
    expect(kindOf(200, 'game_id,season', {}, 'any')).toBeUndefined()
    expect(kindOf(200, '', {}, 'any')).toBe('malformed')
  })

  test('a no keeps at most 4 KiB of its body', () => {
    const failure = classify({ status: 403, headers: {}, body: Buffer.alloc(10_000, 'x') }, 'json', now)
    expect(failure?.details.body).toHaveLength(4096)
  })
})

test.each([
  ['30', '2024-01-15T12:00:30Z'],
  ['0', '2024-01-15T12:00:00Z'],
  ['1.5', '2024-01-15T12:00:01.500Z'],
  ['Mon, 15 Jan 2024 12:02:00 GMT', '2024-01-15T12:02:00Z'],
  ['Monday, 15-Jan-24 12:02:00 GMT', '2024-01-15T12:02:00Z'],
])('Retry-After: %s names %s', (value, expected) => {
  expect(parseRetryAfter(value, now)).toEqual(at(expected))
})

test.each(['', 'soon', 'soon 5', '-1', '2024-01-15'])('Retry-After: %j names nothing', value => {
  expect(parseRetryAfter(value, now)).toBeUndefined()
})

test('JSON may begin with a byte order mark', () => {
  expect(parseJson(Buffer.from('\uFEFF{"a":1}'))).toEqual({ a: 1 })
})

test('JSON that was cut short is malformed', () => {
  expect(() => parseJson(Buffer.from('{"a":'))).toThrow(Failure)
})
