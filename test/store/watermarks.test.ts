import { expect, test } from 'vitest'
import { moveWatermark, readWatermark, readWatermarkHistory } from '../../src/store/watermarks.ts'
import { createTestDatabase } from '../support/database.ts'

const name = { stage: 'schedule', key: 'daily:nba' }
const at = new Date('2025-01-16T11:00:00Z')

test('a watermark that was never set is missing', async () => {
  await using db = await createTestDatabase()
  expect(await readWatermark(db.sql, name)).toBeUndefined()
})

test('a run moves a watermark forward and never back', async () => {
  await using db = await createTestDatabase()
  const move = (value: string) => db.database.transaction(tx => moveWatermark(tx, { ...name, value, at, by: { runId: 7 } }))
  expect(await move('2025-01-15')).toBe('2025-01-15')
  expect(await move('2025-01-14')).toBe('2025-01-15')
  expect(await readWatermark(db.sql, name)).toBe('2025-01-15')
})

test('a person sets it to anything, and the history says who, why and from where', async () => {
  await using db = await createTestDatabase()
  await db.database.transaction(tx => moveWatermark(tx, { ...name, value: '2025-01-15', at, by: { runId: 7 } }))
  const by = { user: 'operator', reason: 'corrections of the 11th' }
  await db.database.transaction(tx => moveWatermark(tx, { ...name, value: '2025-01-10', at, by }))
  expect(await readWatermarkHistory(db.sql, name)).toEqual([
    {
      previous: '2025-01-15',
      value: '2025-01-10',
      runId: null,
      changedBy: 'operator',
      reason: 'corrections of the 11th',
      changedAt: at,
    },
    { previous: null, value: '2025-01-15', runId: 7, changedBy: 'run', reason: null, changedAt: at },
  ])
})

test('a move that is rolled back with its rows leaves no history', async () => {
  await using db = await createTestDatabase()
  const failing = db.database.transaction(async tx => {
    await moveWatermark(tx, { ...name, value: '2025-01-15', at, by: { runId: 7 } })
    throw new Error('the rows could not be written')
  })
  await expect(failing).rejects.toThrow('the rows could not be written')
  expect(await readWatermark(db.sql, name)).toBeUndefined()
  expect(await readWatermarkHistory(db.sql, name)).toEqual([])
})
