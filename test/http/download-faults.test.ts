import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Download } from '../../src/http/download.ts'
import { breakOff, type Reply, reply, startProviderServer } from '../support/provider-server.ts'
import { clientFor } from './client-for.ts'

const csv = Array.from({ length: 20_000 }, (_, n) => `2024_01_BAL_KC,${n}\n`).join('')
const packed = gzipSync(csv)
const fine = reply(200, { 'content-type': 'application/octet-stream' }, packed)
const encoded = { 'content-encoding': 'gzip' }

const flipped = Buffer.from(packed)
flipped.writeUInt8(flipped.readUInt8(packed.length - 6) ^ 1, packed.length - 6) // in the checksum

/** Breaks the connection in the middle of a body whose length it has not told. */
const cutOff = (after: string | Buffer): Reply => ({
  send(response) {
    response.writeHead(200)
    response.write(after, () => response.socket?.destroy())
  },
})

const unavailable = { name: 'ProviderUnavailableError' }
const refused = { name: 'ProviderRejectedError', kind: 'refused' }
const malformed = { name: 'PayloadError' }

const faults: [string, object, Reply][] = [
  ['sent a damaged body', unavailable, reply(200, {}, packed.subarray(0, -12))],
  ['sent a damaged body', unavailable, reply(200, {}, packed.subarray(0, 2))],
  ['sent a damaged body', unavailable, reply(200, encoded, packed.subarray(0, -12))],
  ['sent a damaged body', unavailable, reply(200, {}, flipped)],
  ['sent a damaged body', unavailable, reply(200, encoded, csv)],
  ['closed the connection', unavailable, breakOff()],
  ['closed the connection', unavailable, breakOff(csv)],
  ['closed the connection', unavailable, breakOff(packed)],
  ['closed the connection', unavailable, cutOff(csv)],
  ['closed the connection', unavailable, cutOff(packed.subarray(0, 100))],
  ['sent an HTML page instead of a file', refused, reply(200, {}, '\uFEFF \n<!DOCTYPE html>')],
  ['sent an HTML page instead of a file', refused, reply(200, encoded, gzipSync('<html>'))],
  ['sent an HTML page instead of a file', refused, reply(200, { 'content-type': 'text/html' }, 'Too busy.')],
  ['sent an empty body', malformed, reply(200)],
  ['sent an empty body', malformed, reply(200, {}, gzipSync(''))],
]

describe.each(faults)('a provider that %s (%#)', (did, error, fault) => {
  test('once is asked again, and the file is taken from its beginning', async () => {
    await using api = await startProviderServer([fault, fine])
    await using client = clientFor(api.url)
    const result = await client.download('/stats.csv.gz', {}, ({ chunks }) => text(chunks))
    expect(result).toMatchObject({ value: csv })
    expect(client.requests).toBe(2)
    expect(client.clock.waits).toEqual([5_000])
    const message = String(client.retryEvents[0]?.message)
    expect(message.startsWith(`nba-cdn ${did} `)).toBe(true)
    expect(message.endsWith(' GET /stats.csv.gz; trying again at 12:00:05Z')).toBe(true)
  })

  test('each time is given up', async () => {
    await using api = await startProviderServer([fault])
    await using client = clientFor(api.url, { retry: { maxAttempts: 2 } })
    await expect(client.download('/x', {}, ({ chunks }) => text(chunks))).rejects.toMatchObject(error)
    expect(api.requests).toHaveLength(2)
  })
})

test('the taker begins again with the file', async () => {
  await using api = await startProviderServer([reply(200, {}, packed.subarray(0, -12)), fine])
  await using client = clientFor(api.url)
  const taken: number[] = []
  await client.download('/x', {}, async ({ chunks }) => {
    const turn = taken.push(0) - 1
    for await (const { length } of chunks) taken[turn] = (taken[turn] ?? 0) + length
  })
  expect(taken).toEqual([expect.any(Number), csv.length])
})

test('a page is told with its beginning', async () => {
  await using api = await startProviderServer([reply(200, {}, `<html>${'x'.repeat(100_000)}`)])
  await using client = clientFor(api.url)
  const error = await client.download('/x', {}, ({ chunks }) => text(chunks)).catch(error => error)
  expect(error).toMatchObject({ ...refused, body: `<html>${'x'.repeat(4096 - 6)}` })
})

test.each([
  [401, { kind: 'refused' }],
  [403, { kind: 'refused' }],
  [404, { kind: 'not-found' }],
  [416, { kind: 'rejected' }],
])('a no (%i) is not asked twice, and its body is evidence', async (status, error) => {
  await using api = await startProviderServer([reply(status, {}, 'No.'.repeat(3000))])
  await using client = clientFor(api.url)
  const asked = client.download('/x', {}, () => Promise.reject(new Error('There is nothing to take.')))
  const body = 'No.'.repeat(3000).slice(0, 4096)
  await expect(asked).rejects.toMatchObject({ name: 'ProviderRejectedError', body, ...error })
  expect(api.requests).toHaveLength(1)
})

test('a pause the provider asks for is kept', async () => {
  await using api = await startProviderServer([reply(429, { 'retry-after': '30' }), reply(503), fine])
  await using client = clientFor(api.url)
  expect(await client.download('/x', {}, ({ chunks }) => text(chunks))).toMatchObject({ value: csv })
  expect(client.requests).toBe(3)
  expect(client.clock.waits).toEqual([30_000, 5_000])
})

describe('a file that fails', () => {
  const failing: [string, (file: Download) => Promise<unknown>][] = [
    ['breaks', ({ chunks }) => text(chunks).catch(cause => Promise.reject(new Error('COPY failed.', { cause })))],
    ['is kept secret by', ({ chunks }) => text(chunks).catch(() => 'fine')],
  ]
  test.each(failing)('and %s the taker is the cause, and asked for again', async (_, consume) => {
    await using api = await startProviderServer([reply(200, {}, packed.subarray(0, -12)), fine])
    await using client = clientFor(api.url)
    expect(await client.download('/x', {}, consume)).toMatchObject({ value: csv })
    expect(client.requests).toBe(2)
  })
})
