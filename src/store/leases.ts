import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ISql, Sql } from 'postgres'
import { BusyError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Database } from './database.ts'
import { isAlive } from './embedded/temporary.ts'
import { sessionName } from './target.ts'

/** How long a lease lasts without renewal, and how often it is renewed. */
export interface LeaseTimes {
  /** Others take over after that, or at once when its database session is gone. */
  lifetimeS: number
  renewalMs: number
}

const usualTimes: LeaseTimes = { lifetimeS: 30, renewalMs: 10_000 }

/** A session may have ended without its process, as all do with the server: how often that tries to come back, and how long others wait. */
const [returnEveryMs, returnWithinMs] = [100, 1_000]

export type Lease = Awaited<ReturnType<typeof takeLease>>

/**
 * Takes the right to do some work, for as long as this process renews it. The holder's database session is its sign
 * of life, so the lease of a killed process is free at once, a second later on another host; that of a halted one after its lifetime,
 * 30 s as a rule. A holder whose session the server ends, as with a restart, comes back within that second.
 * Behind a pooler, which keeps the server's session when its client dies, it is free after its lifetime in either case.
 * Times are the database's: hosts may disagree about theirs.
 * @throws BusyError naming who holds it, where and since when
 */
export async function takeLease(database: Database, name: string, log: Log, { lifetimeS, renewalMs } = usualTimes) {
  let onLost = () => {}
  // A session of its own: when it ends, other processes see that the holder is gone. Nobody sees that behind a pooler, which may have few.
  const session = database.isPooled
    ? { run: database.run, end: async () => {} }
    : database.openSession({ onLost: () => onLost() })
  const owner = randomUUID()
  try {
    const { isPooled } = database
    const { token, takenAt } = await session.run(sql => acquire(sql, { name, owner, lifetimeS, isPooled }))
    const held = (sql: ISql) => sql`l.name = ${name} and l.owner = ${owner} and l.token = ${token}`
    const renew = (sql: ISql) => sql`
      update ingest_leases l set expires_at = now() + ${lifetimeS} * interval '1 second', backend_pid = a.pid, backend_start = a.backend_start
      from ${ownBackend(sql, isPooled)} a where ${held(sql)}`
    const lost = new AbortController()
    let renewedMs = performance.now()
    const lose = (why: string) => {
      if (!isReleased) lost.abort(new BusyError(`Lost the lease ${name}: ${why}.`))
    }
    const tryToRenew = async () => {
      try {
        const { count } = await session.run(renew, 1)
        if (count === 0) return lose('another process took it')
        renewedMs = performance.now()
      } catch (error) {
        log.warn('lease.renew', { lease: name, reason: (error as Error).message })
        if (performance.now() - renewedMs > lifetimeS * 1000) lose('it could not be renewed in time')
      }
    }
    const timer = setInterval(tryToRenew, renewalMs).unref()
    /** For as long as nobody else may have taken it because of its time. */
    const comeBack = async () => {
      onLost = () => {}
      const until = performance.now() + lifetimeS * 1000
      const isBack = () => session.run(renew, 1).catch(() => undefined)
      while (!isReleased && performance.now() < until && !(await isBack())) await sleep(returnEveryMs, undefined, { ref: false })
      onLost = comeBack
    }
    let isReleased = false
    onLost = comeBack
    return {
      name,
      owner: owner as string,
      token,
      /** By the database's clock. */
      takenAt,
      /** Aborts once another process has it, or could have: for work that `check` cannot undo. */
      lost: lost.signal,
      /** Fails the caller's transaction unless this process still holds the lease; no other can take it before the transaction ends. */
      check: (tx: ISql): Promise<void> => checkHolder(tx, { name, owner, token }),
      release: async (): Promise<void> => {
        clearInterval(timer)
        isReleased = true
        await session.run(sql => sql`delete from ingest_leases where name = ${name} and owner = ${owner}`, 1).catch(() => {})
        await session.end(1)
      },
    }
  } catch (error) {
    await session.end(1)
    throw error
  }
}

/** Who holds a lease: all that another process has to know to commit in its name. */
export interface LeaseHolder {
  name: string
  /** A new one each time it is taken: the tokens of a lease that was released begin again. */
  owner: string
  token: number
}

/** Whether a lease is still this holder's, be it that it does not answer. */
export async function hasHolder(sql: ISql, { name, owner, token }: LeaseHolder): Promise<boolean> {
  const [found] = await sql`select from ingest_leases where name = ${name} and owner = ${owner} and token = ${token}`
  return found !== undefined
}

/** @throws BusyError unless this holder still has the lease; no other can take it before the transaction ends */
export async function checkHolder(tx: ISql, { name, owner, token }: LeaseHolder): Promise<void> {
  const [found] = await tx`
    select 1 from ingest_leases where name = ${name} and owner = ${owner} and token = ${token} for update`
  if (found) return
  const holder = await readHolder(tx, name)
  const who = holder ? `pid ${holder.pid} on ${holder.host} took it at ${holder.since}` : 'it was released'
  throw new BusyError(`Lost the lease ${name}: ${who}.`, {
    hint: 'Nothing of this step was committed; the other process continues.',
  })
}

