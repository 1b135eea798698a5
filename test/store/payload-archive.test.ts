import { expect, test } from 'vitest'
import { createPayloadArchive, type Payload } from '../../src/store/payload-archive.ts'
import { createTestDatabase } from '../support/database.ts'
import { createTestClock } from '../support/test-clock.ts'

const payload = (body: string, fetchedAt: string, more: Partial<Payload> = {}): Payload => ({
  provider: 'nba-cdn',
  url: 'https://example.test/a.json',
  status: 200,
  body: Buffer.from(body),
  fetchedAt: new Date(fetchedAt),
  ...more,
})

test('what is kept comes back byte for byte, with its tags', async () => {
  await using db = await createTestDatabase()
  const archive = createPayloadArchive(db.database, createTestClock('2025-02-01T00:00:00Z'))
  const body = `{"name":"Дончић","text":"${'x'.repeat(100_000)}"}`
  await archive.keep(payload(body, '2025-01-15T12:00:00Z', { etag: '"1"', lastModified: 'Wed, 15 Jan 2025 11:00:00 GMT' }))
  const found = await archive.find('nba-cdn', 'https://example.test/a.json')
  expect(found).toMatchObject({ etag: '"1"', lastModified: 'Wed, 15 Jan 2025 11:00:00 GMT' })
  expect((await found?.body())?.toString()).toBe(body)
  const [row] = await db.sql`select bytes, length(body) as packed from payloads`
  expect(row?.['bytes']).toBe(Buffer.byteLength(body))
  expect(row?.['packed']).toBeLessThan(2_000)
})

test('the same content is there once, a changed one beside it, and the newest is found', async () => {
  await using db = await createTestDatabase()
  const archive = createPayloadArchive(db.database, createTestClock('2025-02-01T00:00:00Z'))
  await archive.keep(payload('1', '2025-01-15T12:00:00Z', { etag: '"1"' }))
  await archive.keep(payload('2', '2025-01-15T13:00:00Z', { etag: '"2"' }))
  await archive.keep(payload('1', '2025-01-15T14:00:00Z', { etag: '"3"' }))
  expect(await db.sql`select count(*)::int as count from payloads`).toEqual([{ count: 2 }])
  const found = await archive.find('nba-cdn', 'https://example.test/a.json')
  expect([found?.etag, (await found?.body())?.toString()]).toEqual(['"3"', '1'])
  expect(await archive.find('nba-cdn', 'https://example.test/b.json')).toBeUndefined()
})

test('one that is kept alone takes the place of what was kept of its address before, and of no other', async () => {
  await using db = await createTestDatabase()
  const archive = createPayloadArchive(db.database, createTestClock('2025-02-01T00:00:00Z'))
  await archive.keep(payload('1', '2025-01-15T12:00:00Z'))
  await archive.keep(payload('1', '2025-01-15T12:00:00Z', { url: 'https://example.test/b.json' }))
  for (const body of ['2', '3', '3'])
    await archive.keep(payload(body, '2025-01-15T13:00:00Z', { etag: `"${body}"` }), { alone: true })
  expect(await db.sql`select right(url, 6) as url, etag from payloads order by 1`).toEqual([
    { url: 'a.json', etag: '"3"' },
    { url: 'b.json', etag: null },
  ])
})

test('a newest answer that has not changed since is as new as the day it was last asked for', async () => {
  await using db = await createTestDatabase()
  const archive = createPayloadArchive(db.database, createTestClock('2025-02-01T00:00:00Z'))
  await archive.keep(payload('1', '2024-11-01T00:00:00Z'))
  await archive.keep(payload('2', '2024-11-02T00:00:00Z'))
  await archive.keep(payload('3', '2024-11-02T00:00:00Z', { url: 'https://example.test/b.json' }))
  const stood = async () => {
    const rows = await db.sql<{ said: string }[]>`
      select right(url, 6) || ' ' || to_char(fetched_at, 'MM-DD HH24:MI') as said from payloads order by fetched_at, url`
    return rows.map(({ said }) => said)
  }
  const confirm = (at: string) => archive.confirm('nba-cdn', 'https://example.test/a.json', new Date(at))
  await confirm('2024-11-02T23:00:00Z')
  expect(await stood()).toEqual(['a.json 11-01 00:00', 'a.json 11-02 00:00', 'b.json 11-02 00:00'])
  await confirm('2024-11-09T12:00:00Z')
  expect(await stood()).toEqual(['a.json 11-01 00:00', 'b.json 11-02 00:00', 'a.json 11-09 12:00'])
  expect((await (await archive.find('nba-cdn', 'https://example.test/a.json'))?.body())?.toString()).toBe('2')
})

test('the answers to a path are listed newest first, whatever the base address, and no others', async () => {
  await using db = await createTestDatabase()
  const archive = createPayloadArchive(db.database, createTestClock('2025-02-01T00:00:00Z'))
  await archive.keep(payload('1', '2025-01-15T12:00:00Z', { url: 'https://cdn.example.test/a.json' }))
  await archive.keep(payload('2', '2025-01-15T13:00:00Z', { url: 'http://127.0.0.1:4711/a.json' }))
  await archive.keep(payload('3', '2025-01-15T14:00:00Z', { url: 'https://cdn.example.test/b.json' }))
  await archive.keep(payload('4', '2025-01-15T14:00:00Z', { provider: 'espn', url: 'https://cdn.example.test/a.json' }))
  const listed = await archive.list('nba-cdn', '/a.json')
  expect(await Promise.all(listed.map(async stored => (await stored.body())?.toString()))).toEqual(['2', '1'])
})

test('an answer that was kept under a clock ahead is not the newest, until that time has come', async () => {
  await using db = await createTestDatabase()
  const clock = createTestClock('2025-01-15T12:30:00Z')
  const archive = createPayloadArchive(db.database, clock)
  await archive.keep(payload('of tomorrow', '2025-01-16T12:00:00Z'))
  await archive.keep(payload('of today', '2025-01-15T12:00:00Z'))
  const newest = async () => {
    const listed = await archive.list('nba-cdn', '/a.json')
    const found = await archive.find('nba-cdn', 'https://example.test/a.json')
    return await Promise.all([listed[0], found].map(async stored => (await stored?.body())?.toString()))
  }
  expect(await newest()).toEqual(['of today', 'of today'])
  await clock.sleep(86_400_000)
  expect(await newest()).toEqual(['of tomorrow', 'of tomorrow'])
})
