import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dayOf } from '../../../src/core/zones.ts'
import { schedulePath } from '../ask.ts'
import { createWorld, dayOfGame, hoursAfter, ofType, type ScheduledGame } from './world.ts'

const world = createWorld()
const midSeason = '2027-01-20T17:00:00Z'
const seasonsEnd = '2027-06-30T16:00:00Z'
const games = world.games(midSeason)
const regular = games.filter(ofType(2))

const clubDays = (of: ScheduledGame[]) =>
  of.flatMap(game => [game.homeTeam, game.awayTeam].map(({ teamId }) => `${teamId} ${dayOfGame(game)}`))

describe('the season', () => {
  test.each([
    ['2026-07-01T05:00:00Z', '2026-27'],
    ['2026-07-01T03:00:00Z', '2025-26'],
    ['2027-06-30T12:00:00Z', '2026-27'],
    ['2099-10-30T12:00:00Z', '2099-00'],
  ])('of %s is %s: it changes on 1 July in the East', (now, label) => {
    expect(world.schedule(now).leagueSchedule.seasonYear).toBe(label)
  })

  test('has 1,230 regular games, 41 at home and 41 away for each of 30 clubs', () => {
    expect(regular).toHaveLength(1230)
    for (const side of ['homeTeam', 'awayTeam'] as const) {
      const counts = Map.groupBy(regular, game => game[side].teamId)
      expect([...counts.values()].map(({ length }) => length)).toEqual(Array.from({ length: 30 }, () => 41))
    }
  })

  test('has preseason, All-Star, play-in, play-off games and a Cup final too', () => {
    const counts = Object.fromEntries([1, 3, 4, 5, 6].map(digit => [digit, games.filter(ofType(digit)).length]))
    expect(counts).toMatchObject({ 3: 3, 4: 224, 5: 6, 6: 1 })
    expect(games.filter(game => ofType(1)(game) && dayOfGame(game) >= '2026-10-01').length).toBeGreaterThan(50)
    expect(games.some(game => game.awayTeam.teamId === 15_901)).toBe(true)
  })

  test('no club plays twice a day and no id is there twice, in any season of any seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 2001, max: 2090 }), (seed, year) => {
        const all = createWorld(seed).games(`${year}-12-01T17:00:00Z`)
        const decided = clubDays(all).filter(entry => !entry.startsWith('0 '))
        expect(new Set(decided).size).toBe(decided.length)
        expect(new Set(all.map(({ gameId }) => gameId)).size).toBe(all.length)
        expect(all.filter(ofType(2))).toHaveLength(1230)
      }),
      { numRuns: 8 },
    )
  })

  test('has games on nearly every day of the year, so that yesterday is never dull for long', () => {
    const perDay = Map.groupBy(world.games(seasonsEnd), dayOfGame)
    const busy = [...perDay.values()].filter(({ length }) => length >= 2)
    expect(busy.length).toBeGreaterThan(340)
    expect(perDay.has('2026-12-24')).toBe(false)
  })

  test('is all decided and final on its last day, and its play-offs have a series of seven for each pair', () => {
    const ended = world.games(seasonsEnd)
    expect(new Set(ended.map(({ gameStatus }) => gameStatus))).toEqual(new Set([3]))
    const series = Map.groupBy(ended.filter(ofType(4)), ({ gameId }) => gameId.slice(0, -1))
    for (const played of series.values())
      expect(new Set(played.flatMap(game => [game.homeTeam.teamId, game.awayTeam.teamId])).size).toBe(2)
    expect(series.size).toBe(32)
  })
})

describe('a game in the schedule', () => {
  test('has its id and code in the real form', () => {
    for (const game of games.filter(({ homeTeam }) => homeTeam.teamId > 0)) {
      expect(game.gameId).toMatch(/^00[1-6]26\d{5}$/)
      expect(game.gameCode).toBe(
        `${dayOfGame(game).replaceAll('-', '')}/${game.awayTeam.teamTricode}${game.homeTeam.teamTricode}`,
      )
    }
  })

  test('has true UTC in gameDateTimeUTC and local times with a false Z elsewhere', () => {
    for (const game of regular) {
      const tipOff = new Date(game.gameDateTimeUTC)
      const clubZones = [game.homeTeamTime, game.awayTeamTime].map(
        time => (Date.parse(game.gameDateTimeEst) - Date.parse(time)) / 3_600_000,
      )
      expect(dayOf(tipOff, 'America/New_York')).toBe(dayOfGame(game))
      expect(game.gameDateTimeEst).toBe(new Date(tipOff.getTime() - offsetMs(tipOff)).toISOString().replace('.000Z', 'Z'))
      expect(game.gameDateUTC).toBe(new Date(startOf(dayOfGame(game))).toISOString().replace('.000Z', 'Z'))
      expect(game.gameTimeUTC).toBe(`1900-01-01${game.gameDateTimeUTC.slice(10)}`)
      expect(game.gameTimeEst).toBe(`1900-01-01${game.gameDateTimeEst.slice(10)}`)
      for (const hours of clubZones) expect([0, 1, 2, 3]).toContain(hours)
    }
  })

  test('says when it begins, where it stands, and how it ended', () => {
    const texts = new Set(
      world.games('2027-01-20T03:00:00Z').map(({ gameStatus, gameStatusText }) => `${gameStatus} ${gameStatusText}`),
    )
    expect(
      [...texts].filter(
        text =>
          !/^(1 (\d+:\d\d (am|pm) ET|TBD|PPD)|2 (Half|(Q[1-4]|OT\d?) (\d+:\d\d|:\d\d\.\d))|3 Final(\/OT\d?)? *)$/.test(text),
      ),
    ).toEqual([])
    for (const text of ['1 7:00 pm ET', '1 TBD', '3 Final', '3 Final/OT', `3 ${'Final'.padEnd(20)}`])
      expect(texts).toContain(text)
  })

  test('has no sides, no time and no score while they are undecided', () => {
    const open = games.filter(ofType(4))
    expect(open).toHaveLength(224)
    for (const game of open) {
      expect(game).toMatchObject({
        gameStatus: 1,
        gameStatusText: 'TBD',
        homeTeam: { teamId: 0, teamTricode: '', score: 0 },
        awayTeam: { teamId: 0 },
      })
      expect(game.gameDateTimeEst).toBe(game.gameDateEst)
    }
    expect(world.games('2027-04-19T16:00:00Z').filter(game => ofType(4)(game) && game.homeTeam.teamId > 0)).toHaveLength(56)
  })

  test('counts wins and losses of the games that are over', () => {
    const last = Map.groupBy(world.games(seasonsEnd).filter(ofType(2)), game => game.homeTeam.teamId)
    const records = [...last.values()].map(played => played.at(-1)?.homeTeam)
    for (const team of records) expect((team?.wins ?? 0) + (team?.losses ?? 0)).toBeGreaterThan(76)
    expect(regular[0]?.homeTeam.wins).toBe((regular[0]?.homeTeam.score ?? 0) > (regular[0]?.awayTeam.score ?? 0) ? 1 : 0)
  })
})

