import { expect, test } from 'vitest'
import { PayloadError } from '../../src/core/errors.ts'
import {
  discardDeadLetters,
  findDeadLetter,
  listDeadLetters,
  listDiscarded,
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

test('discarding is for open letters: those are kept with who and why, and an item with an open letter beside it counts as open', async () => {
  await using db = await createTestDatabase()
  await put(db)
  const discard = (ids: number[]) =>
    db.database.transaction(tx => discardDeadLetters(tx, { ids, by: 'someone', reason: 'never played', at }))
  await expect(discard([1, 2])).rejects.toThrow('There is no dead letter 2.')
  expect(await discard([1])).toMatchObject([
    { id: 1, status: 'discarded', discardedBy: 'someone', discardedReason: 'never played', discardedAt: at },
  ])
  await expect(discard([1])).rejects.toThrow(
    'Dead letter 1 is not open: 0022400561 of 2025-01-15 was discarded by someone, because: never played',
  )
  const discarded = () => listDiscarded(db.sql, 'nba', ['0022400561', '0022400562'])
  expect(await discarded()).toEqual([{ item: '0022400561', dataset: 'box-scores', errorClass: 'PayloadError' }])
  await put(db)
  expect(await discarded()).toEqual([])
  expect(await db.database.transaction(tx => resolveDeadLetters(tx, 'nba', 'box-scores', ['0022400561'], at))).toBe(2)
})