interface Wish {
  name: string
  owner: string
  lifetimeS: number
  isPooled: boolean
}

async function acquire(sql: Sql, wish: Wish): Promise<Taken> {
  const { name, isPooled } = wish
  if (!isPooled) {
    const holder = await readHolder(sql, name)
    if (holder?.gone && (holder.host !== hostname() || isAlive(holder.pid))) await sleep(returnWithinMs)
    // A halted holder may have uncommitted rows, whose locks would block the next holder.
    await endSilentHolder(sql, name)
  }
  for (let ended = isPooled ? 0 : 1; ; ) {
    const taken = await tryToAcquire(sql, wish)
    if (taken) return taken
    // Once more after its last session has ended, which released the lock on the lease.
    if (ended === 0) break
    ended = await endSilentHolder(sql, name)
  }
  const holder = await readHolder(sql, name)
  // The holder may have released it between the two statements.
  const who = holder ? `pid ${holder.pid} on ${holder.host}, started at ${holder.since}` : 'another process'
  throw new BusyError(`Already at work on ${name}: ${who}.`, { hint: 'Wait for it to end, or stop it. Nothing was done here.' })
}

/** The session that lives as long as its process does; behind a pooler there is none. */
const ownBackend = (sql: ISql, isPooled: boolean) =>
  isPooled
    ? sql`(select null::int as pid, null::timestamptz as backend_start)`
    : sql`(select pid, backend_start from pg_stat_activity where pid = pg_backend_pid())`

/**
 * Ends the sessions of a holder whose lease has expired. If it was halted within a COPY, it keeps its lease locked and waits for lines
 * that never come; no time-out of the server ends that. Not to be called behind a pooler, where sessions are shared.
 * @returns how many there were
 */
export async function endSilentHolder(sql: Sql, name: string): Promise<number> {
  const holder = await readHolder(sql, name)
  // Another part of this process holds it: its sessions are not ended.
  if (!holder?.expired || (holder.host === hostname() && holder.pid === process.pid)) return 0
  // In the role that has logged in: its own settings may change it (ALTER ROLE … SET role), and the other would not see these sessions.
  const { count } = await sql`
    with own as materialized (select set_config('role', 'none', true))
    select pg_terminate_backend(pid), pg_sleep(0.05) from own, pg_stat_activity
    where datname = current_database() and usename = session_user and application_name = ${sessionName(holder.host, holder.pid)}`
  return count
}

interface Taken {
  token: number
  takenAt: Date
}

/**
 * Does not wait: a lease whose row is locked has a holder who is committing. Of sessions of another role the server tells no more than that
 * they are there, be it to the holder (whose role is changed by its own settings) or to us: such a holder is believed to live while a
 * session has the number of its own.
 */
async function tryToAcquire(sql: Sql, { name, owner, lifetimeS, isPooled }: Wish): Promise<Taken | undefined> {
  const [taken] = await sql<Taken[]>`
    with free as (select from ingest_leases where name = ${name} for update skip locked)
    insert into ingest_leases as l (name, owner, token, host, pid, backend_pid, backend_start, acquired_at, expires_at)
    select ${name}, ${owner}, 1, ${hostname()}, ${process.pid}, a.pid, a.backend_start, now(), now() + ${lifetimeS} * interval '1 second'
    from ${ownBackend(sql, isPooled)} a
    where exists (select from free) or not exists (select from ingest_leases where name = ${name})
    on conflict (name) do update set owner = excluded.owner, token = l.token + 1, host = excluded.host, pid = excluded.pid,
      backend_pid = excluded.backend_pid, backend_start = excluded.backend_start,
      acquired_at = excluded.acquired_at, expires_at = excluded.expires_at
    where l.expires_at < now() or l.owner = excluded.owner or ${isGone(sql)}
    returning token, clock_timestamp() as "takenAt"`
  return taken
}

/** Whether the session of the holder has ended. */
export const isGone = (sql: ISql) => sql`(l.backend_pid is not null and not exists (
  select from pg_stat_activity a where a.pid = l.backend_pid and coalesce(a.backend_start = l.backend_start, true)))`

/** Whether the holder with this token still holds a lease, and lives. */
export async function isHeld(sql: ISql, name: string, token: number): Promise<boolean> {
  const [held] = await sql`
    select from ingest_leases l where name = ${name} and token = ${token} and expires_at >= now() and not ${isGone(sql)}`
  return held !== undefined
}

/** Who holds a lease, since when, whether its time is over, and whether its session is gone. */
async function readHolder(sql: ISql, name: string) {
  const [holder] = await sql<{ host: string; pid: number; acquiredAt: Date; expired: boolean; gone: boolean }[]>`
    select host, pid, acquired_at as "acquiredAt", expires_at < now() as expired, ${isGone(sql)} as gone
    from ingest_leases l where name = ${name}`
  return holder && { ...holder, since: `${holder.acquiredAt.toISOString().slice(0, 19)}Z` }
}
