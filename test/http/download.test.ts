import { createHash } from 'node:crypto'
import type { OutgoingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { BugError, ProviderUnavailableError } from '../../src/core/errors.ts'
import type { Download } from '../../src/http/download.ts'
import { type Reply, reply, startProviderServer } from '../support/provider-server.ts'
import { clientFor } from './client-for.ts'

const csv = 'game_id,season\n2024_01_BAL_KC,2024\n'
const packed = gzipSync(csv)
const octets = { 'content-type': 'application/octet-stream' }
const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')
const read = async (file: Download) => ({ body: await text(file.chunks), ...file.sum() })
const whole = (body: string) => ({ body, hash: sha256(body), bytes: body.length })

/** In pieces of one byte, each written when the one before has left. */
const bytewise = (body: Buffer): Reply => ({
  send(response) {
    response.writeHead(200)
    const next = (n: number) => (n < body.length ? response.write(body.subarray(n, n + 1), () => next(n + 1)) : response.end())
    next(0)
  },
})

test('a file tells all there is to know, before it comes and after', async () => {
  const modified = 'Wed, 15 Jan 2025 08:00:00 GMT'
  await using api = await startProviderServer([reply(200, { etag: '"1"', 'last-modified': modified }, csv)])
  await using client = clientFor(api.url)
  let before: Omit<Download, 'chunks' | 'sum' | 'isOpenEnded'> | undefined
  const result = await client.download('/games.csv?token=abc', {}, file => {
    const { chunks, sum, isOpenEnded, ...facts } = file
    expect(sum).toThrow(BugError)
    before = facts
    return read(file)
  })
  const validators = { etag: '"1"', lastModified: modified }
  expect(before).toEqual({ url: `${api.url}/games.csv?token=REDACTED`, ...validators })
  expect(result).toEqual({ status: 'loaded', value: whole(csv), ...validators })
  expect(client.requests).toBe(1)
  expect(api.requests[0]?.headers).toMatchObject({ accept: '*/*', 'accept-encoding': 'gzip, br' })
})

test.each([
  ['as it is', reply(200, {}, csv)],
  ['encoded with gzip', reply(200, { 'content-encoding': 'gzip' }, packed)],
  ['encoded with br', reply(200, { 'content-encoding': 'br' }, brotliCompressSync(csv))],
  ['as a gzip file', reply(200, octets, packed)],
  ['as a gzip file that is called text', reply(200, { 'content-type': 'text/csv' }, packed)],
  ['as a gzip file of several members', reply(200, octets, Buffer.concat([gzipSync(csv.slice(0, 9)), gzipSync(csv.slice(9))]))],
  ['as a gzip file that is padded', reply(200, octets, Buffer.concat([packed, Buffer.alloc(1024)]))],
  ['as a gzip file, encoded with gzip', reply(200, { ...octets, 'content-encoding': 'gzip' }, gzipSync(packed))],
  ['byte by byte', bytewise(Buffer.from(csv))],
  ['as a gzip file, byte by byte', bytewise(packed)],
])('a file that comes %s is the same file', async (_, answer) => {
  await using api = await startProviderServer([answer])
  await using client = clientFor(api.url)
  const result = await client.download('/games.csv.gz', {}, read)
  expect(result).toMatchObject({ value: whole(csv) })
  expect(client.requests).toBe(1)
})

test.each([' \n', '\n\nab', 'ab', '1', '\x1f'])('a file of a few bytes is one, too (%#)', async body => {
  await using api = await startProviderServer([reply(200, {}, body)])
  await using client = clientFor(api.url)
  expect(await client.download('/x', {}, read)).toMatchObject({ value: whole(body) })
  expect(client.requests).toBe(1)
})

test('a large file comes in pieces, over one connection with the next', async () => {
  const large = Array.from({ length: 100_000 }, (_, n) => `2024_01_BAL_KC,${n}\n`).join('')
  await using api = await startProviderServer([reply(200, octets, gzipSync(large))])
  await using client = clientFor(api.url)
  for (let n = 0; n < 2; n++) {
    const result = await client.download('/x', {}, async ({ chunks, sum }) => {
      const sizes: number[] = []
      for await (const { length } of chunks) sizes.push(length)
      return { sizes, ...sum() }
    })
    if (result.status === 'unchanged') throw new Error('It was not asked whether it has changed.')
    const { sizes, ...sum } = result.value
    expect(sum).toEqual({ hash: sha256(large), bytes: large.length })
    expect(sizes.length).toBeGreaterThan(4)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024)
  }
  expect(new Set(api.requests.map(({ connectedMs }) => connectedMs)).size).toBe(1)
})

