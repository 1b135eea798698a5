import { expect, test } from 'vitest'
import { closest, didYouMean } from '../../src/core/suggest.ts'

const sports = ['nba', 'nfl', 'racing', 'football']

test.each([
  ['nbaa', 'nba'],
  ['NBA', 'nba'],
  ['bna', 'nba'],
  ['foot-ball', 'football'],
  ['fotball', 'football'],
  ['racign', 'racing'],
  ['cricket', undefined],
  ['', undefined],
])('%j is closest to %s', (word, expected) => {
  expect(closest(word, sports)).toBe(expected)
})

test('a swap of neighbours is one mistake, so the swapped word beats one that is two edits away', () => {
  expect(closest('ab', ['xy', 'ba'])).toBe('ba')
})

test('a hyphen for an underscore is no mistake', () => {
  expect(closest('rate-limit', ['rate_limits', 'rate_limit'])).toBe('rate_limit')
})

test('the hint names the guess and the whole choice', () => {
  expect(didYouMean('nbaa', sports)).toBe('did you mean nba? (nba, nfl, racing, football)')
})

test('without a guess the hint still lists the choice', () => {
  expect(didYouMean('cricket', sports)).toBe('Known: nba, nfl, racing, football.')
})

test('a choice of one is not listed beside the guess', () => {
  expect(didYouMean('nbaa', ['nba'])).toBe('did you mean nba?')
  expect(didYouMean('cricket', ['nba'])).toBe('Known: nba.')
})

test('a long choice is not listed', () => {
  const many = Array.from({ length: 40 }, (_, index) => `setting_${index}`)
  expect(didYouMean('setting_39x', many)).toBe('did you mean setting_39?')
  expect(didYouMean('elephant', many)).toBeUndefined()
})
