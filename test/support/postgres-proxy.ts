import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A Postgres server behind a network that can fail. */
export interface PostgresProxy extends AsyncDisposable {
  /** For a CLI process: `DATABASE_URL`, over TCP. */
  readonly url: string
  /** Transactions whose commit was sent, so far. */
  readonly commits: number
  /** Breaks all connections and refuses new ones, as a server that is down. */
  cut(): Promise<void>
  /** Breaks all connections, and each new one once it is made, as a balancer whose server is down. */
  slam(): void
  /** Lets nothing through any more, without a word, as a network that is gone. */
  freeze(): void
  /** Bytes that were sent to the server and held back since it froze. */
  readonly heldBytes: number
  /** Serves again after `cut` or `slam`. */
  restore(): Promise<void>
  /** Breaks the connection between the server's commit and its answer, where `lost` says so of the n-th commit (from 1). */
  loseAnswers(lost: (nth: number) => boolean): void
}

/** @param target `postgres://user@localhost/name?host=<directory of the socket>`, or the address of a server elsewhere */
export async function startPostgresProxy(target: string): Promise<PostgresProxy> {
  const address = new URL(target)
  const user = address.password ? `${address.username}:${address.password}` : address.username
  const folder = address.searchParams.get('host')
  const connectTo = () => (folder ? connect(`${folder}/.s.PGSQL.5432`) : connect(Number(address.port || 5432), address.hostname))
  const open = new Set<Socket>()
  let mode: 'serve' | 'slam' | 'freeze' = 'serve'
  let lost: (nth: number) => boolean = () => false
  let commits = 0
  let heldBytes = 0

  const server = createServer(client => {
    if (mode === 'slam') return void client.on('error', () => {}).once('data', () => client.end())
    const backend = connectTo()
    let losing = false
    client.on('data', data => {
      if (mode === 'freeze') {
        heldBytes += data.length
        return
      }
      if (data.includes('\0commit\0')) losing = lost(++commits)
      backend.write(data)
    })
    backend.on('data', data => {
      if (mode === 'freeze') return
      if (losing && data.includes('COMMIT\0')) client.destroy()
      else client.write(data)
    })
    for (const [socket, other] of [
      [client, backend],
      [backend, client],
    ] as const) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        other.destroy()
      })
    }
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const breakAll = () => {
    for (const socket of open) socket.destroy()
  }
  const cut = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    breakAll()
    await closed
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    url: `postgres://${user}@127.0.0.1:${port}${address.pathname}`,
    get commits() {
      return commits
    },
    get heldBytes() {
      return heldBytes
    },
    cut,
    slam: () => {
      mode = 'slam'
      breakAll()
    },
    freeze: () => {
      mode = 'freeze'
    },
    restore: async () => {
      mode = 'serve'
      if (!server.listening) await listen(port)
    },
    loseAnswers: which => {
      lost = which
    },
    [Symbol.asyncDispose]: cut,
  }
}
