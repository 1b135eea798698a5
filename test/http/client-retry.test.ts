import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { PayloadError, ProviderRejectedError, ProviderUnavailableError, RateLimitedError } from '../../src/core/errors.ts'
import { breakOff, hang, type Reply, reply, stall, startProviderServer } from '../support/provider-server.ts'
import { at, createTestClock } from '../support/test-clock.ts'
import { clientFor } from './client-for.ts'

const game = { gameId: '0022400561' }
const fine = reply(200, {}, game)
const page = reply(200, { 'content-type': 'text/html' }, '<html><body>Access Denied</body></html>')
const half = JSON.stringify(game).slice(0, 10)

const passing: [string, Reply][] = [
  ['answered 500', reply(500)],
  ['answered 502', reply(502, { 'content-type': 'text/html' }, '<h1>Bad Gateway</h1>')],
  ['answered 503', reply(503)],
  ['answered 504', reply(504)],
  ['answered 408', reply(408)],
  ['answered 429', reply(429)],
  ['closed the connection', breakOff()],
  ['closed the connection', breakOff(half)],
  ['sent an HTML page instead of JSON', page],
  ['sent a body that is not JSON', reply(200, {}, half)],
  ['sent a body that is not JSON', reply(200, {}, 'Service busy')],
  ['sent an empty body', reply(200)],
  ['sent a damaged body', reply(200, { 'content-encoding': 'gzip' }, gzipSync(JSON.stringify(game)).subarray(0, -12))],
  ['sent a damaged body', reply(200, { 'content-encoding': 'gzip' }, 'not gzip at all')],
  ['sent a damaged body', reply(200, { 'content-encoding': 'br' }, 'not brotli at all')],
  ['sent a damaged body', reply(200, { 'content-encoding': 'zstd' }, 'not zstd at all')],
  ['sent a body in an encoding we cannot read (compress)', reply(200, { 'content-encoding': 'compress' }, game)],
  ['sent a body in 3000 encodings', reply(200, { 'content-encoding': Array(3000).fill('gzip').join() }, game)],
]

test.each(passing)('a provider that %s once is asked again (%#)', async (did, fault) => {
  await using api = await startProviderServer([fault, fine])
  await using client = clientFor(api.url)
  const answer = await client.get('/game.json')
  expect(answer.json()).toEqual(game)
  expect(client.requests).toBe(2)
  expect(client.clock.waits).toEqual([5_000])
  expect(client.retryEvents).toMatchObject([{ attempt: 1, wait_ms: 5_000 }])
  const message = String(client.retryEvents[0]?.message)
  expect(message.startsWith(`nba-cdn ${did} `)).toBe(true)
  expect(message.endsWith(' GET /game.json; trying again at 12:00:05Z')).toBe(true)
})

describe('deadlines', () => {
  test.each([
    ['headersTimeoutMs', 'sent no response in time to', hang()],
    ['bodyTimeoutMs', 'stopped in the middle of its response to', stall(half)],
    ['totalTimeoutMs', 'did not finish within 0.05 s answering', hang()],
    ['totalTimeoutMs', 'did not finish within 0.05 s answering', stall(half)],
  ] as const)('%s ends a request that %s', async (limit, did, fault) => {
    await using api = await startProviderServer([fault, fine])
    await using client = clientFor(api.url, { limits: { [limit]: 50 } })
    await client.get('/game.json')
    expect(client.requests).toBe(2)
    expect(client.retryEvents[0]?.message).toContain(`nba-cdn ${did} GET /game.json`)
  })
})

