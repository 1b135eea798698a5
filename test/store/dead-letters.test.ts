import { expect, test } from 'vitest'
import { PayloadError } from '../../src/core/errors.ts'
import {
  findDeadLetter,
  listDeadLetters,
  type NewDeadLetter,
  resolveDeadLetters,
  setAside,
} from '../../src/store/dead-letters.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

const at = new Date('2025-01-16T11:00:00Z')
const letter: NewDeadLetter = {
  sport: 'nba',
  dataset: 'box-scores',
  item: '0022400561',
  day: '2025-01-15',
  stage: 'transform',
  error: new PayloadError('malformed'),
  payload: Buffer.from('{"game":1}'),
  runId: 1,
  at,
}

const put = (db: TestDatabase, change: Partial<NewDeadLetter> = {}) =>
  db.database.transaction(tx => setAside(tx, { ...letter, ...change }))

test('an item set aside again is one letter with two attempts, the newer reason and the payload it had', async () => {
  await using db = await createTestDatabase()
  await put(db)
  await put(db, { error: new PayloadError('gone'), payload: undefined, runId: 2 })
  const [open, ...others] = await listDeadLetters(db.sql, { limit: 10 })
  expect(others).toEqual([])
  expect(open).toMatchObject({
    item: '0022400561',
    attempts: 2,
    message: 'gone',
    errorClass: 'PayloadError',
    status: 'open',
    runId: 2,
  })
  const whole = await findDeadLetter(db.sql, open?.id ?? 0)
  expect(Buffer.from(whole?.payload ?? []).toString()).toBe('{"game":1}')
})

test('an item that was loaded since is resolved; set aside later it is a new letter', async () => {
  await using db = await createTestDatabase()
  await put(db)
  expect(await db.database.transaction(tx => resolveDeadLetters(tx, 'nba', 'box-scores', ['0022400561', '0022400562'], at))).toBe(
    1,
  )
  await put(db)
  expect((await listDeadLetters(db.sql, { limit: 10 })).map(one => one.status)).toEqual(['open', 'resolved'])
  expect(await listDeadLetters(db.sql, { status: 'resolved', limit: 10 })).toHaveLength(1)
})

test('another dataset of the same game is not resolved with it', async () => {
  await using db = await createTestDatabase()
  await put(db)
  expect(await db.database.transaction(tx => resolveDeadLetters(tx, 'nba', 'schedule', ['0022400561'], at))).toBe(0)
})
