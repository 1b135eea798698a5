import { text } from 'node:stream/consumers'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { hang, type Reply, reply, stall, startProviderServer } from '../support/provider-server.ts'
import { clientFor } from './client-for.ts'

const mib = 1024 * 1024
const csv = 'game_id,season\n'.repeat(100_000)
const fine = reply(200, {}, csv)

describe('deadlines', () => {
  test('do not hold for who takes the file', async () => {
    await using api = await startProviderServer([fine])
    await using client = clientFor(api.url, { limits: { totalTimeoutMs: 500, bodyTimeoutMs: 500, fileTimeoutMs: 500 } })
    const result = await client.download('/x', {}, async ({ chunks }) => {
      await delay(600)
      let bytes = 0
      for await (const chunk of chunks) {
        // Longer than the time-outs of undici, which are up to a second late.
        if (bytes === 0) await delay(1800)
        bytes += chunk.length
      }
      await delay(600)
      return bytes
    })
    expect(result).toMatchObject({ value: csv.length })
    expect(client.requests).toBe(1)
  })

  test('of a body hold for the network: one that stalls is asked again', async () => {
    await using api = await startProviderServer([stall('game_id\n'), fine])
    await using client = clientFor(api.url, { limits: { bodyTimeoutMs: 50 } })
    expect(await client.download('/x', {}, ({ chunks }) => text(chunks))).toMatchObject({ value: csv })
    expect(client.requests).toBe(2)
    expect(client.retryEvents[0]?.message).toContain('nba-cdn stopped in the middle of its response to GET /x')
  })

  test('of a file hold for the network as a whole: one that trickles is asked again', async () => {
    const trickle: Reply = {
      send(response) {
        const timer = setInterval(() => response.write('game_id\n'), 20)
        response.on('close', () => clearInterval(timer))
      },
    }
    await using api = await startProviderServer([trickle, fine])
    await using client = clientFor(api.url, { limits: { fileTimeoutMs: 300 } })
    expect(await client.download('/x', {}, ({ chunks }) => text(chunks))).toMatchObject({ value: csv })
    expect(client.requests).toBe(2)
    expect(client.retryEvents[0]?.message).toContain('nba-cdn did not finish within 0.3 s answering GET /x')
  })
})

describe('a file over the limit', () => {
  const long = 'x'.repeat(3 * mib)
  const announced: Reply = { send: response => void response.writeHead(200, { 'content-length': long.length }).flushHeaders() }
  const unannounced: Reply = { send: response => void response.writeHead(200).end(long) }

  test.each([
    ['announced', announced],
    ['not announced', unannounced],
    ['small on the wire', reply(200, { 'content-encoding': 'gzip' }, gzipSync(long))],
    ['a gzip file', reply(200, {}, gzipSync(long))],
    ['a gzip file, encoded with gzip', reply(200, { 'content-encoding': 'gzip' }, gzipSync(gzipSync(long)))],
  ])('%s is cut off there, and not asked for again', async (_, answer) => {
    await using api = await startProviderServer([answer])
    await using client = clientFor(api.url, { limits: { maxFileBytes: 2 * mib, maxBodyBytes: 1024 } })
    let bytes = 0
    const asked = client.download('/x', {}, async ({ chunks }) => {
      for await (const chunk of chunks) bytes += chunk.length
    })
    const message = 'nba-cdn sent more than the limit of 2 MiB to GET /x.'
    await expect(asked).rejects.toMatchObject({ name: 'PayloadError', message })
    expect(bytes).toBeLessThanOrEqual(2 * mib)
    expect(api.requests).toHaveLength(1)
  })
})

test('no more is taken from the network than is taken from us', async () => {
  const piece = Buffer.alloc(64 * 1024, 'x')
  const all = 200 * mib
  let sent = 0
  const large: Reply = {
    send(response) {
      response.writeHead(200, { 'content-length': all })
      const fill = () => {
        while (sent < all) {
          sent += piece.length
          if (!response.write(piece)) return
        }
        response.end()
      }
      response.on('drain', fill)
      fill()
    },
  }
  await using api = await startProviderServer([large])
  await using client = clientFor(api.url)
  let [taken, most] = [0, 0]
  await client.download('/x', {}, async ({ chunks }) => {
    for await (const chunk of chunks) {
      await turn() // slower than the network
      taken += chunk.length
      most = Math.max(most, sent - taken)
    }
  })
  expect(taken).toBe(all)
  // Most of it in the buffers of the sockets, which the system may let grow to 10 MB.
  expect(most).toBeLessThan(16 * mib)
})

describe('a signal', () => {
  const reason = new Error('stop')

  test('ends the wait for a file that does not begin', async () => {
    await using api = await startProviderServer([hang()])
    await using client = clientFor(api.url)
    const stop = new AbortController()
    const asked = client.download('/x', { signal: stop.signal }, ({ chunks }) => text(chunks))
    await api.received(1)
    stop.abort(reason)
    await expect(asked).rejects.toBe(reason)
  })

  test('ends the chunks at once, in the middle of a file, and the whole once who takes them has ended', async () => {
    await using api = await startProviderServer([stall('game_id\n')])
    await using client = clientFor(api.url)
    const stop = new AbortController()
    const story: unknown[] = []
    const asked = client.download('/x', { signal: stop.signal }, async ({ chunks }) => {
      try {
        for await (const chunk of chunks) {
          story.push(String(chunk))
          setImmediate(() => stop.abort(reason))
        }
      } catch (error) {
        story.push(error)
        await delay(20)
        story.push('rolled back')
        throw new Error('The connection of the database is gone.')
      }
    })
    await expect(asked).rejects.toBe(reason)
    expect(story).toEqual(['game_id\n', reason, 'rolled back'])
    expect(client.retryEvents).toEqual([])
  })
})

test('a client that is closed ends what is on its way', async () => {
  await using api = await startProviderServer([stall('game_id\n')])
  await using client = clientFor(api.url)
  const asked = client.download('/x', {}, async ({ chunks }) => {
    for await (const _ of chunks) setImmediate(() => client.close())
  })
  await expect(asked).rejects.toThrow('The client of nba-cdn was closed before GET /x was answered.')
})

test('a place is held until the file is taken', async () => {
  await using api = await startProviderServer({ '/file': fine, '/other': reply(200, {}, {}) })
  await using client = clientFor(api.url, { limits: { maxConcurrent: 1 } })
  let other: Promise<unknown> | undefined
  const story: string[] = []
  await client.download('/file', {}, async ({ chunks }) => {
    other = client.get('/other').then(() => story.push('other'))
    await text(chunks)
    await delay(50)
    story.push('file')
  })
  await other
  expect(story).toEqual(['file', 'other'])
})
