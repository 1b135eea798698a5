import { connect, type Socket } from 'node:net'

/** The settings that postgres.js passes on. */
interface Target {
  path?: string | false
  host: string[]
  port: number[]
}

/**
 * A socket on which it is an error if the server ends the connection. Without that, postgres.js (3.4.9) reconnects without a pause and
 * without end when a connection is closed before the server has sent anything, as a load balancer or container proxy does whose server is
 * down.
 */
export function openSocket({ path, host: [host = 'localhost'], port: [port = 5432] }: Target): Socket {
  const socket = path ? connect(path) : connect(port, host)
  socket.once('end', () => socket.destroy(Object.assign(new Error('the server ended the connection'), { code: 'ECONNRESET' })))
  // TLS checks the certificate against this name.
  return Object.assign(socket, { host, port })
}
