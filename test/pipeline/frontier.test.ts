import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { advanceFrontier, lastBeforeGap, settledByRuns, settledItems } from '../../src/pipeline/frontier.ts'
import { emptyItem, type Item } from '../../src/pipeline/item.ts'
import type { GameStatus } from '../../src/pipeline/rows.ts'
import { nbaEvents } from '../../src/sports/nba/events.ts'
import { readSettled } from '../../src/store/settled.ts'
import { moveWatermark, readWatermark, readWatermarkHistory, type WatermarkName } from '../../src/store/watermarks.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { at } from '../support/test-clock.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

const now = at('2025-01-20T12:00:00Z')
let keys = 0
const newName = (): WatermarkName => ({ stage: 'backfill', key: `nba:${++keys}` })
const toId = (n: number) => `00224${String(n).padStart(5, '0')}`

async function advance(name: WatermarkName, ids: readonly string[], items: readonly string[], runId = 1): Promise<void> {
  const frontier = settledByRuns(name, ids, ({ items: loaded }) => loaded.map(({ id }) => id))
  const loaded = items.map(id => emptyItem(id, ''))
  await db.database.transaction(tx => advanceFrontier(tx, frontier, { items: loaded, failures: [] }, { at: now, runId }))
}

const standOf = async (name: WatermarkName) => ({
  watermark: await readWatermark(db.sql, name),
  settled: [...(await readSettled(db.sql, name))].sort(),
})

/** What must stand there when these are settled: the greatest id up to which all are, and those beyond it. */
function wanted(ids: readonly string[], settled: ReadonlySet<string>, before = '') {
  const open = ids.find(id => id > before && !settled.has(id))
  const passed = ids.filter(id => id > before && (!open || id < open)).at(-1)
  const watermark = passed ?? (before || undefined)
  return { watermark, settled: [...settled].filter(id => id > (watermark ?? '')).sort() }
}

const season = fc.record({
  /** Some numbers are no game's. */
  ids: fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 25 }).map(found => found.map(toId).sort()),
  /** Each settles games of the season, and now and then one that it does not list any more. */
  transactions: fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 40 }).map(toId), { maxLength: 8 }), { maxLength: 8 }),
})

describe('a frontier', () => {
  test('stands, after any transactions, on the greatest id up to which all are settled, and knows those beyond it', async () => {
    await fc.assert(
      fc.asyncProperty(season, async ({ ids, transactions }) => {
        const name = newName()
        const settled = new Set<string>()
        for (const items of transactions) {
          await advance(name, ids, items)
          for (const item of items) settled.add(item)
          expect(await standOf(name)).toEqual(wanted(ids, settled))
        }
      }),
      { numRuns: 60 },
    )
  })

  test('is where it was when a transaction is done again, and its history has no move twice', async () => {
    await fc.assert(
      fc.asyncProperty(season, async ({ ids, transactions }) => {
        const name = newName()
        for (const items of transactions) {
          await advance(name, ids, items)
          const [stood, moves] = [await standOf(name), await readWatermarkHistory(db.sql, name)]
          await advance(name, ids, items)
          expect(await standOf(name)).toEqual(stood)
          expect(await readWatermarkHistory(db.sql, name)).toEqual(moves)
        }
      }),
      { numRuns: 20 },
    )
  })

  test('is the same in the end, whatever the order of the transactions', async () => {
    const anyOrder = season.chain(of =>
      fc.record({ of: fc.constant(of), order: fc.shuffledSubarray(of.transactions, { minLength: of.transactions.length }) }),
    )
    await fc.assert(
      fc.asyncProperty(anyOrder, async ({ of: { ids, transactions }, order }) => {
        const [name, other] = [newName(), newName()]
        for (const items of transactions) await advance(name, ids, items)
        for (const items of order) await advance(other, ids, items)
        expect(await standOf(other)).toEqual(await standOf(name))
      }),
      { numRuns: 20 },
    )
  })

  test('goes on from where a person has set it, be that the id of a game or not', async () => {
    const start = fc.record({ of: season, set: fc.integer({ min: 0, max: 41 }).map(toId) })
    await fc.assert(
      fc.asyncProperty(start, async ({ of: { ids, transactions }, set }) => {
        const name = newName()
        const by = { user: 'ann', reason: undefined }
        await db.database.transaction(tx => moveWatermark(tx, { ...name, value: set, at: now, by }))
        for (const items of transactions) await advance(name, ids, items)
        const settled = new Set(transactions.flat().filter(item => item > set))
        expect(await standOf(name)).toEqual(wanted(ids, settled, set))
      }),
      { numRuns: 20 },
    )
  })

  test('waits for a game that the calendar lists only now', async () => {
    const name = newName()
    await advance(name, [toId(1), toId(3)], [toId(1)])
    await advance(name, [toId(1), toId(2), toId(3)], [toId(3)])
    expect(await standOf(name)).toEqual({ watermark: toId(1), settled: [toId(3)] })
  })

  test('is recorded with the run that moved it', async () => {
    const name = newName()
    await advance(name, [toId(1)], [toId(1)], 42)
    const moves = await readWatermarkHistory(db.sql, name)
    expect(moves).toMatchObject([{ previous: null, value: toId(1), runId: 42, changedAt: now }])
  })

  test('is nobody else’s: the same games of another season are not settled with it', async () => {
    const [name, other] = [newName(), newName()]
    await advance(name, [toId(1), toId(2)], [toId(2)])
    await advance(other, [toId(1), toId(2)], [toId(1)])
    expect([await standOf(name), await standOf(other)]).toEqual([
      { watermark: undefined, settled: [toId(2)] },
      { watermark: toId(1), settled: [] },
    ])
  })
})

describe('a game is settled', () => {
  const item = (status: GameStatus | undefined, failed = false): Item =>
    ({
      ...emptyItem(toId(1), ''),
      event: status && { status },
      failures: failed ? [{ dataset: 'box-scores' }] : [],
    }) as unknown as Item

  test.each<[string, Item, boolean]>([
    ['when it is over', item('final'), true],
    ['when it was called off', item('cancelled'), true],
    ['when it has a dead letter', item('final', true), true],
    ['when its entry cannot be read', item(undefined, true), true],
    ['not while it is on', item('live'), false],
    ['not before it is on', item('scheduled'), false],
    ['not when it was postponed', item('postponed'), false],
  ])('%s', (_, one, is) => expect(settledItems(nbaEvents, [one])).toEqual(is ? [toId(1)] : []))
})

test('the last position before the first gap is the same for days, ids and keys of units', () => {
  const positions = ['eng.1 2024-25', 'eng.2 2024-25', 'esp.1 2024-25']
  expect(lastBeforeGap(positions, key => key.startsWith('eng'))).toBe('eng.2 2024-25')
  expect(lastBeforeGap(positions, () => false)).toBeUndefined()
  expect(lastBeforeGap([], () => true)).toBeUndefined()
})