describe('in the end', () => {
  test('a provider that fails each time is unavailable', async () => {
    await using api = await startProviderServer([reply(500)])
    await using client = clientFor(api.url)
    await expect(client.get('/x')).rejects.toSatisfy(error => error instanceof ProviderUnavailableError)
    expect(client.clock.waits).toEqual([5_000, 10_000, 20_000, 40_000])
    await expect(client.get('/x')).rejects.toThrow('nba-cdn answered 500 to GET /x, 5 times in 75 s.')
    expect(api.requests).toHaveLength(10)
  })

  test.each([
    ['reset', breakOff()],
    ['truncated', breakOff(half)],
    ['damaged', reply(200, { 'content-encoding': 'gzip' }, 'not gzip at all')],
  ])('a provider whose answers are all %s is unavailable', async (_, fault) => {
    await using api = await startProviderServer([fault])
    await using client = clientFor(api.url, { retry: { maxAttempts: 2 } })
    await expect(client.get('/x')).rejects.toThrow(ProviderUnavailableError)
    expect(api.requests).toHaveLength(2)
  })

  test('a provider that is not there is unavailable, with a hint', async () => {
    const api = await startProviderServer([fine])
    await api[Symbol.asyncDispose]()
    await using client = clientFor(api.url, { retry: { maxAttempts: 2 } })
    await expect(client.get('/x')).rejects.toMatchObject({
      name: 'ProviderUnavailableError',
      hint: expect.stringContaining('Check the network'),
    })
  })

  test('a page in place of JSON each time is a refusal, with the page', async () => {
    await using api = await startProviderServer([page])
    await using client = clientFor(api.url)
    await expect(client.get('/x')).rejects.toMatchObject({
      name: 'ProviderRejectedError',
      kind: 'refused',
      body: expect.stringContaining('Access Denied'),
    })
    expect(api.requests).toHaveLength(5)
  })

  test('no JSON each time is a malformed payload', async () => {
    await using api = await startProviderServer([reply(200, {}, 'Service busy')])
    await using client = clientFor(api.url)
    await expect(client.get('/x')).rejects.toThrow(PayloadError)
    expect(api.requests).toHaveLength(5)
  })

  test('different failures are not told as one', async () => {
    await using api = await startProviderServer([reply(500), reply(502), reply(503)])
    await using client = clientFor(api.url, { retry: { maxAttempts: 3 } })
    await expect(client.get('/x')).rejects.toThrow('nba-cdn answered 503 to GET /x, the last of 3 attempts in 15 s.')
  })
})

describe('a no is not asked twice', () => {
  test.each([
    [400, 'rejected'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'not-found'],
    [410, 'not-found'],
    [422, 'rejected'],
  ])('%i: %s', async (status, kind) => {
    await using api = await startProviderServer([reply(status, {}, '<Error><Code>AccessDenied</Code></Error>')])
    await using client = clientFor(api.url)
    const error: unknown = await client.get('/x?token=abc').catch(error => error)
    expect(error).toBeInstanceOf(ProviderRejectedError)
    expect(error).toMatchObject({
      kind,
      body: '<Error><Code>AccessDenied</Code></Error>',
      message: `nba-cdn answered ${status} to GET /x?token=REDACTED.`,
    })
    expect(api.requests).toHaveLength(1)
  })

  test('its body is decoded, and cut at 4 KiB', async () => {
    await using api = await startProviderServer([reply(403, { 'content-encoding': 'gzip' }, gzipSync('x'.repeat(1_000_000)))])
    await using client = clientFor(api.url)
    await expect(client.get('/x')).rejects.toMatchObject({ kind: 'refused', body: 'x'.repeat(4096) })
  })

  test('it stays a no where its body is damaged', async () => {
    await using api = await startProviderServer([reply(404, { 'content-encoding': 'gzip' }, 'not gzip at all')])
    await using client = clientFor(api.url)
    await expect(client.get('/x')).rejects.toMatchObject({ kind: 'not-found', body: undefined })
  })
})

