import type { Sql } from 'postgres'
import type { Database } from './database.ts'

/** What is between the program and the server. */
export type Connection = 'direct' | 'session pool' | 'transaction pool'

/**
 * A pool of transactions gives the session that one connection has left to the next, or the same connection another one; in a pool of
 * sessions each connection keeps its own until it ends. Others who use the pool may come between, so it is tried three times.
 */
export async function readConnection(database: Database): Promise<Connection> {
  if (!database.isPooled) return 'direct'
  const [first, second] = [database.openSession(), database.openSession()]
  const readPid = async (sql: Sql) => (await sql<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      const before = await first.run(readPid)
      const another = await second.run(readPid)
      if (another === before || (await first.run(readPid)) !== before) return 'transaction pool'
    }
    return 'session pool'
  } finally {
    await Promise.all([first.end(1), second.end(1)])
  }
}
