import { describe, expect, test } from 'vitest'
import { UsageError } from '../../../src/core/errors.ts'
import { toSeasons } from '../../../src/jobs/request/seasons.ts'
import type { Seasons } from '../../../src/pipeline/sport.ts'
import { nba } from '../../../src/sports/nba/index.ts'

const today = '2025-01-20'
/** A sport whose season is a year. */
const seasons: Seasons = { first: 1990, turn: '01-01', label: year => String(year) }
const yearly = { ...nba, id: 'racing', seasons }

describe('a season is named', () => {
  test.each([
    ['by its label', '2023-24', ['2023-24']],
    ['as the one that is on', '2024-25', ['2024-25']],
    ['as the first of all', '1946-47', ['1946-47']],
    ['across a century', '1999-00', ['1999-00']],
    ['with others as a range, both ends included', '2021-22..2024-25', ['2021-22', '2022-23', '2023-24', '2024-25']],
    ['as a range of one', '2023-24..2023-24', ['2023-24']],
    ['with others across a century', '1998-99..2000-01', ['1998-99', '1999-00', '2000-01']],
  ])('%s', (_, text, labels) => expect(toSeasons(text, nba, today)).toEqual(labels))

  test('by a year, where seasons are years', () => {
    expect(toSeasons('2023..2025', yearly, today)).toEqual(['2023', '2024', '2025'])
  })

  test.each([
    ['2025-06-30', '2024-25'],
    ['2025-07-01', '2025-26'],
  ])('on %s the newest is %s', (day, label) => {
    expect(toSeasons(label, nba, day)).toEqual([label])
    const next = nba.seasons.label(Number(label.slice(0, 4)) + 1)
    expect(() => toSeasons(next, nba, day)).toThrow(`The season ${next} has not begun.`)
  })
})

describe('what names none is wrong use', () => {
  test.each([
    ['2023', 'There is no season 2023 of nba.', 'did you mean 2023-24?'],
    ['2024-26', 'There is no season 2024-26 of nba.', 'did you mean 2024-25?'],
    ['2024-2025', 'There is no season 2024-2025 of nba.', 'did you mean 2024-25?'],
    ['2024/25', 'There is no season 2024/25 of nba.', 'Write 2024-25, or a range: 2022-23..2024-25.'],
    ['latest', 'There is no season latest of nba.', 'Write 2024-25, or a range: 2022-23..2024-25.'],
    ['2022-23..', 'There is no season 2022-23.. of nba.', 'Write 2024-25, or a range: 2022-23..2024-25.'],
    ['..2024-25', 'There is no season ..2024-25 of nba.', 'Write 2024-25, or a range: 2022-23..2024-25.'],
    ['2022-23...2024-25', 'There is no season .2024-25 of nba.', 'Write 2024-25, or a range: 2022-23..2024-25.'],
    ['2021-22..2022-23..2023-24', '2021-22..2022-23..2023-24 is not a range of seasons.', 'Write 2022-23..2024-25.'],
    ['2024-25..2022-23', 'The range 2024-25..2022-23 runs backwards.', 'Write 2022-23..2024-25.'],
    ['2025-26', 'The season 2025-26 has not begun.', 'The current season is 2024-25.'],
    ['2023-24..2025-26', 'The season 2025-26 has not begun.', 'The current season is 2024-25.'],
    ['1945-46', 'There was no season 1945-46.', 'The first one is 1946-47.'],
    ['1940-41..1950-51', 'There was no season 1940-41.', 'The first one is 1946-47.'],
  ])('%s', (text, message, hint) => {
    expect(() => toSeasons(text, nba, today)).toThrow(expect.objectContaining({ name: UsageError.name, message, hint }))
  })

  test('as one of two years where seasons are years', () => {
    const wrong = expect.objectContaining({ message: 'There is no season 2023-24 of racing.', hint: 'did you mean 2023?' })
    expect(() => toSeasons('2023-24', yearly, today)).toThrow(wrong)
  })
})
