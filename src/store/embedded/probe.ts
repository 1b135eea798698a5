import postgres from 'postgres'
import { toDamage, toDataDirectoryError } from './failure.ts'
import { noPassword } from './no-password.ts'

/** `busy`: it is starting up or recovering. `stopping`: it is shutting down. `absent`: nobody listens. */
export type ServerState = { kind: 'ready'; version: string } | { kind: 'busy' | 'stopping' | 'absent' }

const absent = ['ENOENT', 'ENOTDIR', 'ECONNREFUSED']
const busy = ['EAGAIN', 'ECONNRESET', 'EPIPE', 'CONNECT_TIMEOUT', 'CONNECTION_CLOSED', '53300', '57P01', '57P02', '57P03']

/** Asks a server how it is, on a connection of its own. @throws StoreError where we may not ask */
export async function askServer(socket: string, user: string, dataDir: string): Promise<ServerState> {
  const sql = postgres({
    path: socket,
    host: 'localhost',
    user,
    password: noPassword,
    database: 'postgres',
    ssl: false,
    max: 1,
    connect_timeout: 5,
    fetch_types: false,
    onnotice: () => {},
  })
  try {
    const [row] = await sql<{ server_version: string }[]>`show server_version`
    return { kind: 'ready', version: String(row?.server_version) }
  } catch (error) {
    const code = String((error as { code?: unknown }).code)
    if (absent.includes(code)) return { kind: 'absent' }
    if (code === '57P03' && (error as Error).message.endsWith('shutting down')) return { kind: 'stopping' }
    if (busy.includes(code)) return { kind: 'busy' }
    throw toDamage(error, dataDir) ?? toDataDirectoryError(error, dataDir)
  } finally {
    await sql.end({ timeout: 1 })
  }
}
