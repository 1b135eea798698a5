import { expect, test } from 'vitest'
import { visible, visibleJson, visibleLines } from '../../src/core/visible.ts'

test.each([
  ['plain, é and 日本 \u{1f3c0}', 'plain, é and 日本 \u{1f3c0}'],
  ['\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
  ['a\nb\r\tc', 'a\\nb\\r\\tc'],
  ['\u009b2J\u0085', '\\x9b2J\\x85'],
  ['\u202eabc\u2066\u2028', '\\u202eabc\\u2066\\u2028'],
])('%j is shown as %j', (text, shown) => {
  expect(visible(text)).toBe(shown)
})

test('a text of several lines keeps them, and JSON stays the same value', () => {
  expect(visibleLines('a\n\u001bb')).toBe('a\n\\x1bb')
  const value = { 'a\u009b': ['\u202e\u2028\n\u007f'] }
  const json = visibleJson(JSON.stringify(value, null, 2))
  expect(json).not.toMatch(/[\u007f-\u009f\u2028\u202e]/)
  expect(JSON.parse(json)).toEqual(value)
})
