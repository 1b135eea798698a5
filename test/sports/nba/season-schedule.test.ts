import { expect, test } from 'vitest'
import { PayloadError } from '../../../src/core/errors.ts'
import { parseSchedule } from '../../../src/sports/nba/schedule.ts'
import { parseSeasonSchedule } from '../../../src/sports/nba/season-schedule.ts'
import { schedule, scheduledGame } from './payloads.ts'

test('a season from nba-stats gives the same rows as the file of the cdn', () => {
  const payload = schedule([scheduledGame()])
  const id = '0022400561'
  expect(parseSeasonSchedule(payload, '2024-25').find(id)?.read()).toEqual(parseSchedule(payload).find(id)?.read())
})

test('another season than the one asked for is malformed, and so is none', () => {
  const asked = () => parseSeasonSchedule(schedule([scheduledGame()]), '2023-24')
  expect(asked).toThrow(PayloadError)
  expect(asked).toThrow('nba-stats was asked for the schedule of 2023-24 and sent that of 2024-25.')
  expect(() => parseSeasonSchedule({}, '2023-24')).toThrow('nba-stats sent an invalid schedule')
})
