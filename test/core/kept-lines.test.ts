import { expect, test } from 'vitest'
import { keepLines } from '../../src/core/kept-lines.ts'

test('a short text is kept as it is', () => {
  const kept = keepLines(1000)
  for (const line of ['one', '', 'two']) kept.add(line)
  expect(kept.text()).toBe('one\n\ntwo')
  expect(kept.last({ lines: 2, bytes: 100 })).toEqual(['', 'two'])
})

test('of a long text the beginning and the end are kept, with the number of lines between them', () => {
  const kept = keepLines(1000)
  for (let i = 0; i < 100_000; i++) kept.add(`line ${String(i).padStart(5, '0')}`)
  const lines = kept.text().split('\n')
  expect(kept.text().length).toBeLessThan(3_200)
  expect(lines[0]).toBe('line 00000')
  expect(lines.at(-1)).toBe('line 99999')
  const at = lines.findIndex(line => line.startsWith('… '))
  const [, left] = /^… (\d+) lines \(\d+ KB\) are left out …$/.exec(lines[at] ?? '') ?? []
  expect(Number(left) + lines.length - 1).toBe(100_000)
  expect(Number(lines[at + 1]?.slice(5)) - Number(lines[at - 1]?.slice(5)) - 1).toBe(Number(left))
})

test('the last lines are as many as are asked for, and fit', () => {
  const kept = keepLines(50)
  for (let i = 0; i < 50; i++) kept.add(`line ${i}`)
  expect(kept.last({ lines: 3, bytes: 1000 })).toEqual(['line 47', 'line 48', 'line 49'])
  expect(kept.last({ lines: 3, bytes: 17 })).toEqual(['line 48', 'line 49'].slice(-2))
  expect(kept.last({ lines: 3, bytes: 5 })).toEqual([])
})
