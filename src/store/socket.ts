import { once } from 'node:events'
import { connect, isIP, Socket } from 'node:net'
import { type ConnectionOptions, connect as secure } from 'node:tls'
import type { PostgresHost } from '../core/postgres-address.ts'

/** The settings that postgres.js passes on. */
interface Target {
  path?: string | false
  host: string[]
  port: number[]
}

const coded = (code: string, message: string) => Object.assign(new Error(message), { code })

/**
 * A socket on which it is an error if the server ends the connection. Without that, postgres.js (3.4.9) reconnects without a pause and
 * without end when a connection is closed before the server has sent anything, as a load balancer or container proxy does whose server is
 * down.
 */
const failingAtEnd = <S extends Socket>(socket: S): S =>
  socket.once('end', () => socket.destroy(coded('ECONNRESET', 'the server ended the connection')))

/** One without TLS. */
export function openSocket({ path, host: [host = 'localhost'], port: [port = 5432] }: Target): Socket {
  return Object.assign(failingAtEnd(path ? connect(path) : connect(port, host)), { host, port })
}

export interface Tls {
  /** `if-offered`: without TLS where the server does not offer it, or where it fails. */
  demand: 'if-offered' | 'always'
  options: ConnectionOptions
}

export interface SocketOptions {
  /** Never used over a Unix socket. */
  tls: Tls | undefined
  timeoutMs: number
  signal: AbortSignal
}

/** A connection on which the server waits for the first message. */
export async function openConnection(host: PostgresHost, options: SocketOptions): Promise<Socket> {
  const socket = await open(host, options)
  let last: Buffer = Buffer.alloc(0)
  socket.on('data', (data: Buffer) => {
    last = data
  })
  // Before our other listener, which knows no reason.
  socket.prependOnceListener('end', () => {
    const farewell = readFarewell(last)
    if (farewell) socket.destroy(farewell)
  })
  // For messages.
  return Object.assign(socket, { host: host.name, port: host.port })
}

/**
 * The error with which the server has ended the connection: the last message, in which each field is a letter and a text. postgres.js (3.4.9)
 * drops it if a statement is under way, as nothing follows that would end the statement.
 */
function readFarewell(last: Buffer): Error | undefined {
  for (let at = last.indexOf('E'); at >= 0 && at + 5 < last.length; at = last.indexOf('E', at + 1)) {
    if (last.readInt32BE(at + 1) !== last.length - at - 1) continue
    const fields = new Map(
      last
        .toString('utf8', at + 5)
        .split('\0')
        .map(field => [field[0], field.slice(1)]),
    )
    const code = fields.get('C')
    if (code) return coded(code, fields.get('M') ?? code)
  }
  return undefined
}

async function open(host: PostgresHost, { tls, timeoutMs, signal }: SocketOptions): Promise<Socket> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  try {
    if (!tls || host.path) return await openPlain(host, limit)
    if (tls.demand === 'always') return await openSecure(host, tls, limit)
    return await openSecure(host, tls, limit).catch(error => {
      if (!isAboutTls(error)) throw error
      return openPlain(host, limit)
    })
  } catch (error) {
    if (signal.aborted || !limit.aborted) throw error
    throw coded('CONNECT_TIMEOUT', `no answer from ${host.text} within ${timeoutMs / 1000} s`)
  }
}

async function openPlain({ name, ip, port, path }: PostgresHost, signal: AbortSignal): Promise<Socket> {
  const socket = failingAtEnd(path ? connect(path) : connect(port, ip ?? name))
  await event(socket, 'connect', signal)
  return socket
}

/** Asks for TLS as the protocol has it: the server answers with one letter, and the handshake follows. */
async function openSecure(host: PostgresHost, { options }: Tls, signal: AbortSignal): Promise<Socket> {
  const plain = await openPlain(host, signal)
  const request = Buffer.alloc(8)
  request.writeInt32BE(8)
  request.writeInt32BE(80877103, 4)
  plain.write(request)
  const [answer] = (await event(plain, 'data', signal)) as [Buffer]
  // More than the letter could have been put there by somebody in between, to be taken for what the server says under TLS.
  if (answer.length !== 1 || answer[0] !== 'S'.charCodeAt(0)) {
    plain.destroy()
    throw coded(noTls, 'the server does not offer TLS')
  }
  // The name is sent, for servers that have several, and compared where the certificate is verified; an IP address may not be sent.
  const name = isIP(host.name) ? {} : { servername: host.name }
  const socket = failingAtEnd(secure({ socket: plain, host: host.name, ...name, ...options }))
  await event(socket, 'secureConnect', signal)
  return socket
}

/** The code of our own error. */
export const noTls = 'TLS_NOT_OFFERED'

/** Whether it is about the handshake and not about the way to the server. */
const isAboutTls = ({ code = '' }: { code?: string }) =>
  code === noTls || code === 'EPROTO' || /^ERR_(SSL|TLS)_/.test(code) || /CERT|SIGNATURE/.test(code)

/** Waits for an event; destroys the socket where it fails before that. */
async function event(socket: Socket, name: string, signal: AbortSignal): Promise<unknown[]> {
  // An error that comes when nobody listens would end the process.
  socket.on('error', () => {})
  try {
    return await once(socket, name, { signal })
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/**
 * A socket that fails with that error at once. postgres.js (3.4.9) loses the connection for ever, and what is asked of it, where opening
 * a socket fails in any other way.
 */
export function failedSocket(error: unknown): Socket {
  const socket = new Socket()
  setImmediate(() => socket.destroy(error as Error))
  return socket
}
