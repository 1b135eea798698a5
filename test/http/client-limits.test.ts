import type { OutgoingHttpHeaders } from 'node:http'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { PayloadError, StoreError } from '../../src/core/errors.ts'
import type { RateBudget } from '../../src/core/rate-budget.ts'
import { hang, type Reply, reply, stall, startProviderServer } from '../support/provider-server.ts'
import { createTestClock } from '../support/test-clock.ts'
import { clientFor } from './client-for.ts'

const fine = reply(200, {}, { gameId: '0022400561' })

describe('a body over the limit', () => {
  const long = JSON.stringify('x'.repeat(3 * 1024 * 1024))
  const announced: Reply = { send: response => void response.writeHead(200, { 'content-length': long.length }).flushHeaders() }
  const unannounced: Reply = { send: response => void response.writeHead(200).end(long) }

  test.each([
    ['announced, not yet sent', announced],
    ['not announced', unannounced],
    ['small on the wire (gzip)', reply(200, { 'content-encoding': 'gzip' }, gzipSync(long))],
    ['small on the wire (br)', reply(200, { 'content-encoding': 'br' }, brotliCompressSync(long))],
    ['twice packed', reply(200, { 'content-encoding': 'gzip, gzip' }, gzipSync(gzipSync(long)))],
  ])('%s is a malformed payload that names the limit, and is not asked for again', async (_, answer) => {
    await using api = await startProviderServer([answer])
    await using client = clientFor(api.url, { limits: { maxBodyBytes: 2 * 1024 * 1024 } })
    const error: unknown = await client.get('/x').catch(error => error)
    expect(error).toBeInstanceOf(PayloadError)
    expect(error).toMatchObject({ message: 'nba-cdn sent more than the limit of 2 MiB to GET /x.' })
    expect(api.requests).toHaveLength(1)
  })

  test.each([
    ['nested', `${'['.repeat(4_000_001)}${']'.repeat(4_000_001)}`],
    ['side by side', `[${'{},'.repeat(4_000_000)}0]`],
    ['fields', `{${'"a":0,'.repeat(4_000_000)}"a":0}`],
  ])('more values than memory is for, %s, are refused before they are read', async (_, body) => {
    await using api = await startProviderServer([reply(200, { 'content-encoding': 'gzip' }, gzipSync(body, { level: 1 }))])
    await using client = clientFor(api.url)
    const error: unknown = await client.get('/x').catch(error => error)
    expect(error).toBeInstanceOf(PayloadError)
    expect(error).toMatchObject({ message: 'nba-cdn sent more than the limit of 4000000 values to GET /x.' })
    expect(api.requests).toHaveLength(1)
  })

  test('a body of just the limit is welcome', async () => {
    const body = JSON.stringify('x'.repeat(98))
    await using api = await startProviderServer([reply(200, {}, body)])
    await using client = clientFor(api.url, { limits: { maxBodyBytes: 100 } })
    expect((await client.get('/x')).body).toHaveLength(100)
  })

  test.each([
    ['plain', {}, 'x'.repeat(65_536)],
    ['packed', { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(16 * 1024 * 1024))],
    ['packed, of nothing', { 'content-encoding': 'gzip' }, Buffer.concat(Array(1000).fill(gzipSync('')))],
  ])('a body without end, %s, is cut off as it streams', async (_, headers, piece) => {
    await using api = await startProviderServer([endless(headers, piece)])
    await using client = clientFor(api.url, { limits: { maxBodyBytes: 1024 * 1024 } })
    await expect(client.get('/x')).rejects.toThrow('sent more than the limit of 1 MiB')
  })

  test('a no is known by its first 4 KiB, whatever follows', async () => {
    await using api = await startProviderServer([endless({}, 'x'.repeat(1000), 403)])
    await using client = clientFor(api.url, { limits: { maxBodyBytes: 1024 * 1024 } })
    await expect(client.get('/x')).rejects.toMatchObject({ kind: 'refused', body: 'x'.repeat(4096) })
  })
})

/** Sends a piece again and again until the client hangs up. */
const endless = (headers: OutgoingHttpHeaders, piece: string | Buffer, status = 200): Reply => ({
  send(response) {
    response.writeHead(status, headers)
    const fill = () => {
      if (!response.destroyed && response.write(piece)) setImmediate(fill)
    }
    response.on('drain', fill)
    fill()
  },
})

