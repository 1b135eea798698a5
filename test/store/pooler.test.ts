import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { runDaily, runUndisturbed } from '../support/daily-run.ts'
import { createDatabaseOn, type TestDatabase } from '../support/database-server.ts'
import { importUndisturbed, openImport, startImport } from '../support/import-run.ts'
import { noPgBouncer, startPgBouncer } from '../support/pgbouncer.ts'
import { loadThroughFifth, startSmallLeague } from '../support/small-league.ts'
import { type TableHashes, tableHashes } from '../support/table-hashes.ts'
import { halted, until } from '../support/until.ts'

const league = await startSmallLeague()
let whole: { days: TableHashes; files: TableHashes }
beforeAll(async () => {
  if (noPgBouncer) return
  whole = { days: (await runUndisturbed(league.env)).tables, files: await importUndisturbed('empty') }
})
afterAll(() => league.close())

/** Settings of a database that would show in what is read and written. */
const odd = {
  datestyle: 'German',
  timezone: 'Asia/Kolkata',
  bytea_output: 'escape',
  search_path: '"$user"',
  default_transaction_isolation: 'serializable',
  default_transaction_read_only: 'on',
  statement_timeout: '5s',
}

describe.skipIf(noPgBouncer).each(['session', 'transaction'] as const)('behind PgBouncer, pooling each %s', mode => {
  const open = async () => {
    const stack = new AsyncDisposableStack()
    const pooler = stack.use(await startPgBouncer(inject('databaseUrl'), mode))
    const db: TestDatabase = stack.use(await createDatabaseOn(inject('databaseUrl'), {}, pooler.url))
    return { db, env: { ...league.env, DATABASE_URL: db.url }, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  }

  test('days, files and live work leave the same rows as without it', async () => {
    await using world = await open()
    const { db, env } = world
    const status = await runCli(['db', 'status', '--json'], env)
    expect(JSON.parse(status.stdout), status.stderr).toMatchObject({ connection: `${mode} pool`, pending: 0 })
    await loadThroughFifth(db.database)
    const daily = await runDaily(env)
    expect(daily.code, daily.stderr).toBe(0)
    expect(await tableHashes(db.sql)).toEqual(whole.days)
    const again = await runCli(['schedule', 'daily', '--sport', 'nba', '--json'], env)
    expect(JSON.parse(again.stdout), again.stderr).toMatchObject({ runs: [{ rows: { inserted: 0, updated: 0, deleted: 0 } }] })
    const live = await runCli(['live', '--once', '--sport', 'nba'], env)
    expect(live.code, live.stderr).toBe(0)
  })

  test('seasons of files leave the same rows as without it', async () => {
    await using world = await open()
    await using files = await openImport('empty')
    const { code, stderr } = await startImport({ ...files.env, DATABASE_URL: world.db.url }).done
    expect(code, stderr).toBe(2)
    expect(await tableHashes(world.db.sql)).toEqual(whole.files)
  })

  test('settings of the database change nothing, and ours do not stay with the session', async () => {
    await using world = await open()
    const { db, env } = world
    await loadThroughFifth(db.database)
    for (const [name, value] of Object.entries(odd)) await db.sql.unsafe(`alter database ${db.name} set ${name} = '${value}'`)
    await db.sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${db.name} and pid <> pg_backend_pid()`
    const { code, stderr } = await runDaily(env)
    expect(code, stderr).toBe(0)
    expect(await tableHashes(db.sql)).toEqual(whole.days)
    const kept = await runCli(['db', 'status'], env)
    expect(kept.code, kept.stderr).toBe(0)
  })

  test('the lease of a killed process is free when its time is over, not before', async () => {
    await using world = await open()
    const { db, env } = world
    await using run = await startHolder(db.url, 'nothing')
    run.child.kill('SIGKILL')
    await run.ended
    // A second is over before another process has begun, where the machine is busy.
    await db.sql`update ingest_leases set expires_at = now() + interval '1 hour'`
    const words = ['watermark', 'set', 'schedule', 'daily:nba', '2024-12-05']
    const busy = await runCli(words, env)
    expect(busy.stderr).toContain('Already at work on daily:nba')
    expect(busy.code).toBe(103)
    await db.sql`update ingest_leases set expires_at = now() - interval '1 second'`
    const next = await runCli(words, env)
    expect(next.code, next.stderr).toBe(0)
  })

  test('the lease of a process that halts within a transaction is free after its time, at the latest when the server ends that', async () => {
    await using world = await open()
    const { db, env } = world
    await using run = await startHolder(db.url, 'lock')
    await isOver(db)
    const words = ['watermark', 'set', 'schedule', 'daily:nba', '2024-12-05']
    await until('its transaction is over', async () => (await runCli(words, env)).code === 0)
    expect(run.child.exitCode).toBeNull()
  })
})

/** When the time of the only lease is over. */
const isOver = (db: TestDatabase) =>
  until('its time is over', async () => (await db.sql`select from ingest_leases where expires_at < now()`).length > 0)

/** A process that takes the lease `daily:nba` for a second, does that, and halts. */
async function startHolder(url: string, then: 'nothing' | 'lock') {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../support/halted-holder.ts'), url, then], {
    stdio: 'inherit',
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  await halted(child.pid as number)
  return {
    ...{ child, ended },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