describe('Retry-After', () => {
  test.each([
    ['seconds', 429, '30'],
    ['a date', 429, 'Mon, 15 Jan 2024 12:00:30 GMT'],
    ['seconds with 503', 503, '30'],
  ])('in %s is waited for exactly', async (_, status, value) => {
    await using api = await startProviderServer([reply(status, { 'retry-after': value }), fine])
    await using client = clientFor(api.url, { random: () => 0.3 })
    await client.get('/game.json')
    expect(client.clock.waits).toEqual([30_000])
    expect(client.retryEvents[0]?.message).toBe(`nba-cdn answered ${status} to GET /game.json; trying again at 12:00:30Z`)
  })

  test('costs no attempt', async () => {
    const throttled = reply(429, { 'retry-after': '1' })
    await using api = await startProviderServer([...Array(7).fill(throttled), reply(500), fine])
    await using client = clientFor(api.url, { retry: { maxAttempts: 2 } })
    await client.get('/game.json')
    expect(client.requests).toBe(9)
    expect(client.clock.waits).toEqual([...Array(7).fill(1_000), 5_000])
  })

  test('is not obeyed for ever', async () => {
    await using api = await startProviderServer([reply(429, { 'retry-after': '0' })])
    await using client = clientFor(api.url)
    await expect(client.get('/x')).rejects.toThrow(RateLimitedError)
    expect(api.requests).toHaveLength(21)
  })

  test('is not waited for beyond the longest pause, all waits together', async () => {
    await using api = await startProviderServer([reply(429, { 'retry-after': '600' })])
    await using client = clientFor(api.url)
    await expect(client.get('/x')).rejects.toMatchObject({ name: 'RateLimitedError', retryAt: at('2024-01-15T12:20:00Z') })
    expect(client.clock.waits).toEqual([600_000])
  })

  test('that is too far away is left to the caller, and nobody else asks before', async () => {
    await using api = await startProviderServer([reply(429, { 'retry-after': '3600' }), fine])
    await using client = clientFor(api.url)
    await expect(client.get('/x')).rejects.toMatchObject({
      name: 'RateLimitedError',
      retryAt: at('2024-01-15T13:00:00Z'),
      message: 'nba-cdn answered 429 to GET /x; rate limited until 13:00:00Z.',
      hint: 'Run it again after that.',
    })
    await expect(client.get('/y')).rejects.toMatchObject({ name: 'RateLimitedError', retryAt: at('2024-01-15T13:00:00Z') })
    expect(api.requests).toHaveLength(1)
    expect(client.clock.waits).toEqual([])

    client.clock.advance(3_600_000)
    expect((await client.get('/y')).status).toBe(200)
  })

  test('429 without it ends as rate limited, with an instant to come back', async () => {
    await using api = await startProviderServer([reply(429)])
    await using client = clientFor(api.url, { retry: { maxAttempts: 2 } })
    await expect(client.get('/x')).rejects.toMatchObject({ name: 'RateLimitedError', retryAt: at('2024-01-15T12:00:15Z') })
  })

  test('pauses all requests to the provider, not just the one', async () => {
    const clock = createTestClock('2024-01-15T12:00:00Z', { held: true })
    await using api = await startProviderServer({ '/a': [reply(429, { 'retry-after': '30' }), fine], '/b': fine, '/c': fine })
    await using client = clientFor(api.url, { clock })
    const first = client.get('/a')
    await clock.sleeping(1)
    const others = [client.get('/b'), client.get('/c')]
    await clock.sleeping(3)
    clock.advance(29_999)
    expect(api.requests.map(request => request.path)).toEqual(['/a'])

    clock.advance(1)
    await Promise.all([first, ...others])
    expect(api.requests.map(request => request.path).sort()).toEqual(['/a', '/a', '/b', '/c'])
  })

  test('also pauses those who queued before it came', async () => {
    const clock = createTestClock('2024-01-15T12:00:00Z', { held: true })
    await using api = await startProviderServer({ '/a': [reply(429, { 'retry-after': '30' }), fine], '/b': fine })
    await using client = clientFor(api.url, { clock, limits: { maxConcurrent: 1 } })
    const both = [client.get('/a'), client.get('/b')]
    await clock.sleeping(2)
    expect(api.requests).toHaveLength(1)

    clock.advance(30_000)
    await Promise.all(both)
    expect(api.requests).toHaveLength(3)
  })
})
