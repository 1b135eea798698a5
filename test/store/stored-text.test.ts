import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await createTestDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

const texts = [
  ['a\0b', 'a\uFFFDb'],
  ['\ud800', '\uFFFD'],
  ['x\udfffy\0', 'x\uFFFDy\uFFFD'],
  ['\ud83c\udfc0', '\ud83c\udfc0'],
  ['\\u0000', '\\u0000'],
  ['\\\0', '\\\uFFFD'],
  ['\\\\\ud800', '\\\\\uFFFD'],
  ['"\\ud800"', '"\\ud800"'],
]

test.each(texts)('%j is stored as %j, as text and in JSON, as a key as well', async (text, stored) => {
  const [row] = await db.sql`select ${text}::text as text, ${db.sql.json({ [text]: [text] })}::jsonb as json`
  expect(row).toEqual({ text: stored, json: { [stored]: [stored] } })
})

test('any text comes back as it was, but for what cannot be stored', async () => {
  const unit = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map(code => String.fromCharCode(code)),
    fc.constantFrom('\\', 'u0000', '\0', '\ud800', '"'),
  )
  const anyText = fc.array(unit, { maxLength: 8 }).map(parts => parts.join(''))
  await fc.assert(
    fc.asyncProperty(anyText, async text => {
      const [row] = await db.sql`select ${text}::text as text, ${db.sql.json([text])}::jsonb as json`
      const stored = text.toWellFormed().replaceAll('\0', '\uFFFD')
      expect(row).toEqual({ text: stored, json: [stored] })
    }),
    { numRuns: 300 },
  )
})
