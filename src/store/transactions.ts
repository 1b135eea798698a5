import type { Sql, TransactionSql } from 'postgres'
import { StoreError } from '../core/errors.ts'

interface Session {
  sql: Sql
  lost: boolean
}

/**
 * Each transaction has a connection to itself; one that is lost is ended for good, so what the transaction's code still asks
 * of it is refused. With postgres.js' own `begin` (3.4.9) such a statement, its own rollback among them, is written to a socket
 * that is no more, which ends the process, or to a new connection, where it would be outside any transaction.
 * @param connect gives a connection of its own and calls back when that is lost
 */
export function createTransactions(connect: (onLost: () => void) => Sql) {
  const idle: Session[] = []

  function take(): Session {
    for (let known = idle.pop(); known; known = idle.pop()) if (!known.lost) return known
    const session: Session = {
      lost: false,
      sql: connect(() => {
        session.lost = true
        // At once: postgres.js fails the statement under way only in a later microtask, and others could be sent before that.
        void session.sql.end({ timeout: 0 })
      }),
    }
    return session
  }

  /** Commits what `work` did, or rolls it back and throws its error. */
  async function run<T>(work: (tx: TransactionSql) => Promise<T>): Promise<T> {
    const session = take()
    const { sql } = session
    try {
      await sql`begin`
      const result = await work(sql as unknown as TransactionSql)
      const { command } = await sql`commit`
      // The server answers ROLLBACK if a statement had failed and its error was ignored.
      if (command !== 'COMMIT') throw new StoreError('A transaction could not be committed: one of its statements had failed.')
      idle.push(session)
      return result
    } catch (error) {
      await sql`rollback`.then(
        () => idle.push(session),
        () => sql.end({ timeout: 0 }),
      )
      throw error
    }
  }

  return {
    run,
    close: async () => {
      await Promise.all(idle.splice(0).map(({ sql }) => sql.end({ timeout: 5 })))
    },
  }
}
