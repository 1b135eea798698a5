import { afterAll, beforeAll, expect, test } from 'vitest'
import { setAside } from '../../src/store/dead-letters.ts'
import { beginRun, endRun, findRun, recordChunk } from '../../src/store/runs.ts'
import { storableJson, storableText } from '../../src/store/text.ts'
import { moveWatermark } from '../../src/store/watermarks.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { at } from '../support/test-clock.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(async () => await db[Symbol.asyncDispose]())

const odd = 'a\0b\ud800c\udfffd \ud83d\ude00 \\u0000 \\ud800'
const kept = 'a\uFFFDb\uFFFDc\uFFFDd \ud83d\ude00 \\u0000 \\ud800'

test('NUL and half of a surrogate pair become U+FFFD, in names as well; the rest stays, escaped backslashes too', () => {
  expect(storableText(odd)).toBe(kept)
  expect(JSON.parse(storableJson({ [odd]: [odd, { deep: odd }], plain: 'é\n"\\' }))).toEqual({
    [kept]: [kept, { deep: kept }],
    plain: 'é\n"\\',
  })
})

test('what a run, a chunk, a dead letter and a watermark say is stored whatever it holds', async () => {
  const now = at('2025-01-17T12:00:00Z')
  const about = { job: 'daily', sport: 'nba', targetDate: undefined, watermarkBefore: undefined, at: now }
  const findings = [{ item: odd, check: 'scoreboard', message: odd, [odd]: 1 }]
  await db.database.transaction(async tx => {
    const runId = await beginRun(tx, { ...about, counts: { findings } })
    const error = new Error(odd)
    await recordChunk(tx, runId, { unit: odd, part: '', from: '2025-01-01', to: '2025-01-01', status: 'failed', error, at: now })
    const letter = {
      sport: 'nba',
      dataset: 'box-scores',
      item: odd,
      day: '2025-01-01',
      stage: 'transform' as const,
      runId,
      at: now,
    }
    await setAside(tx, { ...letter, error, payload: Buffer.from(odd) })
    await moveWatermark(tx, { stage: 'schedule', key: 'odd', value: '2025-01-01', at: now, by: { user: odd, reason: odd } })
    await endRun(tx, runId, {
      status: 'stopped',
      counts: { findings },
      failures: 1,
      watermarkAfter: undefined,
      error: odd,
      at: now,
    })
    expect(await findRun(tx, runId)).toMatchObject({
      counts: { findings: [{ item: kept, check: 'scoreboard', message: kept, [kept]: 1 }] },
      error: kept,
      chunks: [{ unit: kept, message: kept }],
    })
  })
  expect(await db.sql`select item, message, payload from dead_letters`).toEqual([
    { item: kept, message: kept, payload: Buffer.from(odd) },
  ])
})
