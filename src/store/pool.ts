import type { Sql } from 'postgres'

export type Pool = ReturnType<typeof createPool>

/**
 * Connections that are replaced all at once when one is lost, and refused what is still asked of them. postgres.js (3.4.9) goes
 * on with a lost connection: a statement that meets it between its error and its close is never answered, and one that was
 * half sent is sent to the next server.
 * @param connect gives the connections, and calls back when one is lost
 */
export function createPool(connect: (onLost: () => void) => Sql) {
  let ending = false
  let sql = open()

  function open(): Sql {
    const own = connect(() => {
      if (ending) return
      if (own === sql) sql = open()
      void own.end({ timeout: 0 })
    })
    return own
  }

  return {
    /** The current connections. Replaced after a loss, so callers must not keep it. */
    get sql(): Sql {
      return sql
    },
    /** Lets statements under way end, for at most so many seconds. */
    end: async (timeout: number): Promise<void> => {
      ending = true
      await sql.end({ timeout })
    },
  }
}
