import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { BusyError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import { takeLease } from '../../src/store/leases.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { noPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { startPostgresProxy } from '../support/postgres-proxy.ts'
import { halted, until } from '../support/until.ts'

const take = (db: TestDatabase) => takeLease(db.database, 'daily:nba', silentLog)
const commit = (db: TestDatabase, lease: Awaited<ReturnType<typeof take>>) => db.database.transaction(tx => lease.check(tx))

test('one holds it; another is told who and since when', async () => {
  await using db = await createTestDatabase()
  const lease = await take(db)
  await expect(take(db)).rejects.toThrow(
    new RegExp(`^Already at work on daily:nba: pid ${process.pid} on .+, started at 20..-..-..T..:..:..Z\\.$`),
  )
  await lease.release()
  await (await take(db)).release()
})

/** A process that holds the lease for an hour and is halted, which has lost its session. */
async function startLost(db: TestDatabase): Promise<Disposable> {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../support/halted-holder.ts'), db.url, 'nothing'], {
    stdio: 'inherit',
  })
  await halted(child.pid as number)
  await db.sql`update ingest_leases set expires_at = now() + interval '1 hour'`
  await db.sql`select pg_terminate_backend(backend_pid, 5000) from ingest_leases`
  return { [Symbol.dispose]: () => void child.kill('SIGKILL') }
}

test.skipIf(inject('poolerUrl'))(
  'that of a process whose database session is gone, and does not come back, is free',
  async () => {
    await using db = await createTestDatabase()
    using _ = await startLost(db)
    const next = await take(db)
    expect(next.token).toBe(2)
    await commit(db, next)
    await next.release()
  },
)

test.skipIf(inject('poolerUrl'))('a holder whose session the server ends comes back and keeps it', async () => {
  await using db = await createTestDatabase()
  const lease = await take(db)
  await db.sql`select pg_terminate_backend(backend_pid, 5000) from ingest_leases`
  await expect(take(db)).rejects.toThrow(BusyError)
  await commit(db, lease)
  await lease.release()
  await (await take(db)).release()
})

test('that of a halted process is free when its time is over', async () => {
  await using db = await createTestDatabase()
  const halted = await take(db)
  await db.sql`update ingest_leases set expires_at = now() - interval '1 second'`
  const next = await take(db)
  await expect(commit(db, halted)).rejects.toThrow('Lost the lease daily:nba')
  await halted.release()
  await next.release()
})

test('who has to be followed up sooner says so: that of a process which does not renew it is free after its own lifetime', async () => {
  await using db = await createTestDatabase()
  const times = { lifetimeS: 0.3, renewalMs: 60_000 }
  const silent = await takeLease(db.database, 'live:nba', silentLog, times)
  await expect(takeLease(db.database, 'live:nba', silentLog, times)).rejects.toThrow(BusyError)
  await until('its time is over', async () => (await db.sql`select 1 from ingest_leases where expires_at < now()`).length > 0)
  const next = await takeLease(db.database, 'live:nba', silentLog, times)
  await expect(commit(db, silent)).rejects.toThrow('Lost the lease live:nba')
  await silent.release()
  await next.release()
})

test('nobody can take it while its holder commits, even when its time is over', async () => {
  await using db = await createTestDatabase()
  const lease = await take(db)
  await db.sql`update ingest_leases set expires_at = now() - interval '1 second'`
  await db.database.transaction(async tx => {
    await lease.check(tx)
    await expect(take(db)).rejects.toThrow(BusyError)
  })
  await (await take(db)).release()
  await lease.release()
})

test.skipIf(inject('poolerUrl'))(
  'that of a process which was halted in the middle of a COPY is taken over when its time is over: its sessions are ended',
  async () => {
    await using db = await createTestDatabase()
    const child = spawn(process.execPath, [join(import.meta.dirname, '../support/halted-holder.ts'), db.url, 'copy'], {
      stdio: 'inherit',
    })
    try {
      await halted(child.pid as number)
      await until('its time is over', async () => (await db.sql`select from ingest_leases where expires_at < now()`).length > 0)
      await (await take(db)).release()
    } finally {
      child.kill('SIGKILL')
    }
  },
)

