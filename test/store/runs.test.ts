import { expect, test } from 'vitest'
import { beginRun, findRun, recordChunk } from '../../src/store/runs.ts'
import { moveWatermark } from '../../src/store/watermarks.ts'
import { createTestDatabase } from '../support/database.ts'
import { at } from '../support/test-clock.ts'

const newRun = {
  job: 'backfill',
  sport: 'nba',
  season: '2024-25',
  targetDate: undefined,
  watermarkBefore: '0022400001',
  counts: {},
}
const [then, later] = [at('2025-07-01T12:00:00Z'), at('2025-07-01T13:00:00Z')]

test('a run that died is lost for the next one of its season: it keeps how far it got, and its open chunks wait', async () => {
  await using db = await createTestDatabase()
  const begin = (more: object) => db.database.transaction(tx => beginRun(tx, { ...newRun, at: then, ...more }))
  const died = await begin({})
  const name = { stage: 'backfill', key: 'nba:2024-25' }
  await db.database.transaction(async tx => {
    await moveWatermark(tx, { ...name, value: '0022400050', at: then, by: { runId: died } })
    await recordChunk(tx, died, {
      unit: '2024-10-22..2024-10-28',
      part: '',
      from: '2024-10-22',
      to: '2024-10-28',
      status: 'running',
      at: then,
    })
  })
  const other = await begin({ season: '2023-24', at: later })
  expect(await findRun(db.sql, died)).toMatchObject({ status: 'running' })
  await begin({ at: later })
  expect(await findRun(db.sql, died)).toMatchObject({
    status: 'lost',
    finishedAt: later,
    watermarkBefore: '0022400001',
    watermarkAfter: '0022400050',
    chunks: [{ status: 'pending', attempts: 1 }],
  })
  expect(await findRun(db.sql, other)).toMatchObject({ status: 'running' })
})
