import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createSmallSeason, startBackfill, startBackfillProvider } from '../support/backfill-run.ts'
import { type CliProcess, startCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { type TableHashes, tableHashes } from '../support/table-hashes.ts'
import { halted, until } from '../support/until.ts'

const season = createSmallSeason()
const apart = [...season.flags, '--distribute']
const provider = await startBackfillProvider(season)
afterAll(() => provider[Symbol.asyncDispose]())

let wholeTables: TableHashes
let wholeReceipt: object

/** What a receipt says, but for when, how long, and how often the schedule was asked for. */
const told = (stdout: string): object => {
  const [{ startedAt: _1, durationMs: _2, requests: _3, ...receipt }] = JSON.parse(stdout).runs
  return receipt
}

beforeAll(async () => {
  await using db = await createTestDatabase()
  const { code, stdout, stderr } = await startBackfill({ ...provider.env, DATABASE_URL: db.url }, [...season.flags, '--json'])
    .done
  expect(code, stderr).toBe(1) // the broken game
  wholeTables = await tableHashes(db.sql)
  wholeReceipt = told(stdout)
})

async function openHosts() {
  const db = await createTestDatabase()
  const env = { ...provider.env, DATABASE_URL: db.url }
  const workers: CliProcess[] = []
  return {
    db,
    env,
    work: (more: Record<string, string> = {}) => {
      const worker = startCli(['worker', '--concurrency', '1'], { ...env, ...more })
      workers.push(worker)
      return worker
    },
    async [Symbol.asyncDispose]() {
      for (const { child, pid } of workers)
        if (child.exitCode === null && child.signalCode === null) {
          process.kill(pid, 'SIGCONT')
          process.kill(pid, 'SIGTERM')
        }
      await Promise.all(workers.map(({ done }) => done))
      await db[Symbol.asyncDispose]()
    },
  }
}

describe.concurrent('a distributed backfill', () => {
  test.each(['before-fetch', 'after-fetch', 'chunk-opened', 'rows-merged', 'before-commit', 'after-commit', 'job-worked'])(
    'on three hosts, of which one is killed and one halted at %s, leaves the tables of one host',
    async step => {
      await using hosts = await openHosts()
      const run = startBackfill(hosts.env, [...apart, '--json'])
      const killed = hosts.work({ SPORTS_INGEST_STEP: `kill:${step}:1` })
      const asleep = hosts.work({ SPORTS_INGEST_STEP: `stop:${step}:1` })
      const isAsleep = halted(asleep.pid).catch(async (error: Error) => {
        throw new Error(`${error.message} ${(await asleep.done).stderr}`)
      })
      await Promise.all([killed.done, isAsleep])
      hosts.work()
      const { code, stdout, stderr } = await run.done
      expect(code, stderr).toBe(1)
      expect(told(stdout)).toEqual(wholeReceipt)
      expect(await tableHashes(hosts.db.sql)).toEqual(wholeTables)
      // Awake again, it commits nothing more.
      process.kill(asleep.pid, 'SIGCONT')
      await until('the worker is at work again', async () => {
        const jobs = await hosts.db
          .sql`select from ingest_leases where name like 'worker:%' and expires_at > now() and pid = ${asleep.pid}`
        return jobs.length > 0
      })
      process.kill(asleep.pid, 'SIGTERM')
      await asleep.done
      expect(await tableHashes(hosts.db.sql)).toEqual(wholeTables)
      expect(await hosts.db.sql`select distinct status from background_job_status where kind = 'unit'`).toEqual([
        { status: 'completed' },
      ])
    },
  )

  test('whose coordinator is killed is resumed by the next, which loads what is left', async () => {
    await using hosts = await openHosts()
    const lost = startBackfill({ ...hosts.env, SPORTS_INGEST_STEP: 'kill:planned:1' }, apart)
    expect((await lost.done).signal).toBe('SIGKILL')
    hosts.work()
    const { code, stderr } = await startBackfill(hosts.env, apart).done
    expect(code, stderr).toBe(1)
    expect(await tableHashes(hosts.db.sql)).toEqual(wholeTables)
    expect(await hosts.db.sql`select status from ingest_runs order by id`).toEqual([{ status: 'lost' }, { status: 'failed' }])
    expect(await hosts.db.sql`select kind from background_job_status where status = 'failed'`).toEqual([])
  })

  test('that is stopped leaves no job behind that anybody works', async () => {
    await using hosts = await openHosts()
    const run = startBackfill(hosts.env, apart)
    await until('its units wait', async () => (await hosts.db.sql`select from background_job_status`).length > 0)
    process.kill(run.pid, 'SIGTERM')
    expect(await run.done).toMatchObject({ code: 143 })
    expect(await hosts.db.sql`select kind from background_job_status`).toEqual([])
    expect(await hosts.db.sql`select status from ingest_runs`).toEqual([{ status: 'stopped' }])
  })
})
