import { expect, test } from 'vitest'
import { keepLatest } from '../../src/sandbox/keep.ts'

test('a value is the same until as many others were asked for since', () => {
  const made: number[] = []
  const square = keepLatest(2, (key: number) => {
    made.push(key)
    return { value: key * key }
  })
  const one = square(1)
  square(2)
  expect(square(1)).toBe(one)
  square(3) // 2 was asked for the longest ago
  expect(square(1)).toBe(one)
  expect(square(2)).toEqual({ value: 4 })
  expect(made).toEqual([1, 2, 3, 2])
})
