import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A request as the provider saw it. */
export interface SeenRequest {
  /** With its query. */
  path: string
  headers: IncomingHttpHeaders
  /** When it arrived, by `performance.now()`. */
  arrivedMs: number
  /** The same by the host's clock, which the database reads, too; it may be set meanwhile, or run faster for a time. */
  arrivedAtMs: number
  /** When its connection was made. */
  connectedMs: number
  /** How many requests for the same path came before it. */
  earlier: number
}

/** One thing a provider can do with a request. */
export interface Reply {
  send(response: ServerResponse): void
}

/** Called for each request. `undefined`: 404. */
export type Handler = (request: SeenRequest) => Reply | undefined | Promise<Reply | undefined>

export interface ProviderServer extends AsyncDisposable {
  /** Its base address, `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly requests: SeenRequest[]
  /** Resolves once `count` requests have arrived in all. */
  received(count: number): Promise<void>
}

/** A whole answer. An object as body is sent as JSON. */
export function reply(status: number, headers: OutgoingHttpHeaders = {}, body?: string | Buffer | object): Reply {
  const raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
  const bytes = raw ? Buffer.from(body ?? '') : Buffer.from(JSON.stringify(body))
  return {
    send(response) {
      const framing = status === 304 || status === 204 ? {} : { 'content-length': bytes.length }
      response.writeHead(status, { ...(raw ? {} : { 'content-type': 'application/json' }), ...framing, ...headers })
      response.end(bytes)
    },
  }
}

/** Never answers. */
export const hang = (): Reply => ({ send() {} })

/** Breaks the connection: before any answer, or after this much of the body of a 200 that promised more. */
export const breakOff = (after?: string | Buffer, headers: OutgoingHttpHeaders = {}): Reply => ({
  send(response) {
    if (after === undefined) {
      response.socket?.destroy()
      return
    }
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(after) + 100, ...headers })
    response.write(after, () => response.socket?.destroy())
  },
})

/** Begins the body of a 200 and never ends it. */
export const stall = (after: string | Buffer): Reply => ({
  send(response) {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(after)
  },
})

/**
 * A provider on loopback, for `await using`. Given replies, it sends them in order, and the last one ever after;
 * given a record, by path (with its query); given a function, whatever that says.
 */
export async function startProviderServer(answers: Reply[] | Record<string, Reply | Reply[]> | Handler): Promise<ProviderServer> {
  const requests: SeenRequest[] = []
  const watchers = new Set<() => void>()
  const connections = new WeakMap<Socket, number>()
  const server = createServer(async (incoming, response) => {
    incoming.resume()
    const path = incoming.url ?? '/'
    const earlier = requests.filter(request => request.path === path).length
    const connectedMs = connections.get(incoming.socket) ?? 0
    const request = {
      path,
      headers: incoming.headers,
      arrivedMs: performance.now(),
      arrivedAtMs: Date.now(),
      connectedMs,
      earlier,
    }
    requests.push(request)
    for (const watch of watchers) watch()
    const found = (await choose(answers, request, requests.length - 1)) ?? reply(404, {}, { detail: 'Not Found' })
    found.send(response)
  })
  server.on('connection', socket => connections.set(socket, performance.now()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    received: count =>
      new Promise(resolve => {
        const watch = () => {
          if (requests.length < count) return
          watchers.delete(watch)
          resolve()
        }
        watchers.add(watch)
        watch()
      }),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function choose(answers: Reply[] | Record<string, Reply | Reply[]> | Handler, request: SeenRequest, nth: number) {
  if (typeof answers === 'function') return answers(request)
  if (Array.isArray(answers)) return answers[nth] ?? answers.at(-1)
  const own = answers[request.path]
  return Array.isArray(own) ? (own[request.earlier] ?? own.at(-1)) : own
}
