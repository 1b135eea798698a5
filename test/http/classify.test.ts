import { describe, expect, test } from 'vitest'
import { classifyBody, classifyStatus, parseJson, parseRetryAfter } from '../../src/http/classify.ts'
import { Failure } from '../../src/http/failure.ts'
import { at } from '../support/test-clock.ts'

const now = at('2024-01-15T12:00:00Z')
const kindOf = (status: number, headers = {}) => classifyStatus({ status, headers, body: Buffer.from('{}') }, now).kind
const kindOfBody = (body: string, contentType: string, expected: 'json' | 'file') =>
  classifyBody(Buffer.from(body), contentType, expected)?.kind

describe('a reply', () => {
  test.each([
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

  test.each([
    [
      '{"detail":[{"loc":["query","limit"],"msg":"ensure it is at most 50"},{"msg":"field required"}]}',
      ' (limit: ensure it is at most 50; field required)',
    ],
    ['{"detail":"Not\\n allowed\\u001b[2J"}', ' (Not allowed [2J)'],
    ['{"message":"no such day"}', ' (no such day)'],
    ['{"error":{"code":1}}', ''],
    ['{"detail":[null,1]}', ''],
    ['null', ''],
    ['<html>', ''],
  ])('that is rejected with %s says why', (body, reason) => {
    expect(classifyStatus({ status: 422, headers: {}, body: Buffer.from(body) }, now).did).toBe(`answered 422${reason} to`)
  })

  test('503 with Retry-After is throttled, like 429', () => {
    expect(kindOf(503, { 'retry-after': '5' })).toBe('throttled')
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
    expect(kindOfBody(body, type, 'json')).toBe(kind)
  })

  test('200 may be anything but empty or a page where a file was expected', () => {
    expect(kindOfBody('game_id,season', 'text/csv', 'file')).toBeUndefined()
    expect(kindOfBody('<html>', 'text/csv', 'file')).toBe('block-page')
    expect(kindOfBody('', 'text/csv', 'file')).toBe('malformed')
  })

  test('a no keeps at most 4 KiB of its body', () => {
    const failure = classifyStatus({ status: 403, headers: {}, body: Buffer.alloc(10_000, 'x') }, now)
    expect(failure.details.body).toHaveLength(4096)
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
