import type { Socket } from 'node:net'
import { Agent, buildConnector, type Dispatcher } from 'undici'
import type { Limits } from './limits.ts'

/** The connections of a client. */
export interface Connections {
  readonly agent: Agent
  /**
   * Opens a connection before the start of a request: a request that has to connect first arrives late (12 ms on loopback, 100 ms with
   * TLS), and so too close to the next. Does not throw: the request itself reports the error.
   */
  prepare(url: URL): Promise<void>
  close(): Promise<void>
}

type Made = Parameters<buildConnector.Callback>

interface Spare {
  origin: string
  madeMs: number
  made: Promise<Made>
  socket: Socket
}

/** How long a connection is kept without a request: the server may close it at any moment. */
const spareMs = 10_000

export function createConnections({ maxConcurrent, connectTimeoutMs, headersTimeoutMs, bodyTimeoutMs }: Limits): Connections {
  const allowH2 = false // resets and truncated bodies are distinguished by their HTTP/1.1 errors
  const dial = buildConnector({ allowH2, timeout: connectTimeoutMs })
  let spare: Spare | undefined

  function drop(): void {
    spare?.socket.destroy(new Error('Not needed any more.'))
    spare = undefined
  }

  function start(address: buildConnector.Options): Pick<Spare, 'made' | 'socket'> {
    const { promise: made, resolve } = Promise.withResolvers<Made>()
    // It returns the socket, though its type does not say so.
    const socket = dial(address, (...result) => resolve(result)) as unknown as Socket
    return { made, socket }
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
    async prepare({ origin, protocol, host, hostname, port }) {
      if (spare && (spare.origin !== origin || performance.now() - spare.madeMs > spareMs)) drop()
      const { connected = 0, size = 0 } = agent.stats[origin] ?? {}
      if (Number(connected) > size) return
      spare ??= {
        origin,
        madeMs: performance.now(),
        ...start({ protocol, host, hostname: hostname.replace(/^\[|\]$/g, ''), port }),
      }
      await spare.made
    },
    async close() {
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
