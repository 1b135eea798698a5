import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createKeyMap } from '../../../src/pipeline/files/key-map.ts'

const bytes = (key: string) => Buffer.from(key)

test('keeps what a Map keeps, whatever is put into it', () => {
  const anyKey = fc.string({ unit: 'grapheme', maxLength: 12 })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyKey, fc.integer({ min: 1, max: 2 ** 48 })), { maxLength: 200 }),
      anyKey,
      (entries, other) => {
        const [map, model] = [createKeyMap(), new Map<string, number>()]
        for (const [key, value] of entries) {
          // The key stands somewhere in a longer text.
          const data = bytes(`<${key}>`)
          map.set(data, 1, data.length - 1, value)
          model.set(key, value)
        }
        expect(map.size).toBe(model.size)
        for (const key of [other, ...model.keys()]) expect(map.get(bytes(key), 0, bytes(key).length)).toBe(model.get(key) ?? 0)
      },
    ),
  )
})

test('tells a hundred thousand keys apart that differ in a letter or two', () => {
  const map = createKeyMap()
  const keys = Array.from({ length: 100_000 }, (_, i) => bytes(`2024:${i % 22}:00-00${String(i).padStart(5, '0')}`))
  keys.forEach((key, i) => void map.set(key, 0, key.length, i + 1))
  expect(map.size).toBe(keys.length)
  expect(keys.every((key, i) => map.get(key, 0, key.length) === i + 1)).toBe(true)
})
