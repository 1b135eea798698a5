import { expect, test } from 'vitest'
import { PayloadError } from '../../../src/core/errors.ts'
import type { SeasonSchedule } from '../../../src/pipeline/schedule.ts'
import { parseSchedule, parseSeasonSchedule } from '../../../src/sports/nba/schedule.ts'
import { schedule, scheduledGame } from './payloads.ts'

test('a season from nba-stats gives the same rows as the file of the cdn', () => {
  const payload = schedule([scheduledGame()])
  const rowsOf = (season: SeasonSchedule) => {
    const read = season.find('0022400561')?.read()
    return { event: read?.event, related: read?.related.map(({ table, rows }) => ({ table, rows })) }
  }
  const expected = rowsOf(parseSchedule(payload))
  expect(expected.related?.[0]?.rows).toHaveLength(2)
  expect(rowsOf(parseSeasonSchedule(payload, '2024-25'))).toEqual(expected)
})

test('another season than the one asked for is malformed, and so is none', () => {
  const asked = () => parseSeasonSchedule(schedule([scheduledGame()]), '2023-24')
  expect(asked).toThrow(PayloadError)
  expect(asked).toThrow('nba-stats was asked for the schedule of 2023-24 and sent that of 2024-25.')
  expect(() => parseSeasonSchedule({}, '2023-24')).toThrow('nba-stats sent an invalid schedule')
})