describe('a slower rate for some paths', () => {
  const slower = { isMeant: (path: string) => path.startsWith('/slow'), ratePerSecond: 5 }
  const gapsOf = (arrivals: readonly number[]) => arrivals.slice(1).map((at, i) => at - (arrivals[i] ?? 0))

  test('holds for these, within the rate of all, and the others do not wait for it', async () => {
    await using api = await startProviderServer([fine])
    await using client = clientFor(api.url, { slower, limits: { ratePerSecond: 50, maxConcurrent: 8 } })
    const slow = Promise.all([1, 2, 3].map(n => client.get(`/slow/${n}`)))
    const startedMs = performance.now()
    await Promise.all([1, 2, 3, 4, 5].map(n => client.get(`/quick/${n}`)))
    // Two waits of a fifth of a second would be longer.
    expect(performance.now() - startedMs).toBeLessThan(390)
    await slow
    const arrivals = (start: string) =>
      api.requests.filter(({ path }) => path.startsWith(start)).map(({ arrivedMs }) => arrivedMs)
    // An arrival may be late, and the one behind it in time.
    for (const gap of gapsOf(arrivals('/slow'))) expect(gap).toBeGreaterThan(150)
    expect(api.requests).toHaveLength(8)
  })
})

describe('the rate', () => {
  // Arrivals can only be late, so each bound counts from before the first request.
  const gapMs = 50

  test('holds for requests made at once', async () => {
    await using api = await startProviderServer([fine])
    await using client = clientFor(api.url, { limits: { ratePerSecond: 1000 / gapMs } })
    const startedMs = performance.now()
    await Promise.all(Array.from({ length: 6 }, () => client.get('/x')))
    expect(api.requests).toHaveLength(6)
    for (const [n, { arrivedMs }] of api.requests.entries()) expect(arrivedMs - startedMs).toBeGreaterThanOrEqual(n * gapMs)
  })

  test('holds for repeated requests and for redirects', async () => {
    await using api = await startProviderServer({ '/x': [reply(500), reply(302, { location: '/y' })], '/y': fine })
    await using client = clientFor(api.url, { limits: { ratePerSecond: 1000 / gapMs }, random: () => 0 })
    const startedMs = performance.now()
    await client.get('/x')
    expect(api.requests.map(request => request.path)).toEqual(['/x', '/x', '/y'])
    for (const [n, { arrivedMs }] of api.requests.entries()) expect(arrivedMs - startedMs).toBeGreaterThanOrEqual(n * gapMs)
  })

  test('never has more requests in flight than allowed', async () => {
    let [inFlight, most] = [0, 0]
    await using api = await startProviderServer(async () => {
      most = Math.max(most, ++inFlight)
      await new Promise(resolve => setTimeout(resolve, 20))
      inFlight--
      return fine
    })
    await using client = clientFor(api.url, { limits: { maxConcurrent: 2 } })
    await Promise.all(Array.from({ length: 8 }, () => client.get('/x')))
    expect(most).toBe(2)
  })
})

