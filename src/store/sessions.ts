import { AsyncLocalStorage } from 'node:async_hooks'
import type { Sql, TransactionSql } from 'postgres'
import { BugError, StoreError } from '../core/errors.ts'
import { isScarcity } from './database-errors.ts'
import type { SessionSettings, TransactionMode } from './session-settings.ts'

type Work<T> = (tx: TransactionSql) => Promise<T>

interface Session {
  sql: Sql
  lost: boolean
}

/** A pooler does not refuse what is more than its pool: it keeps it waiting, for two minutes by default. */
const patienceMs = 3_000

/** A connection, as the code of a transaction knows it, which has it to itself. */
interface OwnSession {
  /** The limit of a statement. */
  timeoutMs: number
  isPooled: boolean
  hangUp(): void
}

const sessions = new WeakMap<object, OwnSession>()

export function sessionOf(tx: TransactionSql): OwnSession {
  const session = sessions.get(tx)
  if (!session) throw new BugError('A COPY is part of a transaction.')
  return session
}

export type Sessions = ReturnType<typeof createSessions>

export interface SessionsOptions {
  /** Gives a connection of its own and calls back when that is lost. */
  connect(onLost: () => void): Sql
  settings: SessionSettings
  /** More work at a time waits; as much as is asked for without it. */
  max?: number
  /** There is no connection for work of this kind, which has none: connections of other kinds may be idle. */
  onScarcity?(): void
  /** A connection has ended, or could not be opened. */
  onLost?(): void
}

/**
 * Connections, each of which does one piece of work at a time; one that is lost is ended for good, so what the work still asks of it is
 * refused. postgres.js (3.4.9) goes on with a lost connection: a statement that meets it between its error and its close is never answered,
 * and one of a transaction, its rollback among them, is written to a socket that is no more, which ends the process, or to a new
 * connection, where it would be outside any transaction.
 */
export function createSessions({ connect, settings, max = Number.POSITIVE_INFINITY, onScarcity, onLost }: SessionsOptions) {
  const all = new Set<Session>()
  const idle: Session[] = []
  const waiting: (() => void)[] = []
  let limit = max
  let busy = 0
  let ended = false

  /** Waits for its turn, and gives a connection that is ready. */
  async function take(): Promise<Session> {
    if (busy < limit) busy++
    else await new Promise<void>(resolve => waiting.push(resolve))
    for (let known = idle.pop(); known; known = idle.pop()) if (!known.lost) return known
    let session: Session | undefined
    try {
      session = open()
      if (await isReady(session)) return session
    } catch (error) {
      if (session) drop(session)
      const isScarce = isScarcity(error)
      const mayWait = isScarce && all.size > 0
      if (isScarce && !mayWait) onScarcity?.()
      if (!mayWait) {
        next()
        throw error
      }
    }
    // The role, the database or a pooler allows no more: work takes turns on those that there are.
    limit = Math.max(1, all.size)
    next()
    return await take()
  }

  /** Gives up on a pooler that keeps a connection waiting, where there is another to wait for. */
  async function isReady(session: Session): Promise<boolean> {
    let isLate = false
    const timer = setInterval(() => {
      if (!settings.isPooled) return
      if (all.size === 1) return onScarcity?.()
      isLate = true
      drop(session)
    }, patienceMs)
    try {
      await settings.prepare(session.sql)
    } catch (error) {
      if (!isLate) throw error
    } finally {
      clearInterval(timer)
    }
    return !isLate
  }

  function open(): Session {
    if (ended) throw Object.assign(new Error('the connections were closed'), { code: 'CONNECTION_ENDED' })
    const lose = () => {
      drop(session)
      if (!ended) onLost?.()
    }
    const session: Session = { lost: false, sql: connect(lose) }
    all.add(session)
    return session
  }

  /** At once: postgres.js fails the statement under way only in a later microtask, and others could be sent before that. */
  function drop(session: Session): void {
    session.lost = true
    all.delete(session)
    void session.sql.end({ timeout: 0 })
  }

  function giveBack(session: Session): void {
    if (!session.lost) idle.push(session)
    next()
  }

  function next(): void {
    const resolve = busy <= limit ? waiting.shift() : undefined
    if (resolve) resolve()
    else busy--
  }

  async function inTransaction<T>(session: Session, work: Work<T>, mode: TransactionMode = 'write'): Promise<T> {
    const { sql } = session
    const { queryTimeoutMs: timeoutMs, isPooled } = settings
    sessions.set(sql, { timeoutMs, isPooled, hangUp: () => drop(session) })
    try {
      await settings.begin(sql, mode)
      const result = await work(sql as unknown as TransactionSql)
      const { command } = await sql`commit`
      // The server answers ROLLBACK if a statement had failed and its error was ignored.
      if (command !== 'COMMIT') throw new StoreError('A transaction could not be committed: one of its statements had failed.')
      return result
    } catch (error) {
      await sql`rollback`.catch(() => drop(session))
      throw error
    }
  }

  /** Work that waited for more of the same could wait for what it holds itself: a provider's answer, for one, needs the rate budget. */
  const lent = new AsyncLocalStorage<true>()

  async function lend<T>(work: (session: Session) => Promise<T>): Promise<T> {
    if (max < Number.POSITIVE_INFINITY && lent.getStore())
      throw new BugError('Work on the database asks for another connection of the same kind.')
    const session = await take()
    try {
      return await lent.run(true, () => work(session))
    } finally {
      giveBack(session)
    }
  }

  return {
    /** Work of another kind needs a connection more than this one needs to keep it. */
    endIdle: (): void => {
      for (const session of idle.splice(0)) drop(session)
    },
    /** Statements that are committed each by itself; behind a pooler, which may give each another session, in one transaction. */
    run: <T>(work: (sql: Sql) => Promise<T>): Promise<T> =>
      lend(session => (settings.isPooled ? inTransaction(session, tx => work(tx as unknown as Sql)) : work(session.sql))),
    /** Commits what `work` did, or rolls it back and throws its error. */
    transaction: <T>(work: Work<T>, mode?: TransactionMode): Promise<T> => lend(session => inTransaction(session, work, mode)),
    /** Lets statements under way end, for at most so many seconds. */
    end: async (timeout: number): Promise<void> => {
      ended = true
      await Promise.all([...all].map(({ sql }) => sql.end({ timeout })))
    },
  }
}
