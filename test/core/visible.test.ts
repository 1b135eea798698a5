import { expect, test } from 'vitest'
import { visible, visibleJson, visibleLines } from '../../src/core/visible.ts'

test.each([
  ['plain, é and 日本 \u{1f3c0}', 'plain, é and 日本 \u{1f3c0}'],
  ['\u001b]0;owned\u0007', '\\x1b]0;owned\\x07'],
  ['a\nb\r\tc', 'a\\nb\\r\\tc'],
  ['\u009b2J\u0085', '\\x9b2J\\x85'],
  ['\u202eabc\u2066\u2028', '\\u202eabc\\u2066\\u2028'],
  ['4\u200b0\u20601\u00ad', '4\\u200b0\\u20601\\xad'],
  ['\u{e0041}a\u3164', '\\udb40\\udc41a\\u3164'],
])('%j is shown as %j', (text, shown) => {
  expect(visible(text)).toBe(shown)
})

test('a text of several lines keeps them, and JSON stays the same value', () => {
  expect(visibleLines('a\n\u001bb')).toBe('a\n\\x1bb')
  const value = { 'a\u009b': ['\u202e\u2028\n\u007f\u200b\u{e0041}'] }
  const json = visibleJson(JSON.stringify(value, null, 2))
  expect(json).not.toMatch(/[\u007f-\u009f\u200b\u2028\u202e]|\u{e0041}/u)
  expect(JSON.parse(json)).toEqual(value)
})