describe('a signal', () => {
  const reason = new Error('stop')

  test('that aborted before asks nothing', async () => {
    await using api = await startProviderServer([fine])
    await using client = clientFor(api.url)
    await expect(client.get('/x', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(api.requests).toEqual([])
  })

  test.each([
    ['an answer that does not begin', hang()],
    ['a body that does not end', stall('{"a":')],
  ])('ends the wait for %s', async (_, fault) => {
    await using api = await startProviderServer([fault])
    await using client = clientFor(api.url)
    const stop = new AbortController()
    const asked = client.get('/x', { signal: stop.signal })
    await api.received(1)
    stop.abort(reason)
    await expect(asked).rejects.toBe(reason)
    expect(client.retryEvents).toEqual([])
  })

  test.each([
    ['before another attempt', reply(500)],
    ['the provider asked for', reply(429, { 'retry-after': '30' })],
  ])('ends a wait %s', async (_, fault) => {
    const clock = createTestClock('2024-01-15T12:00:00Z', { held: true })
    await using api = await startProviderServer([fault])
    await using client = clientFor(api.url, { clock })
    const stop = new AbortController()
    const asked = client.get('/x', { signal: stop.signal })
    await clock.sleeping(1)
    stop.abort(reason)
    await expect(asked).rejects.toBe(reason)
    expect(api.requests).toHaveLength(1)
  })

  test('ends a wait for a turn, and takes the turn of nobody else', async () => {
    await using api = await startProviderServer({ '/a': hang(), '/b': fine, '/c': fine })
    await using client = clientFor(api.url, { limits: { maxConcurrent: 1 } })
    const [first, second] = [new AbortController(), new AbortController()]
    const asked = [client.get('/a', { signal: first.signal }), client.get('/b', { signal: second.signal })]
    const third = client.get('/c')
    await api.received(1)
    second.abort(reason)
    await expect(asked[1]).rejects.toBe(reason)
    first.abort(reason)
    await expect(asked[0]).rejects.toBe(reason)
    expect((await third).status).toBe(200)
    expect(api.requests.map(request => request.path)).toEqual(['/a', '/c'])
    expect(client.requests).toBe(2)
  })
})

describe('closing', () => {
  test('ends what is under way, and what waits for its turn', async () => {
    await using api = await startProviderServer([hang()])
    await using client = clientFor(api.url, { limits: { maxConcurrent: 1 } })
    const asked = [client.get('/a'), client.get('/b')]
    const settled = Promise.allSettled(asked)
    await api.received(1)
    await client.close()
    expect(await settled).toMatchObject(
      ['/a', '/b'].map(path => ({
        status: 'rejected',
        reason: {
          name: 'ProviderUnavailableError',
          message: `The client of nba-cdn was closed before GET ${path} was answered.`,
        },
      })),
    )
    await client.close()
    await expect(client.get('/c')).rejects.toThrow('The client of nba-cdn was closed before GET /c was answered.')
    expect(api.requests).toHaveLength(1)
  })

  test('needs no request before it', async () => {
    await clientFor('http://127.0.0.1:9').close()
  })
})

describe('the budget', () => {
  function budgetOf(waitMs: number, told: Partial<RateBudget> = {}): RateBudget {
    return {
      reserve: async () => ({ waitMs, pausedMs: 0 }),
      left: async () => undefined,
      look: () => new Promise(() => {}),
      postpone: async () => {},
      pause: async () => {},
      ...told,
    }
  }

  test('alone says when a request starts', async () => {
    await using api = await startProviderServer([fine])
    await using client = clientFor(api.url, { limits: { ratePerSecond: 0.001 }, budget: budgetOf(0) })
    await Promise.all([client.get('/x'), client.get('/x'), client.get('/x')])
    expect(api.requests).toHaveLength(3)
  })

  test('finds the connection made when it gives the start', async () => {
    await using api = await startProviderServer([fine])
    await using client = clientFor(api.url, { budget: budgetOf(300) })
    await client.get('/x')
    const [{ arrivedMs, connectedMs } = { arrivedMs: 0, connectedMs: 0 }] = api.requests
    expect(arrivedMs - connectedMs).toBeGreaterThan(200)
  })

  test('is told of a pause, by the request that was told', async () => {
    const pauses: Date[] = []
    const budget = budgetOf(0, { pause: async at => void pauses.push(at) })
    await using api = await startProviderServer([reply(429, { 'retry-after': '30' }), fine])
    await using client = clientFor(api.url, { budget })
    await client.get('/x')
    expect(pauses).toEqual([new Date('2024-01-15T12:00:30Z')])
  })

  test('that is paused for longer than one waits is not asked again and again, nor told', async () => {
    let asked = 0
    const pauses: Date[] = []
    const reserve = async () => ({ waitMs: 0, pausedMs: ++asked * 3_600_000 })
    await using api = await startProviderServer([fine])
    await using client = clientFor(api.url, { budget: budgetOf(0, { reserve, pause: async at => void pauses.push(at) }) })
    for (let n = 0; n < 3; n++)
      await expect(client.get('/x')).rejects.toMatchObject({
        name: 'RateLimitedError',
        retryAt: new Date('2024-01-15T13:00:00Z'),
      })
    expect([asked, pauses, api.requests]).toEqual([1, [], []])
  })

  test('that fails fails the request', async () => {
    const gone = new StoreError('The database is gone.')
    await using api = await startProviderServer([fine])
    await using client = clientFor(api.url, { budget: budgetOf(0, { reserve: () => Promise.reject(gone) }) })
    await expect(client.get('/x')).rejects.toBe(gone)
    expect(api.requests).toEqual([])
  })
})
