import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { createScratch } from './scratch.ts'
import { until } from './until.ts'

const program = spawnSync('pgbouncer', ['--version']).status === 0 ? 'pgbouncer' : '/usr/sbin/pgbouncer'

/** For `test.skipIf`: prints why. */
export const noPgBouncer = spawnSync(program, ['--version']).status !== 0

if (noPgBouncer) process.stderr.write('Skipped: PgBouncer is not installed.\n')

export type PoolMode = 'session' | 'transaction' | 'statement'

/** It refuses to run as root. */
const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

/**
 * PgBouncer, as it comes but for its pool mode, before a server.
 * @param server its URL, with or without a socket; `NAME` stands for the database
 */
export async function startPgBouncer(server: string, mode: PoolMode, more = ''): Promise<{ url: string } & AsyncDisposable> {
  const dir = createScratch()
  chmodSync(dir.path, 0o700)
  const { username, password, hostname, port: serverPort, searchParams } = new URL(server)
  const host = searchParams.get('host') ?? hostname
  const sslmode = searchParams.get('sslmode')
  const port = await freePort()
  const file = join(dir.path, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]
* = host=${host} port=${serverPort || 5432} user=${username}${password ? ` password=${password}` : ''}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
max_client_conn = 1000
logfile = ${join(dir.path, 'log')}
pidfile = ${join(dir.path, 'pid')}
${sslmode ? `server_tls_sslmode = ${sslmode}` : ''}
${more}
`,
  )
  if (account.uid) for (const path of [dir.path, file]) chownSync(path, account.uid, account.gid)
  const child = spawn(program, ['-q', file], { ...account, cwd: dir.path, stdio: 'ignore' })
  const ended = once(child, 'close')
  await until('PgBouncer is ready', () => isOpen(port))
  return {
    url: `postgres://${username}@127.0.0.1:${port}/NAME`,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await ended
      dir[Symbol.dispose]()
    },
  }
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const end = (is: boolean) => {
      socket.destroy()
      resolve(is)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
