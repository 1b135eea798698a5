import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { errors } from 'undici'
import { describe, expect, test } from 'vitest'
import type { Failure } from '../../src/http/failure.ts'
import { networkFailure } from '../../src/http/network-failure.ts'
import { clientFor } from './client-for.ts'

/** A server of bytes: `greeting` when a connection is made, `answer` to what is sent. */
async function startBytes({ greeting = '', answer = '' }: { greeting?: string | Buffer; answer?: string | Buffer }) {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => {}))
    if (greeting.length > 0) socket.write(greeting)
    socket.once('data', () => socket.end(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const answers: [string, Parameters<typeof startBytes>[0], RegExp][] = [
  ['a banner', { greeting: 'SSH-2.0-OpenSSH_9.6\r\n' }, /not HTTP/],
  ['a banner when asked', { answer: 'SSH-2.0-OpenSSH_9.6\r\n' }, /not HTTP/],
  ['random bytes', { answer: Buffer.from([0xff, 0x00, 0x16, 0x03, 0x01, 0x0a]) }, /not HTTP/],
  ['a body without a head', { answer: '{"games":[]}' }, /not HTTP/],
  ['an unknown protocol', { answer: 'HTTP/7.3 200 OK\r\n\r\n{}' }, /not HTTP/],
  ['a broken header', { answer: 'HTTP/1.1 200 OK\r\nbad header\r\n\r\n{}' }, /not HTTP/],
  ['two lengths', { answer: 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}' }, /truncated body/],
  ['broken chunks', { answer: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}' }, /not HTTP/],
  ['an upgrade', { answer: 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n' }, /./],
  ['a TLS alert', { answer: Buffer.from([0x15, 3, 1, 0, 2, 2, 10]) }, /./],
  ['an HTTP/2 frame', { greeting: Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]) }, /./],
  ['status 000', { answer: 'HTTP/1.1 000 X\r\ncontent-length: 0\r\n\r\n' }, /./],
  ['a length that is no number', { answer: 'HTTP/1.1 200 OK\r\ncontent-length: abc\r\n\r\n{}' }, /./],
  [
    'two types',
    { answer: 'HTTP/1.1 500 X\r\ncontent-type: a\r\ncontent-type: b\r\netag: a\r\netag: b\r\ncontent-length: 0\r\n\r\n' },
    /./,
  ],
  ['too many headers', { answer: `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\n\r\n{}` }, /headers over the limit/],
]

describe.each(answers)('%s instead of HTTP', (_, bytes, said) => {
  test.each(['get', 'download'] as const)('is an outage for %s: asked again, then one line with the address', async how => {
    await using server = await startBytes(bytes)
    await using client = clientFor(server.url)
    const asking =
      how === 'get'
        ? client.get('/x')
        : client.download('/x', {}, async ({ chunks }) => {
            for await (const _chunk of chunks);
          })
    const error = (await asking.then(
      () => undefined,
      (reason: Error) => reason,
    )) as Error
    expect(error).toMatchObject({ name: 'ProviderUnavailableError', message: expect.stringMatching(said) })
    expect(error.message).not.toContain('\n')
    if (said.source === 'not HTTP') expect(error.message).toContain(`nba-cdn at ${server.url} sent an answer`)
    expect(client.requests).toBe(5)
  })
})

test.each(['429', '503'])('a %s with two Retry-After waits as long as the first says', async status => {
  const head = `HTTP/1.1 ${status} X\r\nretry-after: 7\r\nretry-after: 9\r\ncontent-length: 0\r\n\r\n`
  await using server = await startBytes({ answer: head })
  await using client = clientFor(server.url, { retry: { maxRetryAfterMs: 10_000 } })
  await expect(client.get('/x')).rejects.toMatchObject({ name: 'RateLimitedError' })
  expect(client.retryEvents.map(event => event['wait_ms'])).toEqual([7000])
})

/** Made with the arguments that those need which look at them. */
const everyError = Object.entries(errors).map(([name, Class]) => {
  const Made = Class as unknown as new (...args: unknown[]) => Error & { code?: string }
  const error = name === 'ResponseError' || name === 'RequestRetryError' ? new Made('x', 500, { headers: {} }) : new Made('x')
  return [name, error] as const
})

test.each(everyError)('undici: %s is the network, or ours', (name, error) => {
  const ours = ['InvalidArgumentError', 'InvalidReturnValueError', 'NotSupportedError', 'RequestContentLengthMismatchError']
  const found = networkFailure(error, 'http://localhost:1')
  if (ours.includes(name)) expect(found).toBe(error)
  else expect(found).toMatchObject({ kind: 'unavailable' } satisfies Partial<Failure>)
})