describe('a postponed game', () => {
  // By comparing the schedule before and after, as a client would find them out.
  const before = new Map(
    world
      .games('2026-10-01T16:00:00Z')
      .filter(ofType(2))
      .map(game => [game.gameId, game]),
  )
  const after = new Map(world.games(seasonsEnd).map(game => [game.gameId, game]))
  const moved = [...before.values()].filter(game => game.gameCode !== after.get(game.gameId)?.gameCode)

  test('is one in a hundred', () => {
    expect(moved.length).toBeGreaterThanOrEqual(6)
    expect(moved.length).toBeLessThanOrEqual(25)
  })

  test('is PPD on its old date, then has a later one under its old id', () => {
    for (const game of moved) {
      const at = (hours: number) =>
        world.games(hoursAfter(game.gameDateTimeUTC, hours)).find(({ gameId }) => gameId === game.gameId)
      expect(at(-12)).toMatchObject({ gameCode: game.gameCode, gameStatus: 1, gameStatusText: game.gameStatusText })
      for (const hours of [-3, 0, 12, 35]) {
        expect(at(hours)).toMatchObject({ gameCode: game.gameCode, gameStatus: 1, gameStatusText: 'PPD' })
        expect(world.box(game.gameId, hoursAfter(game.gameDateTimeUTC, hours))).toBeUndefined()
      }
      const announced = at(61) as ScheduledGame
      expect(announced).toMatchObject({ gameStatus: 1, gameStatusText: expect.stringMatching(/ ET$/) })
      expect(Date.parse(announced.gameDateTimeUTC)).toBeGreaterThan(hoursAfter(game.gameDateTimeUTC, 72).getTime())
      expect(announced.gameCode.slice(9)).toBe(game.gameCode.slice(9))
      expect(announced.gameCode).toBe(after.get(game.gameId)?.gameCode)
      expect(world.box(game.gameId, hoursAfter(announced.gameDateTimeUTC, 4))).toMatchObject({
        game: { gameStatus: 3, gameTimeUTC: announced.gameDateTimeUTC },
      })
    }
  })

  test('leaves no club with two games a day', () => {
    const played = clubDays([...after.values()])
    expect(new Set(played).size).toBe(played.length)
  })
})

describe('the schedule file', () => {
  test('keeps its bytes until something changes', () => {
    const morning = world.bytes(schedulePath, '2027-01-20T14:00:00Z')
    expect(world.bytes(schedulePath, '2027-01-20T16:00:00Z')).toEqual(morning)
    expect(world.bytes(schedulePath, '2027-01-21T14:00:00Z')).not.toEqual(morning)
  })

  test('follows from the seed and the instant, not from what was asked before', () => {
    const asked = fc.date({ min: new Date('2025-07-01'), max: new Date('2027-06-30'), noInvalidDate: true })
    fc.assert(
      fc.property(asked, now => {
        expect(
          createWorld()
            .bytes(schedulePath, now)
            ?.equals(world.bytes(schedulePath, now) as Buffer),
        ).toBe(true)
      }),
      { numRuns: 6 },
    )
  })
})

const offsetMs = (instant: Date) => {
  const eastern = new Date(`${instant.toLocaleString('en-US', { timeZone: 'America/New_York' })} UTC`)
  return instant.getTime() - eastern.getTime()
}
/** Midnight in the East, found by trying both offsets. */
const startOf = (day: string) =>
  [4, 5]
    .map(hours => Date.parse(day) + hours * 3_600_000)
    .find(at => dayOf(new Date(at), 'America/New_York') === day && dayOf(new Date(at - 1), 'America/New_York') < day) ?? 0
