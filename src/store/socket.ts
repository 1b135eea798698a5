import { connect, type Socket } from 'node:net'

/** What postgres.js hands over of its settings. */
interface Target {
  path?: string | false
  host: string[]
  port: number[]
}

/**
 * A socket on which the server's end is an error. postgres.js (3.4.9) connects again, without a pause and for ever, where it is
 * none and comes before the server has said anything: so does a balancer or a container's proxy whose server is down.
 */
export function openSocket({ path, host: [host = 'localhost'], port: [port = 5432] }: Target): Socket {
  const socket = path ? connect(path) : connect(port, host)
  socket.once('end', () => socket.destroy(Object.assign(new Error('the server ended the connection'), { code: 'ECONNRESET' })))
  // TLS asks for a certificate of this name.
  return Object.assign(socket, { host, port })
}
