import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/core/errors.ts'
import { headersFor, parseBase, withoutSecrets } from '../../src/http/address.ts'

describe('the address of a request', () => {
  test.each([
    ['https://cdn.nba.com', '/static/x.json', 'https://cdn.nba.com/static/x.json'],
    ['https://cdn.nba.com/', 'static/x.json', 'https://cdn.nba.com/static/x.json'],
    ['http://127.0.0.1:4000/cdn.nba.com', '/static/x.json', 'http://127.0.0.1:4000/cdn.nba.com/static/x.json'],
    [
      'http://127.0.0.1:4000/cdn.nba.com/',
      '/v1/results?region=gb&region=ire',
      'http://127.0.0.1:4000/cdn.nba.com/v1/results?region=gb&region=ire',
    ],
    ['https://cdn.nba.com', '//elsewhere.example/x', 'https://cdn.nba.com/elsewhere.example/x'],
    ['https://me:secret@cdn.nba.com', '/x#part', 'https://cdn.nba.com/x'],
  ])('below %s, %s is %s', (base, path, expected) => {
    expect(parseBase('nba-cdn', base).address(path).href).toBe(expected)
  })

  test('takes user and password of the base as a header', () => {
    expect(parseBase('nba-cdn', 'https://me:p%40ss@cdn.nba.com').authorization).toBe(`Basic ${btoa('me:p@ss')}`)
    expect(parseBase('nba-cdn', 'https://cdn.nba.com').authorization).toBeUndefined()
  })

  test.each(['cdn.nba.com', 'ftp://cdn.nba.com', ''])('%j is a mistake in the settings', base => {
    expect(() => parseBase('nba-cdn', base)).toThrow(ConfigError)
  })

  test('does not repeat a password from an address that is none', () => {
    expect(() => parseBase('nba-cdn', 'htp://me:secret@cdn.nba.com')).toThrow('not an http or https URL: htp://cdn.nba.com')
  })
})

test.each([
  ['/x?key=abc', '/x?key=REDACTED'],
  ['/x?day=2025-01-15&api_key=abc&limit=5', '/x?day=2025-01-15&api_key=REDACTED&limit=5'],
  [
    '/x?apikey=a&API-KEY=b&access_token=c&password=d',
    '/x?apikey=REDACTED&API-KEY=REDACTED&access_token=REDACTED&password=REDACTED',
  ],
  ['/x?monkey=1&keyword=2&tokens=3', '/x?monkey=1&keyword=2&tokens=3'],
  ['/x?q=a%20b&day=1', '/x?q=a%20b&day=1'],
])('%s is told as %s', (path, expected) => {
  expect(withoutSecrets(path)).toBe(expected)
})

test('another origin gets no credentials, under whatever name', () => {
  const headers = { accept: '*/*', 'user-agent': 'x', authorization: 'Basic x', cookie: 'a=b', 'x-api-key': 'abc' }
  expect(headersFor(new URL('https://a.example/x'), 'https://a.example', headers)).toEqual(headers)
  expect(headersFor(new URL('https://b.example/x'), 'https://a.example', headers)).toEqual({ accept: '*/*', 'user-agent': 'x' })
})
