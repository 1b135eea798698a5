import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ProviderRejectedError, ProviderUnavailableError } from '../../src/core/errors.ts'
import { Failure } from '../../src/http/failure.ts'
import type { CachedPayload, PayloadCache } from '../../src/http/get.ts'
import { redirectOf } from '../../src/http/redirect.ts'
import { reply, startProviderServer } from '../support/provider-server.ts'
import { at } from '../support/test-clock.ts'
import { clientFor } from './client-for.ts'

const game = { gameId: '0022400561' }

test('an answer tells all there is to know', async () => {
  const modified = 'Wed, 15 Jan 2025 08:00:00 GMT'
  await using api = await startProviderServer([reply(200, { etag: '"1"', 'last-modified': modified }, game)])
  await using client = clientFor(api.url)
  const answer = await client.get('/game.json?day=2025-01-15')
  expect(answer).toMatchObject({
    url: `${api.url}/game.json?day=2025-01-15`,
    status: 200,
    body: Buffer.from(JSON.stringify(game)),
    etag: '"1"',
    lastModified: modified,
    fetchedAt: at('2024-01-15T12:00:00Z'),
  })
  expect(answer.json()).toEqual(game)
  expect(client.requests).toBe(1)
})

test('the body is parsed once', async () => {
  await using api = await startProviderServer([reply(200, {}, game)])
  await using client = clientFor(api.url)
  const answer = await client.get('/game.json')
  expect(answer.json()).toBe(answer.json())
})

test('a request says who asks, and carries the headers of the provider', async () => {
  await using api = await startProviderServer([reply(200, {}, game)])
  await using client = clientFor(api.url.replace('//', '//me:secret@'), { headers: { Referer: 'https://www.nba.com/' } })
  await client.get('/game.json')
  expect(api.requests[0]?.headers).toMatchObject({
    'user-agent': 'sports-ingest',
    accept: 'application/json',
    'accept-encoding': 'gzip, br',
    referer: 'https://www.nba.com/',
    authorization: `Basic ${btoa('me:secret')}`,
  })
})

test('a path prefix of the base address stays', async () => {
  await using api = await startProviderServer({ '/cdn.nba.com/game.json': reply(200, {}, game) })
  await using client = clientFor(`${api.url}/cdn.nba.com`)
  expect((await client.get('/game.json')).json()).toEqual(game)
})

test('secrets in a query reach the provider, and nobody else', async () => {
  await using api = await startProviderServer([reply(200, {}, game)])
  await using client = clientFor(api.url.replace('//', '//me:secret@'))
  const answer = await client.get('/game.json?api_key=abc')
  expect(api.requests[0]?.path).toBe('/game.json?api_key=abc')
  expect(answer.url).toBe(`${api.url}/game.json?api_key=REDACTED`)
  expect(client.requestEvents).toEqual([{ provider: 'nba-cdn', path: '/game.json?api_key=REDACTED', status: 200, elapsedMs: 0 }])
})

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
  ['zstd', zstdCompressSync],
  ['identity', (body: string) => Buffer.from(body)],
  ['gzip, br', (body: string) => brotliCompressSync(gzipSync(body))],
])('a body in %s is decoded', async (encoding, pack) => {
  await using api = await startProviderServer([reply(200, { 'content-encoding': encoding }, pack(JSON.stringify(game)))])
  await using client = clientFor(api.url)
  const answer = await client.get('/game.json')
  expect(answer.json()).toEqual(game)
  expect(answer.body).toEqual(Buffer.from(JSON.stringify(game)))
})

test('creating a client asks nothing', async () => {
  await using api = await startProviderServer([reply(200)])
  await using client = clientFor(api.url)
  expect([api.requests, client.requests]).toEqual([[], 0])
})