test.skipIf(inject('poolerUrl'))(
  'that of another role, of whose sessions the server tells nothing, is free when its session is gone, not before',
  async () => {
    await using db = await createTestDatabase()
    const role = `other_${db.name}`
    await db.sql.unsafe(`create role ${role} login; grant all on all tables in schema public to ${role}`)
    const url = new URL(db.url)
    url.username = role
    const settings = { url: url.href, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 1 }
    const other = await openDatabase({ settings, schema: 'as-is', clock: createClock(), log: silentLog })
    try {
      const [own] = await other.run(sql => sql`select backend_start from pg_stat_activity where usename <> current_user`)
      expect(own).toEqual({ backend_start: null })
      const lease = await take(db)
      await expect(takeLease(other, 'daily:nba', silentLog)).rejects.toThrow(`pid ${process.pid} on`)
      await lease.release()
      using _ = await startLost(db)
      const next = await takeLease(other, 'daily:nba', silentLog)
      await commit(db, next)
      await next.release()
    } finally {
      await other.close()
      await db.sql.unsafe(`drop owned by ${role}; drop role ${role}`)
    }
  },
)

test.skipIf(inject('poolerUrl'))(
  'that of a role which becomes another one when it logs in holds against those who see its sessions, and falls with them',
  async () => {
    await using db = await createTestDatabase()
    const [role, owner] = [`changed_${db.name}`, `owner_${db.name}`]
    await db.sql.unsafe(`create role ${owner}; create role ${role} login in role ${owner}; alter role ${role} set role to ${owner};
      grant all on all tables in schema public to ${owner}`)
    const url = new URL(db.url)
    url.username = role
    const settings = { url: url.href, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 1 }
    const changed = await openDatabase({ settings, schema: 'as-is', clock: createClock(), log: silentLog })
    const child = spawn(process.execPath, [join(import.meta.dirname, '../support/halted-holder.ts'), url.href, 'copy'], {
      stdio: 'inherit',
    })
    try {
      // The role that it becomes may not see the sessions of the one that has logged in, so the holder tells no start of its own.
      await halted(child.pid as number)
      expect(await db.sql`select backend_start from ingest_leases`).toEqual([{ backend_start: null }])
      await until('its time is over', async () => (await db.sql`select from ingest_leases where expires_at < now()`).length > 0)
      // Of the same role, which may end what it has begun.
      await (await takeLease(changed, 'daily:nba', silentLog)).release()
      const lease = await takeLease(changed, 'daily:nba', silentLog)
      await expect(take(db)).rejects.toThrow(`pid ${process.pid} on`)
      await lease.release()
    } finally {
      child.kill('SIGKILL')
      await changed.close()
      await db.sql.unsafe(`drop owned by ${role}, ${owner}; drop role ${role}, ${owner}`)
    }
  },
)

test.skipIf(noPgBouncer)('behind a pooler, which may have few sessions, none needs one of its own', async () => {
  await using db = await createTestDatabase()
  await using pooler = await startPgBouncer(inject('databaseUrl'), 'session', 'default_pool_size = 2\nquery_wait_timeout = 5')
  const settings = { url: pooler.url.replace('NAME', db.name), dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 1 }
  const pooled = await openDatabase({ settings, schema: 'as-is', clock: createClock(), log: silentLog })
  try {
    const leases = []
    for (const sport of ['nba', 'nfl', 'racing']) leases.push(await takeLease(pooled, `live:${sport}`, silentLog))
    for (const lease of leases) await pooled.transaction(tx => lease.check(tx))
    await expect(takeLease(db.database, 'live:nba', silentLog)).rejects.toThrow(BusyError)
    for (const lease of leases) await lease.release()
  } finally {
    await pooled.close()
  }
})

test('one that another process has taken says so, at its next renewal', async () => {
  await using db = await createTestDatabase()
  const lease = await takeLease(db.database, 'daily:nba', silentLog, { lifetimeS: 30, renewalMs: 20 })
  expect(lease.lost.aborted).toBe(false)
  const lost = once(lease.lost, 'abort')
  await db.sql`update ingest_leases set owner = gen_random_uuid(), token = token + 1`
  await lost
  expect(lease.lost.reason).toBeInstanceOf(BusyError)
  await lease.release()
})

test('one that cannot be renewed for as long as it lasts says so', async () => {
  await using db = await createTestDatabase()
  await using proxy = await startPostgresProxy(db.url)
  const settings = { url: proxy.url, dataDir: '/none', queryTimeoutMs: 5_000, reconnectAttempts: 1 }
  const database = await openDatabase({ settings, clock: createClock(), log: silentLog })
  const lease = await takeLease(database, 'daily:nba', silentLog, { lifetimeS: 0.2, renewalMs: 20 })
  const lost = once(lease.lost, 'abort')
  await proxy.cut()
  await lost
  expect((lease.lost.reason as Error).message).toBe('Lost the lease daily:nba: it could not be renewed in time.')
  await lease.release()
  await database.close()
})
