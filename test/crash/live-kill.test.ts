import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { runCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { reply, startProviderServer } from '../support/provider-server.ts'
import { type TableHashes, tableHashes } from '../support/table-hashes.ts'
import { at } from '../support/test-clock.ts'

/** Two states of an evening, so near to each other that the schedule is not updated in between. */
const [earlier, later] = ['2027-01-20T01:30:00Z', '2027-01-20T01:55:00Z']

const serve = (now: string) => startSandbox({ clock: { ...createClock(), now: () => at(now) } })
const [before, after] = [await serve(earlier), await serve(later)]
/** A cache that is down: what it should be sent stays in the outbox. */
const cache = await startProviderServer([reply(503)])
afterAll(async () => {
  await before.close()
  await after.close()
  await cache[Symbol.asyncDispose]()
})

const runOnce = (db: TestDatabase, now: string, env: Record<string, string> = {}) => {
  const server = now === earlier ? before : after
  return runCli(['live', '--sport', 'nba', '--once'], {
    DATABASE_URL: db.url,
    SPORTS_INGEST_PROVIDER_NBA_CDN_URL: server.baseUrlOf('nba-cdn'),
    SPORTS_INGEST_PROVIDER_NBA_STATS_URL: server.baseUrlOf('nba-stats'),
    SPORTS_INGEST_NOW: now,
    CACHE_INVALIDATION_URL: cache.url,
    LOG_LEVEL: 'error',
    ...env,
  })
}

async function openEvening(): Promise<TestDatabase> {
  const db = await createTestDatabase()
  const { code, stderr } = await runOnce(db, earlier)
  expect(code, stderr).toBe(0)
  // What the update before has noted is no part of the poll.
  await db.sql`delete from ingest_outbox`
  return db
}

const readNotices = async ({ sql }: TestDatabase) =>
  [...(await sql`select tags from ingest_outbox order by id`)].map(({ tags }) => tags)

let whole: { tables: TableHashes; notices: unknown[] }

beforeAll(async () => {
  await using db = await openEvening()
  const { code, stderr } = await runOnce(db, later)
  expect(code, stderr).toBe(0)
  whole = { tables: await tableHashes(db.sql), notices: await readNotices(db) }
  expect(whole.notices).toHaveLength(1)
})

describe.concurrent('a poll that is killed leaves all of it or nothing, and the cache invalidations with it', () => {
  test.each([
    'lease-taken',
    'before-fetch:1',
    'before-fetch:3',
    'after-archive:1',
    'after-archive:4',
    'chunk-opened',
    'mid-copy:2',
    'rows-merged:3',
    'before-commit',
    'after-commit',
  ])('killed at %s', async step => {
    await using db = await openEvening()
    const untouched = await tableHashes(db.sql)
    const killed = await runOnce(db, later, { SPORTS_INGEST_STEP: `kill:${step}` })
    expect(killed.signal, killed.stderr).toBe('SIGKILL')
    const left = { tables: await tableHashes(db.sql), notices: await readNotices(db) }
    expect(left).toEqual(step === 'after-commit' ? whole : { tables: untouched, notices: [] })

    const { code, stderr } = await runOnce(db, later)
    expect(code, stderr).toBe(0)
    expect({ tables: await tableHashes(db.sql), notices: await readNotices(db) }).toEqual(whole)
  })
})