describe('a known file', () => {
  const known = { etag: '"1"', lastModified: 'Wed, 15 Jan 2025 08:00:00 GMT' }
  const unread = () => Promise.reject(new Error('There is nothing to read.'))

  test('that is the same where it redirects to is not sent; credentials are not either', async () => {
    await using storage = await startProviderServer([reply(304)])
    await using api = await startProviderServer([reply(302, { location: `${storage.url}/asset?sig=1` })])
    await using client = clientFor(api.url, { headers: { authorization: 'Bearer x' } })
    expect(await client.download('/x.csv.gz', { known }, unread)).toEqual({ status: 'unchanged' })
    expect(client.requests).toBe(2)
    expect(api.requests[0]?.headers).toMatchObject({ authorization: 'Bearer x' })
    const [seen] = storage.requests
    expect(seen?.headers).toMatchObject({ 'if-none-match': known.etag, 'if-modified-since': known.lastModified })
    expect(seen?.headers).not.toHaveProperty('authorization')
  })

  test('that has changed is sent', async () => {
    await using storage = await startProviderServer([reply(200, { ...octets, etag: '"2"' }, packed)])
    await using api = await startProviderServer([reply(302, { location: storage.url })])
    await using client = clientFor(api.url)
    const result = await client.download('/x.csv.gz', { known }, read)
    expect(result).toMatchObject({ status: 'loaded', value: whole(csv), etag: '"2"' })
    expect(client.requests).toBe(2)
  })

  test.each([{}, { known: {} }])(
    'is none without validators: "not changed" is asked once more, then given up (%#)',
    async options => {
      await using api = await startProviderServer([reply(304)])
      await using client = clientFor(api.url)
      await expect(client.download('/x', options, unread)).rejects.toThrow(ProviderUnavailableError)
      expect(api.requests).toHaveLength(2)
      expect(api.requests[1]?.headers).not.toHaveProperty('if-none-match')
    },
  )
})

describe('what the taker does', () => {
  test('that it fails is told as it is, and nothing is asked again', async () => {
    const own = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) // from its database, say
    await using api = await startProviderServer([reply(200, {}, csv)])
    await using client = clientFor(api.url)
    await expect(client.download('/x', {}, () => Promise.reject(own))).rejects.toBe(own)
    expect([api.requests.length, client.retryEvents]).toEqual([1, []])
  })

  test('that it fails in the middle closes the connection', async () => {
    const { promise: closed, resolve: close } = Promise.withResolvers<void>()
    const endless: Reply = {
      send(response) {
        response.on('close', close).writeHead(200).write(csv)
      },
    }
    await using api = await startProviderServer([endless])
    await using client = clientFor(api.url)
    const own = new Error('A row has too few columns.')
    const asked = client.download('/x', {}, async ({ chunks }) => {
      for await (const _ of chunks) throw own
    })
    await expect(asked).rejects.toBe(own)
    await closed
  })

  test.each([
    ['nothing', async () => {}],
    ['a part', async ({ chunks }: Download) => void (await chunks[Symbol.asyncIterator]().next())],
  ])('that it reads %s and is content is a mistake', async (_, consume) => {
    await using api = await startProviderServer([reply(200, {}, csv)])
    await using client = clientFor(api.url)
    await expect(client.download('/x', {}, consume)).rejects.toThrow(
      new BugError('The consumer of GET /x must read it to its end.'),
    )
    expect(api.requests).toHaveLength(1)
  })
})

/** A body that ends with its connection, as HTTP/1.0 has it. */
const openEnded = (body: string | Buffer, headers: OutgoingHttpHeaders = {}): Reply => ({
  send(response) {
    response.useChunkedEncodingByDefault = false
    response.shouldKeepAlive = false
    response.writeHead(200, headers)
    response.end(body)
  },
})

describe('a file that ends with its connection', () => {
  const consume = async (file: Download) => ({ ...(await read(file)), isOpenEnded: file.isOpenEnded() })

  test.each<[string, Reply, boolean]>([
    ['with a line end is whole', openEnded(csv), true],
    ['is whole where it is encoded', openEnded(gzipSync('a,b'), { 'content-encoding': 'gzip' }), false],
    ['is whole where it is packed', openEnded(gzipSync('a,b')), false],
  ])('%s', async (_, answer, isOpenEnded) => {
    await using api = await startProviderServer([answer])
    await using client = clientFor(api.url)
    expect(await client.download('/x', {}, consume)).toMatchObject({ value: { isOpenEnded } })
    expect(client.requests).toBe(1)
  })

  test('within a line is asked for again, and not whole at last', async () => {
    await using api = await startProviderServer([openEnded('a,b\n1,2'), openEnded('a,b\n1'), reply(200, {}, 'a,b\n1,2')])
    await using client = clientFor(api.url, { retry: { maxAttempts: 2 } })
    await expect(client.download('/x', {}, consume)).rejects.toMatchObject({
      name: 'ProviderUnavailableError',
      message: expect.stringContaining('closed the connection within a line of its response to GET /x'),
    })
    expect(await client.download('/x', {}, consume)).toMatchObject({ value: { isOpenEnded: false } })
  })
})

test.each([
  ['text/csv; charset=iso-8859-1', 'iso-8859-1'],
  ["text/csv; charset='utf-8'", 'utf-8'],
  ['application/octet-stream; charset=binary', undefined],
  ['text/csv;header=present;Charset="UTF-8"', 'UTF-8'],
  ['text/csv', undefined],
])('a file called %s is in %s', async (type, charset) => {
  await using api = await startProviderServer([reply(200, { 'content-type': type }, csv)])
  await using client = clientFor(api.url)
  const result = await client.download('/x', {}, async file => ({ ...(await read(file)), charset: file.charset }))
  expect(result).toMatchObject({ value: { charset } })
})
