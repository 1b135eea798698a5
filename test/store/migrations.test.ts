import { expect, test } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { ConfigError, StoreError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import { migrate, readSchemaStatus } from '../../src/store/migrations.ts'
import { openDatabase } from '../../src/store/open-database.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const open = ({ url }: TestDatabase) =>
  openDatabase({
    settings: { url, dataDir: '/nowhere', queryTimeoutMs: 60_000, reconnectAttempts: 1 },
    clock: createClock(),
    log: silentLog,
  })

test('ten that open an empty database at once all find the schema ready', async () => {
  await using db = await createTestDatabase({ empty: true })
  const opened = await Promise.all(Array.from({ length: 10 }, () => open(db)))
  const statuses = await Promise.all(opened.map(database => database.run(readSchemaStatus)))
  expect(statuses.every(status => status.pending === 0 && !status.newer)).toBe(true)
  expect(await db.sql`select count(*)::int as count from ingest_migrations`).toEqual([{ count: statuses[0]?.migrations.length }])
  await Promise.all(opened.map(database => database.close()))
})

test('a schema that is newer than the program is refused', async () => {
  await using db = await createTestDatabase()
  await db.sql`insert into ingest_migrations (hash, created_at) values ('later', 99999999999999)`
  const opening = open(db)
  await expect(opening).rejects.toThrow(StoreError)
  await expect(opening).rejects.toThrow(/is newer than this program/)
})

test("a server's schema that lags is not changed behind its owner's back", async () => {
  await using db = await createTestDatabase()
  await db.sql`update ingest_migrations set created_at = 1`
  const opening = open(db)
  await expect(opening).rejects.toThrow(ConfigError)
  await expect(opening).rejects.toMatchObject({ hint: 'Run sports-ingest db migrate.' })
})

test('migrating twice changes nothing', async () => {
  await using db = await createTestDatabase()
  await migrate(db.database)
  expect(await readSchemaStatus(db.sql)).toMatchObject({ pending: 0, newer: false, empty: false })
})