describe('a body that was kept', () => {
  const kept = (changes: Partial<CachedPayload> = {}): PayloadCache & { asked: string[] } => {
    const asked: string[] = []
    return {
      asked,
      async find(provider, url) {
        asked.push(`${provider} ${url}`)
        return {
          etag: '"1"',
          lastModified: 'Wed, 15 Jan 2025 08:00:00 GMT',
          body: async () => Buffer.from(JSON.stringify(game)),
          ...changes,
        }
      },
    }
  }

  test('is the answer where the provider says that it did not change', async () => {
    await using api = await startProviderServer([reply(304, { etag: '"1"' })])
    const archive = kept()
    await using client = clientFor(api.url, { archive })
    const answer = await client.get('/game.json')
    expect(api.requests[0]?.headers).toMatchObject({
      'if-none-match': '"1"',
      'if-modified-since': 'Wed, 15 Jan 2025 08:00:00 GMT',
    })
    expect(answer).toMatchObject({ status: 304, etag: '"1"', body: Buffer.from(JSON.stringify(game)) })
    expect(answer.json()).toEqual(game)
    expect(client.requests).toBe(1)
    expect(archive.asked).toEqual([`nba-cdn ${api.url}/game.json`])
  })

  test('gives way to a new one', async () => {
    await using api = await startProviderServer([reply(200, { etag: '"2"' }, { gameId: 'new' })])
    await using client = clientFor(api.url, { archive: kept() })
    const answer = await client.get('/game.json')
    expect(answer).toMatchObject({ status: 200, etag: '"2"' })
    expect(answer.json()).toEqual({ gameId: 'new' })
  })

  test('that was pruned meanwhile is asked for again, without conditions', async () => {
    await using api = await startProviderServer([reply(304), reply(200, {}, game)])
    await using client = clientFor(api.url, { archive: kept({ body: async () => undefined }) })
    expect((await client.get('/game.json')).status).toBe(200)
    expect(client.requests).toBe(2)
    expect(api.requests[1]?.headers).not.toHaveProperty('if-none-match')
    expect(api.requests[1]?.headers).not.toHaveProperty('if-modified-since')
    expect(client.clock.waits).toEqual([])
  })

  test('"not changed" to a request without conditions is asked once more, then given up', async () => {
    await using api = await startProviderServer([reply(304)])
    await using client = clientFor(api.url)
    await expect(client.get('/game.json')).rejects.toThrow(ProviderUnavailableError)
    expect(api.requests).toHaveLength(2)
  })
})

describe('a redirect', () => {
  test('is followed, and counted', async () => {
    await using api = await startProviderServer({
      '/old': reply(302, { location: '/new?x=1' }),
      '/new?x=1': reply(200, {}, game),
    })
    await using client = clientFor(api.url)
    expect((await client.get('/old')).url).toBe(`${api.url}/old`)
    expect(client.requests).toBe(2)
    expect(client.retryEvents).toEqual([])
  })

  test('to another origin leaves credentials behind', async () => {
    await using elsewhere = await startProviderServer([reply(200, {}, game)])
    await using api = await startProviderServer([reply(302, { location: elsewhere.url.replace('//', '//you:too@') })])
    await using client = clientFor(api.url, { headers: { authorization: 'Bearer x', cookie: 'a=b', 'x-api-key': 'abc' } })
    await client.get('/old')
    expect(api.requests[0]?.headers).toMatchObject({ authorization: 'Bearer x', cookie: 'a=b', 'x-api-key': 'abc' })
    expect(Object.keys(elsewhere.requests[0]?.headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ])
  })

  test('is followed five times, not six', async () => {
    const chain = (last: number) =>
      startProviderServer(({ path }) => {
        const step = Number(path.slice(1))
        return step === last ? reply(200, {}, game) : reply(301, { location: `/${step + 1}` })
      })
    await using short = await chain(5)
    await using patient = clientFor(short.url)
    await patient.get('/0')
    expect(patient.requests).toBe(6)

    await using long = await chain(6)
    await using client = clientFor(long.url)
    await expect(client.get('/0')).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('redirected more than 5 times during GET /0'),
    })
    expect(long.requests).toHaveLength(6)
  })

  test.each(['http://cdn.nba.com/x', 'ftp://cdn.nba.com/x', 'http://['])('from https to %s is not followed', location => {
    const from = new URL('https://cdn.nba.com/x')
    expect(() => redirectOf({ status: 302, headers: { location }, body: Buffer.alloc(0) }, from)).toThrow(Failure)
  })

  test('from http to https is followed', () => {
    const headers = { location: 'https://cdn.nba.com/x' }
    expect(redirectOf({ status: 302, headers, body: Buffer.alloc(0) }, new URL('http://cdn.nba.com/x'))?.href).toBe(
      'https://cdn.nba.com/x',
    )
  })

  test('without a target is a no', async () => {
    await using api = await startProviderServer([reply(302)])
    await using client = clientFor(api.url)
    await expect(client.get('/old')).rejects.toThrow(ProviderRejectedError)
    expect(api.requests).toHaveLength(1)
  })
})
