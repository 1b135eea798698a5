import { afterAll, describe, expect, inject, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts'
import { type CliProcess, runCli, startCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { at } from '../support/test-clock.ts'
import { logLines } from '../support/told.ts'
import { halted, until } from '../support/until.ts'

/** An evening with nine games, five of them under way. */
const evening = '2027-01-20T01:30:00Z'

/**
 * What another host has until it is at work: 15 seconds, and what a busy machine may take on top. Behind a pooler a transaction that is halted
 * is ended after those 15 seconds, and then looked for every 3.
 */
const takeOverMs = inject('poolerUrl') ? 30_000 : 22_000

interface Host extends AsyncDisposable {
  process: CliProcess
  /** It asks a server of its own, so that it can be told who asks. */
  provider: Sandbox
  polls(): number
}

const servers: Sandbox[] = []
afterAll(async () => {
  for (const server of servers) await server.close()
})

async function startHost(db: TestDatabase, env: Record<string, string> = {}): Promise<Host> {
  const provider = await startSandbox({ clock: createClock(at(evening)) })
  servers.push(provider)
  const process = startCli(['live', '--sport', 'nba'], { ...settings(db, provider), ...env })
  return {
    process,
    provider,
    polls: () => provider.requests().filter(({ path }) => path.includes('todaysScoreboard')).length,
    [Symbol.asyncDispose]: async () => {
      process.child.kill('SIGKILL')
      await process.done
    },
  }
}

const settings = (db: TestDatabase, provider: Sandbox) => ({
  DATABASE_URL: db.url,
  SPORTS_INGEST_PROVIDER_NBA_CDN_URL: provider.baseUrlOf('nba-cdn'),
  SPORTS_INGEST_PROVIDER_NBA_STATS_URL: provider.baseUrlOf('nba-stats'),
  SPORTS_INGEST_NOW: evening,
  SPORTS_INGEST_LIVE_LIVE_INTERVAL: '10s',
})

/** How long it takes until it polls; measured by itself, so that a slow machine is seen. */
async function timeToPoll(host: Host): Promise<number> {
  const [startedMs, before] = [performance.now(), host.polls()]
  await until('the other host polls', () => host.polls() > before)
  return performance.now() - startedMs
}

const runStatuses = async ({ sql }: TestDatabase) =>
  (await sql<{ status: string }[]>`select status from ingest_runs where job = 'live' order by id`).map(({ status }) => status)

describe.concurrent('two hosts', () => {
  test('one works and one stands by; it takes over when the other is halted or killed, and SIGTERM ends it', async () => {
    await using db = await createTestDatabase()
    await using one = await startHost(db)
    await using two = await startHost(db)
    await until('one of them has polled twice', () => one.polls() + two.polls() >= 2)
    const [holder, other] = one.polls() > 0 ? [one, two] : [two, one]
    expect([holder.polls(), other.provider.requests().length]).toEqual([2, 0])
    const once = await runCli(['live', '--sport', 'nba', '--once'], settings(db, one.provider))
    expect(once.code).toBe(103)
    expect(once.stderr).toContain(`Already at work on live:nba: pid ${holder.process.pid} on `)

    holder.process.child.kill('SIGSTOP')
    await halted(holder.process.pid)
    expect(await timeToPoll(other)).toBeLessThan(takeOverMs)
    const asked = holder.provider.requests().length
    holder.process.child.kill('SIGCONT')
    await until('the new one has gone on', () => other.polls() >= 3)
    expect(holder.provider.requests().length).toBe(asked)

    other.process.child.kill('SIGKILL')
    expect(await timeToPoll(holder)).toBeLessThan(takeOverMs)
    const stoppedMs = performance.now()
    holder.process.child.kill('SIGTERM')
    const ended = await holder.process.done
    expect(performance.now() - stoppedMs).toBeLessThan(10_000)
    expect(ended.code, ended.stderr).toBe(143)
    // Whoever took over has ended its sessions, which it may find out by asking.
    const lost = ['lease.renew', 'database.retry']
    const warned = logLines(ended).filter(({ level, event }) => level === 'warn' && !lost.includes(event))
    expect(warned).toMatchObject([{ event: 'live.stand-down' }])
    expect(ended.stdout).toContain('nba on standby: Already at work on live:nba: ')
    for (const line of ended.stdout.trim().split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect(await runStatuses(db)).toEqual(['lost', 'lost', 'stopped'])
    expect(await db.sql`select 1 from ingest_leases`).toEqual([])
    expect(await db.sql`select mode, next_look_at from ingest_heartbeats`).toEqual([{ mode: 'stopped', next_look_at: null }])
  }, 120_000)

  test('one that is halted within its commit keeps nothing locked', async () => {
    await using db = await createTestDatabase()
    // The first two commits are those of the schedule's update.
    await using holder = await startHost(db, { SPORTS_INGEST_STEP: 'stop:before-commit:3' })
    await until('it is at work', () => holder.polls() > 0)
    await using other = await startHost(db)
    await halted(holder.process.pid)
    expect(await timeToPoll(other)).toBeLessThan(takeOverMs)
    const asked = holder.polls()
    holder.process.child.kill('SIGCONT')
    await until('the new one has gone on', () => other.polls() >= 2)
    expect([holder.process.child.exitCode, holder.polls()]).toEqual([null, asked])
    expect(await runStatuses(db)).toEqual(['lost', 'running'])
    const rows = () => db.sql`select 1 from games where status = 'live' and status_text <> 'Half'`
    expect((await rows()).length).toBeGreaterThan(0)
  }, 120_000)
})
