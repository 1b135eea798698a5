import { expect, test } from 'vitest'
import { clubOf } from '../../../src/sports/nfl/clubs.ts'

test.each([
  ['JAX', 2024, 'JAX'],
  ['JAC', 2012, 'JAX'],
  ['JAC', 2024, 'JAX'],
  ['LA', 2010, 'LA'],
  ['LAR', 2024, 'LA'],
  ['STL', 2015, 'LA'],
  ['STL', 2016, undefined],
  ['STL', 2020, undefined],
  ['SD', 2016, 'LAC'],
  ['SD', 2017, undefined],
  ['LAC', 2012, 'LAC'],
  ['OAK', 2019, 'LV'],
  ['OAK', 2020, undefined],
  ['LV', 2012, 'LV'],
  ['WSH', 2022, 'WAS'],
  ['WAS', 2010, 'WAS'],
  ['ARZ', 2016, 'ARI'],
  ['XXX', 2024, undefined],
  ['constructor', 2024, undefined],
  ['toString', 2024, undefined],
  ['', 2024, undefined],
])('%s in %i is %s', (code, season, club) => {
  expect(clubOf(code, season)).toBe(club)
})
