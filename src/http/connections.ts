import type { Socket } from 'node:net'
import { Agent, buildConnector, type Dispatcher } from 'undici'
import type { Limits } from './limits.ts'

type Made = Parameters<buildConnector.Callback>

interface Spare {
  origin: string
  madeMs: number
  made: Promise<Made>
  socket: Socket
}

/** How long a connection is kept without a request: the server may close it at any moment. */
const spareMs = 10_000

/** The connections of a client. */
export function createConnections({ maxConcurrent, connectTimeoutMs, headersTimeoutMs, bodyTimeoutMs }: Limits) {
  const allowH2 = false // resets and truncated bodies are distinguished by their HTTP/1.1 errors
  const dial = buildConnector({ allowH2, timeout: connectTimeoutMs })
  let spare: Spare | undefined

  function drop(): void {
    spare?.socket.destroy(new Error('Not needed any more.'))
    spare = undefined
  }

  function start({ origin, protocol, host, hostname, port }: URL): Spare {
    const { promise: made, resolve } = Promise.withResolvers<Made>()
    const address = { protocol, host, hostname: hostname.replace(/^\[|\]$/g, ''), port }
    // It returns the socket, though its type does not say so.
    const socket = dial(address, (...result) => resolve(result)) as unknown as Socket
    return { origin, madeMs: performance.now(), made, socket }
  }

  const agent = new Agent({
    connections: maxConcurrent,
    headersTimeout: headersTimeoutMs,
    bodyTimeout: bodyTimeoutMs,
    allowH2,
    connect(options, callback) {
      if (spare?.origin !== `${options.protocol}//${options.host}`) return dial(options, callback)
      const { made } = spare
      spare = undefined
      void made.then(result => (result[1]?.destroyed ? dial(options, callback) : callback(...result)))
    },
  })

  return {
    agent,
    /**
     * Opens a connection before the start of a request: a request that has to connect first arrives late (12 ms on loopback, 100 ms with
     * TLS), and so too close to the next. Does not throw: the request itself reports the error.
     */
    async prepare(url: URL): Promise<void> {
      if (spare && (spare.origin !== url.origin || performance.now() - spare.madeMs > spareMs)) drop()
      const { connected = 0, size = 0 } = agent.stats[url.origin] ?? {}
      if (Number(connected) > size) return
      spare ??= start(url)
      await spare.made
    },
    async close(): Promise<void> {
      drop()
      await agent.destroy()
    },
  }
}

/** The same, and calls back when a request goes out on its connection. */
export function tellSent(dispatcher: Dispatcher, sent: () => void): Dispatcher {
  return dispatcher.compose(dispatch => (options, handler) => {
    const start = handler.onRequestStart?.bind(handler)
    handler.onRequestStart = (controller, context) => {
      sent()
      start?.(controller, context)
    }
    return dispatch(options, handler)
  })
}
