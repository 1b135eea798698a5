import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { runCli } from '../support/cli.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { reply, startProviderServer } from '../support/provider-server.ts'
import { type TableHashes, tableHashes } from '../support/table-hashes.ts'
import { at } from '../support/test-clock.ts'

/** Two states of an evening, so near to each other that the schedule is not looked at in between. */
const [earlier, later] = ['2027-01-20T01:30:00Z', '2027-01-20T01:55:00Z']

const serve = (now: string) => startSandbox({ clock: { ...createClock(), now: () => at(now) } })
const [before, after] = [await serve(earlier), await serve(later)]
/** A cache that is never told: what it is to be told stays to be seen. */
const cache = await startProviderServer([reply(503)])
afterAll(async () => {
  await before.close()
  await after.close()
  await cache[Symbol.asyncDispose]()
})

const look = (db: TestDatabase, now: string, env: Record<string, string> = {}) => {
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
  const { code, stderr } = await look(db, earlier)
  expect(code, stderr).toBe(0)
  // What the update before has noted is no part of the look.
  await db.sql`delete from ingest_outbox`
  return db
}

const notices = async ({ sql }: TestDatabase) =>
  [...(await sql`select tags from ingest_outbox order by id`)].map(({ tags }) => tags)

let whole: { tables: TableHashes; told: unknown[] }

beforeAll(async () => {
  await using db = await openEvening()
  const { code, stderr } = await look(db, later)
  expect(code, stderr).toBe(0)
  whole = { tables: await tableHashes(db.sql), told: await notices(db) }
  expect(whole.told).toHaveLength(1)
})

describe.concurrent('a look that is killed leaves all of it or nothing, and what caches are to be told with it', () => {
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
    const killed = await look(db, later, { SPORTS_INGEST_STEP: `kill:${step}` })
    expect(killed.signal, killed.stderr).toBe('SIGKILL')
    const left = { tables: await tableHashes(db.sql), told: await notices(db) }
    expect(left).toEqual(step === 'after-commit' ? whole : { tables: untouched, told: [] })

    const { code, stderr } = await look(db, later)
    expect(code, stderr).toBe(0)
    expect({ tables: await tableHashes(db.sql), told: await notices(db) }).toEqual(whole)
  })
})
