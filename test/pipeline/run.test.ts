import { expect, test } from 'vitest'
import { BusyError } from '../../src/core/errors.ts'
import { silentLog } from '../../src/core/log.ts'
import { createDryRun, createRun, tryOut } from '../../src/pipeline/run.ts'
import { takeLease } from '../../src/store/leases.ts'
import { beginRun } from '../../src/store/runs.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const take = (db: TestDatabase, name: string) => takeLease(db.database, name, silentLog)

const write = (tx: { unsafe(query: string): unknown }, value: string) =>
  tx.unsafe(`insert into ingest_watermarks values ('test', '${value}', '${value}', now())`)

const written = async (db: TestDatabase) =>
  (await db.sql<{ key: string }[]>`select key from ingest_watermarks order by 1`).map(({ key }) => key)

test.each(['first', 'last'] as const)('a commit that checks its lease %s fails once another process holds it', async check => {
  await using db = await createTestDatabase()
  const lost = await take(db, 'daily:nba')
  const run = createRun(db.database, 1, [lost])
  const commit = (value: string) =>
    check === 'first'
      ? run.commit(tx => Promise.resolve(write(tx, value)))
      : run.commit(
          tx => Promise.resolve(write(tx, value)),
          async () => undefined,
        )
  await commit('before')
  await db.sql`update ingest_leases set expires_at = now() - interval '1 second'`
  const next = await take(db, 'daily:nba')
  await expect(commit('after')).rejects.toThrow(BusyError)
  expect(await written(db)).toEqual(['before'])
  await lost.release()
  await next.release()
})

test('a run of several leases commits only while it holds all of them', async () => {
  await using db = await createTestDatabase()
  const [days, files] = [await take(db, 'daily:demo'), await take(db, 'files:demo')]
  const run = createRun(db.database, 1, [days, files])
  await files.release()
  await expect(run.commit(tx => Promise.resolve(write(tx, 'half')))).rejects.toThrow('Lost the lease files:demo')
  expect(await written(db)).toEqual([])
  await days.release()
})

test('what is settled behind the check of the lease sees what was committed while the work went on', async () => {
  await using db = await createTestDatabase()
  const lease = await take(db, 'files:nfl')
  const run = createRun(db.database, 1, [lease])
  const seen = await run.commit(
    async () => {
      await run.commit(tx => Promise.resolve(write(tx, 'meanwhile')))
    },
    async tx => (await tx<{ key: string }[]>`select key from ingest_watermarks`).map(({ key }) => key),
  )
  expect(seen).toEqual(['meanwhile'])
  await lease.release()
})

test('how far a run is can be noted while it writes, until another process has ended it', async () => {
  await using db = await createTestDatabase()
  const lease = await take(db, 'backfill:demo')
  const at = new Date('2026-01-01T00:00:00Z')
  const begin = (time: Date) =>
    db.database.transaction(tx => beginRun(tx, { job: 'backfill', sport: 'demo', counts: {}, at: time }))
  const run = createRun(db.database, await begin(at), [lease])
  await run.commit(async tx => {
    await write(tx, 'rows')
    // This would wait for ever if it asked for the lease.
    await run.note(noting => Promise.resolve(write(noting, 'noted')))
  })
  expect(await written(db)).toEqual(['noted', 'rows'])

  await lease.release()
  const next = await take(db, 'backfill:demo')
  await begin(new Date(at.getTime() + 1000))
  await expect(run.note(tx => Promise.resolve(write(tx, 'late')))).rejects.toThrow(BusyError)
  expect(await written(db)).toEqual(['noted', 'rows'])
  await next.release()
})

test('a dry run gives the result of its work and keeps nothing', async () => {
  await using db = await createTestDatabase()
  const run = createDryRun(db.database)
  const count = async (tx: TestDatabase['sql']) => (await tx`select 1 from ingest_watermarks`).length
  const work = async (tx: Parameters<Parameters<typeof run.commit>[0]>[0]) => {
    await write(tx, 'dry')
    return await count(tx as unknown as TestDatabase['sql'])
  }
  expect(run.id).toBeNull()
  expect(await run.commit(work)).toBe(1)
  expect(await run.commit(work, async (_, found) => found + 1)).toBe(2)
  expect(await written(db)).toEqual([])
})

test('an error of work that is only tried is thrown on', async () => {
  await using db = await createTestDatabase()
  await expect(tryOut(db.database, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
})
