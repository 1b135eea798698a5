import { describe, expect, test } from 'vitest'
import { gameLogPath, seasonSchedulePath } from '../../../src/providers/nba-stats.ts'
import { parseSeasonSchedule } from '../../../src/sports/nba/schedule.ts'
import { schedulePath } from '../ask.ts'
import { createWorld, hoursAfter, type ScheduleFile } from './world.ts'

const world = createWorld()
const evening = '2027-01-20T03:00:00Z'

const scheduleOf = (season: string, now = evening, of = world) => of.askStats(seasonSchedulePath(season), now)
/** Said of megabytes, where a comparison value by value takes seconds. */
const same = (one: Buffer | undefined, other: Buffer | undefined) => one !== undefined && other !== undefined && one.equals(other)
const gamesOf = (season: string, now = evening) => {
  const { leagueSchedule } = JSON.parse(scheduleOf(season, now)?.body.toString() ?? '') as ScheduleFile
  return leagueSchedule.gameDates.flatMap(({ games }) => games)
}

describe('the schedule of a season', () => {
  test.each([evening, '2026-07-01T12:00:00Z', '2027-06-30T12:00:00Z'])('that is on at %s is the file of the cdn', now => {
    expect(same(scheduleOf('2026-27', now)?.body, world.bytes(schedulePath, now))).toBe(true)
  })

  test('that is over is what the cdn had on its last evening', () => {
    expect(same(scheduleOf('2023-24')?.body, world.bytes(schedulePath, '2024-07-01T03:59:00Z'))).toBe(true)
    expect(parseSeasonSchedule(JSON.parse(scheduleOf('2023-24')?.body.toString() ?? ''), '2023-24').season).toBe('2023-24')
    expect(new Set(gamesOf('2023-24').map(game => game.gameStatus))).toEqual(new Set([3]))
  })

  test('that is over has a box score for each of its games', () => {
    const games = gamesOf('2023-24')
    expect(games.length).toBeGreaterThan(1700)
    const scores = games.map(({ gameId, homeTeam, awayTeam }) => [gameId, 3, homeTeam.score, awayTeam.score])
    const boxes = games.map(({ gameId }) => world.box(gameId, evening)?.game)
    expect(boxes.map(box => [box?.gameId, box?.gameStatus, box?.homeTeam.score, box?.awayTeam.score])).toEqual(scores)
  })

  test('is the same bytes after others were asked for', () => {
    const first = scheduleOf('2020-21')?.body
    for (let year = 10; year < 16; year++) expect(scheduleOf(`20${year}-${year + 1}`)?.status).toBe(200)
    expect(same(scheduleOf('2020-21')?.body, first)).toBe(true)
    expect(same(scheduleOf('2020-21', evening, createWorld())?.body, first)).toBe(true)
  })

  test.each(['2027-28', '2026-28', '1945-46', '2046-47', '2026', '2026-27x', 'NaN-NaN', ''])('is refused for "%s"', season => {
    const answer = scheduleOf(season)
    expect([answer?.status, answer?.body.toString()]).toEqual([400, 'The value of Season is not valid.\n'])
  })

  test('is refused until the season begins, on 1 July in the East', () => {
    expect([
      scheduleOf('2026-27', '2026-07-01T03:59:00Z')?.status,
      scheduleOf('2026-27', '2026-07-01T04:00:00Z')?.status,
    ]).toEqual([400, 200])
  })
})

describe('the game log', () => {
  const path = gameLogPath('2026-27', 'regular', '2027-01-16', '2027-01-16') ?? ''
  const asked = (name: string, value: string) => {
    const url = new URL(path, 'https://stats.nba.com')
    url.searchParams.set(name, value)
    return world.askStats(url.pathname + url.search, evening)
  }

  test.each([
    ['LeagueID', '10'],
    ['Season', '2027-28'],
    ['SeasonType', 'IST'],
    ['SeasonType', ''],
    ['SeasonType', 'constructor'],
    ['PlayerOrTeam', 'T'],
    ['Counter', 'all'],
    ['Sorter', 'PTS'],
    ['Direction', 'ASC'],
    ['DateFrom', '2027-02-30'],
    ['DateTo', '01/16/2027'],
  ])('is refused for %s=%s', (name, value) => {
    expect(world.askStats(path, evening)?.status).toBe(200)
    const answer = asked(name, value)
    expect([answer?.status, answer?.body.toString()]).toEqual([400, `The value of ${name} is not valid.\n`])
  })

  test('is the same bytes for the same seed and instant', () => {
    expect(createWorld().askStats(path, evening)).toEqual(world.askStats(path, evening))
    expect(createWorld(2).askStats(path, evening)).not.toEqual(world.askStats(path, evening))
    expect(world.askStats(path, hoursAfter(evening, 1))).toEqual(world.askStats(path, evening))
  })
})
