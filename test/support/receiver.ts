import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** `hang` takes a request and never answers it. */
export type Answer = number | 'hang' | { status: number; headers?: Record<string, string>; body?: string }

/** A web service that takes what is posted to it. */
export interface Receiver extends AsyncDisposable {
  url: string
  received: Received[]
  /** What it answers from now on. */
  answer: Answer
  /** Resolves once it has got so many requests. */
  got(count: number): Promise<void>
}

export async function startReceiver(answer: Answer = 200): Promise<Receiver> {
  const waiting = new Set<() => void>()
  const server = createServer(async (request, response) => {
    const body = await text(request)
    receiver.received.push({ path: request.url ?? '', headers: request.headers, body })
    for (const look of waiting) look()
    const now = receiver.answer
    if (now === 'hang') return
    const { status, headers = {}, body: said = '' } = typeof now === 'number' ? { status: now } : now
    response.writeHead(status, headers).end(said)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    answer,
    got: count =>
      new Promise(resolve => {
        const look = () => {
          if (receiver.received.length < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
  return receiver
}
